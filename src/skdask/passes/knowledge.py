"""What is already known of a data set, so that it is not read again.

Reusable statistics are kept as one state a fold. A request over all rows, a fold, or all but a
fold is answered by merging them; a statistic that another one contains is derived from it.
"""

from __future__ import annotations

from typing import Any

from skdask.passes.folds import merges_without_each
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

    def __init__(self, n_features: int, n_folds: int) -> None:
        self.n_rows: int | None = None
        self.n_folds = n_folds
        self._n_features = n_features
        self._parts: dict[Statistic[Any, Any], Parts] = {}
        self._values: dict[tuple[Statistic[Any, Any], RowSet], Any] = {}

    def learn(self, statistic: Statistic[Any, Any], parts: Parts) -> None:
        """Keep the states of a reusable statistic, one a fold."""
        self._parts[statistic] = parts

    def held_bytes(self, n_columns: int) -> int:
        """Bytes that are kept for data of so many columns."""
        once = sum(statistic.state_bytes(n_columns) for statistic in self._parts)
        return once * states_kept(self.n_folds)

    def covers(self, request: Request) -> bool:
        """Whether the request can be answered without a pass."""
        return self._parts_of(request.statistic) is not None

    def answer(self, request: Request) -> Any:
        """The value of a request that `covers` said yes to."""
        key = (request.statistic, request.rows)
        if key not in self._values:
            parts = self._parts_of(request.statistic)
            if parts is None:
                raise KeyError(f"nothing is known of {request.statistic!r}")
            self._remember(request.statistic, request.rows, parts)
        return self._values[key]

    def _parts_of(self, statistic: Statistic[Any, Any]) -> Parts | None:
        if statistic in self._parts:
            return self._parts[statistic]
        for source in statistic.derivable_from():
            parts = self._parts.get(source)
            if parts is not None:
                derived = [statistic.derive(source, part, self._n_features) for part in parts]
                self._parts[statistic] = derived
                return derived
        return None

    def _remember(self, statistic: Statistic[Any, Any], rows: RowSet, parts: Parts) -> None:
        if rows.rest:
            # all training sets at once, since each is asked for sooner or later
            states = merges_without_each(parts, statistic.merge, statistic.zero())
            for fold, state in enumerate(states):
                self._values[statistic, RowSet(fold, rest=True)] = statistic.value(state)
            return
        state = statistic.zero()
        for part in parts if rows.fold is None else [parts[rows.fold]]:
            state = statistic.merge(state, part)
        self._values[statistic, rows] = statistic.value(state)
