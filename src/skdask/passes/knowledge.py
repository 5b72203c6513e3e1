"""What is already known of a data set, so that it is not read again.

Reusable statistics are kept as one state a fold. A request over all rows, a fold, or all but a
fold is answered by merging them; a statistic that another one contains is derived from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skdask.passes.folds import merges_without_each
from skdask.passes.prefix import Prefix
from skdask.passes.request import Request, RowSet
from skdask.statistics.base import Statistic

Parts = list[Any]


def states_kept(n_folds: int) -> int:
    """States of a reusable statistic at once: the folds', prefix merges and training sets."""
    return 3 * n_folds if n_folds > 1 else 1


class Knowledge:
    """Statistics known of one data set and its folds.

    Attributes
    ----------
    n_rows : int or None
        Rows of the data, once a pass has met them all.
    n_folds : int
    """

    def __init__(
        self, n_features: int, n_folds: int, layers: tuple[range, ...] | None = None
    ) -> None:
        self.n_rows: int | None = None
        self.n_folds = n_folds
        self._layers = (range(n_folds),) if layers is None else layers
        self._n_features = n_features
        # by statistic and prefix one state a fold; by statistic and rows one state where each
        # fold has a prefix of its own
        self._parts: dict[tuple[Statistic[Any, Any], Prefix | None], Parts] = {}
        self._states: dict[tuple[Statistic[Any, Any], RowSet], Any] = {}
        self._values: dict[tuple[Statistic[Any, Any], RowSet], Any] = {}

    def learn(
        self, statistic: Statistic[Any, Any], parts: Parts, prefix: Prefix | None = None
    ) -> None:
        """Keep the states of a reusable statistic, one a fold."""
        self._parts[statistic, prefix] = parts

    def learn_rows(self, request: Request, state: Any) -> None:
        """Keep the state of a reusable statistic of rows that no other fold shares."""
        self._states[request.statistic, request.rows] = state

    def held_bytes(self, n_columns: int) -> int:
        """Bytes that are kept for data of so many columns."""

        def size(statistic: Statistic[Any, Any], prefix: Prefix | None) -> int:
            return statistic.state_bytes(n_columns if prefix is None else prefix.n_outputs + 1)

        once = sum(size(statistic, prefix) for statistic, prefix in self._parts)
        alone = sum(size(statistic, rows.prefix) for statistic, rows in self._states)
        return once * states_kept(self.n_folds) + alone

    def covers(self, request: Request) -> bool:
        """Whether the request can be answered without a pass."""
        if not request.rows.kept_by_fold:
            return self._state_of(request.statistic, request.rows) is not None
        return self._parts_of(request.statistic, request.rows.prefix) is not None

    def answer(self, request: Request) -> Any:
        """The value of a request that `covers` said yes to."""
        key = (request.statistic, request.rows)
        if key not in self._values:
            self._find(request)
        return self._values[key]

    def _find(self, request: Request) -> None:
        statistic, rows = request.statistic, request.rows
        if not rows.kept_by_fold:
            found = self._state_of(statistic, rows)
            if found is None:
                raise KeyError(f"nothing is known of {statistic!r}")
            self._values[statistic, rows] = statistic.value(found[0])
            return
        parts = self._parts_of(statistic, rows.prefix)
        if parts is None:
            raise KeyError(f"nothing is known of {statistic!r}")
        self._remember(statistic, rows, parts)

    def _state_of(self, statistic: Statistic[Any, Any], rows: RowSet) -> tuple[Any] | None:
        """The one state of these rows, if it is known or follows from another."""
        if (statistic, rows) in self._states:
            return (self._states[statistic, rows],)
        for source in statistic.derivable_from():
            if (source, rows) in self._states:
                assert rows.prefix is not None
                state = self._states[source, rows]
                return (statistic.derive(source, state, rows.prefix.n_outputs),)
        return None

    def _parts_of(self, statistic: Statistic[Any, Any], prefix: Prefix | None) -> Parts | None:
        if (statistic, prefix) in self._parts:
            return self._parts[statistic, prefix]
        n_features = self._n_features if prefix is None else prefix.n_outputs
        for source in statistic.derivable_from():
            parts = self._parts.get((source, prefix))
            if parts is not None:
                derived = [statistic.derive(source, part, n_features) for part in parts]
                self._parts[statistic, prefix] = derived
                return derived
        return None

    def _remember(self, statistic: Statistic[Any, Any], rows: RowSet, parts: Parts) -> None:
        if rows.rest:
            # all training sets of the layer at once, since each is asked for sooner or later
            layer = next(layer for layer in self._layers if rows.fold in layer)
            own_parts = parts[layer.start : layer.stop]
            states = merges_without_each(own_parts, statistic.merge, statistic.zero())
            for fold, state in zip(layer, states, strict=True):
                own = RowSet(fold, rest=True, prefix=rows.prefix)
                self._values[statistic, own] = statistic.value(state)
            return
        state = statistic.zero()
        folds: Sequence[int] = self._layers[0]
        if rows.among is not None:
            folds = rows.among
        elif rows.fold is not None:
            folds = (rows.fold,)
        for fold in folds:
            state = statistic.merge(state, parts[fold])
        self._values[statistic, rows] = statistic.value(state)
