"""One pass: from the requests that need the data to a state for each of them.

Equal requests are one already. Statistics of one kind are updated together, so that kinds with a
fused kernel can use it; which of them a stretch of rows concerns follows from its fold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from skdask.blocks import raise_non_finite
from skdask.blocks.columns import matrix_of
from skdask.exceptions import DataError, SparseDataError
from skdask.passes.folds import Folds
from skdask.passes.request import Request
from skdask.rows import Block, Rows, is_frame, is_sparse
from skdask.statistics.base import Statistic


@dataclass
class PassState:
    """The states of all statistics of a pass over some blocks.

    Attributes
    ----------
    kept : dict
        By (reusable statistic, fold).
    moving : dict
        By request, for statistics with parameters.
    """

    kept: dict[tuple[Statistic[Any, Any], int], Any] = field(default_factory=dict)
    moving: dict[Request, Any] = field(default_factory=dict)


class Forms:
    """Rows as each statistic takes them: a frame, or the matrix of it, which is made once."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._matrix = rows if rows.X is None or not is_frame(rows.X) else None

    def for_kind(self, kind: type[Statistic[Any, Any]]) -> Rows:
        """The rows for a kind of statistic."""
        if kind.takes_tables or not kind.needs_features:
            return self._rows
        if self._matrix is None:
            self._matrix = replace(self._rows, X=matrix_of(self._rows.X))
        return self._matrix


class Scan:
    """What one pass computes.

    Parameters
    ----------
    requests : sequence of Request
        Distinct ones that need the data.
    folds : Folds
    feature_names : tuple of str, optional
        For errors.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        folds: Folds,
        feature_names: tuple[str, ...] | None = None,
    ) -> None:
        self._feature_names = feature_names
        self._folds = folds
        self._asked_by = {request.statistic: request.asked_by for request in reversed(requests)}
        self.kept = _without_derivable(
            dict.fromkeys(request.statistic for request in requests if request.statistic.reusable)
        )
        self.moving: dict[type, list[Request]] = defaultdict(list)
        for request in requests:
            if not request.statistic.reusable:
                self.moving[type(request.statistic)].append(request)

    def within(self, folds: Folds) -> Scan:
        """This scan for blocks of which these folds are known."""
        other = copy(self)
        other._folds = folds
        return other

    @property
    def needs_features(self) -> bool:
        return any(statistic.needs_features for statistic in self._statistics())

    @property
    def _accepts_nan(self) -> bool:
        return all(
            statistic.accepts_nan or not statistic.needs_features
            for statistic in self._statistics()
        )

    def _statistics(self) -> Iterator[Statistic[Any, Any]]:
        yield from self.kept
        for requests in self.moving.values():
            yield from (request.statistic for request in requests)

    def describe(self) -> str:
        names = [type(statistic).__name__ for statistic in self.kept]
        names += [
            f"{len(requests)} x {kind.__name__}" if len(requests) > 1 else kind.__name__
            for kind, requests in self.moving.items()
        ]
        return ", ".join(names)

    def leaf(self, block: Block) -> PassState:
        """The states of one block."""
        state = PassState()
        self._refuse_sparse(block)
        try:
            # `_check` looks for what these warnings would say, and names the place
            with np.errstate(invalid="ignore", over="ignore"):
                self._meet(state, block)
        except (ValueError, TypeError) as error:
            # bad rows are named before what they led to
            raise_non_finite(block, self._feature_names, self._name(), allow_nan=self._accepts_nan)
            raise DataError(f"{str(error).rstrip('.')}. Found in {block.where}.") from error
        self._check(state, block)
        return state

    def _refuse_sparse(self, block: Block) -> None:
        """scikit-learn's error where a statistic takes dense rows only."""
        if not is_sparse(block.rows.X):
            return
        for statistic in self._statistics():
            if statistic.needs_features and not statistic.accepts_sparse:
                who = self._asked_by.get(statistic) or type(statistic).__name__
                raise SparseDataError(
                    "Sparse data was passed for X, but dense data is required. Use '.toarray()' to "
                    f"convert to a dense numpy array. {who} takes dense rows only, and "
                    f"{block.where} is sparse: for a Dask Array use X.map_blocks(lambda block: "
                    "block.toarray()), where its chunks are small enough to be dense."
                )

    def _meet(self, state: PassState, block: Block) -> None:
        for fold, rows in self._folds.segments(block.numbered()):
            forms = Forms(rows)
            for statistic in self.kept:
                state.kept[statistic, fold] = statistic.update(
                    statistic.zero(), forms.for_kind(type(statistic))
                )
            for kind, requests in self.moving.items():
                self._update_moving(state, kind, requests, fold, forms.for_kind(kind))

    def _update_moving(
        self, state: PassState, kind: type, requests: list[Request], fold: int, rows: Rows
    ) -> None:
        active = [request for request in requests if request.rows.includes(fold)]
        if not active:
            return
        statistics = [request.statistic for request in active]
        before = [
            state.moving[request] if request in state.moving else request.statistic.zero()
            for request in active
        ]
        after = kind.update_many(statistics, before, rows)  # type: ignore[attr-defined]
        state.moving.update(zip(active, after, strict=True))

    def merge(self, left: PassState, right: PassState) -> PassState:
        kept = dict(left.kept)
        for (statistic, fold), state in right.kept.items():
            key = (statistic, fold)
            kept[key] = statistic.merge(kept[key], state) if key in kept else state
        moving = dict(left.moving)
        for request, state in right.moving.items():
            known = request in moving
            moving[request] = request.statistic.merge(moving[request], state) if known else state
        return PassState(kept, moving)

    def _check(self, state: PassState, block: Block) -> None:
        """Raise where a NaN or an infinity came into a state; costs nothing while all is well."""
        for (statistic, _), part in state.kept.items():
            self._check_one(statistic, part, block)
        for request, part in state.moving.items():
            self._check_one(request.statistic, part, block)

    def _check_one(self, statistic: Statistic[Any, Any], state: Any, block: Block) -> None:
        if statistic.suspect(state):
            raise_non_finite(
                block,
                self._feature_names,
                self._asked_by.get(statistic, ""),
                allow_nan=statistic.accepts_nan,
            )
            if statistic.reusable:
                raise DataError(
                    f"{type(statistic).__name__} of {block.where} is not finite although its rows "
                    "are: values are too large to be squared in float64; scale them down."
                )

    def _name(self) -> str:
        return next((name for name in self._asked_by.values() if name), "")


def _without_derivable(
    statistics: dict[Statistic[Any, Any], None],
) -> list[Statistic[Any, Any]]:
    """Leave out what follows from another statistic of the same pass."""
    return [
        statistic
        for statistic in statistics
        if not any(source in statistics for source in statistic.derivable_from())
    ]
