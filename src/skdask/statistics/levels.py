"""The distinct values of one column and what the target adds up to at each: isotonic regression.

Rows of one value count by their sums alone, so the table of values says all that the rows do. It
is as long as there are distinct values, so it gives up at a limit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.exceptions import MemoryBudgetError
from skdask.rows import Rows
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.tiles import feature_array, weights_of

Vector = NDArray[np.float64]

# Distinct values that a projection of memory allows for; how many there are nobody knows before
_EXPECTED = 2**16
_BYTES = 24


@dataclass(frozen=True, slots=True)
class LevelTable:
    """Distinct values in ascending order, and sums over the rows that have each.

    Attributes
    ----------
    values : ndarray of shape (n_values,)
    weights : ndarray of shape (n_values,)
        Counts where rows are not weighted.
    totals : ndarray of shape (n_values,)
        Of weight times target.
    """

    values: Vector
    weights: Vector
    totals: Vector

    def ranks(self) -> Vector:
        """The rank of each value among so many rows: of equal ones the mean, from 1 on."""
        return np.asarray(np.cumsum(self.weights) - (self.weights - 1.0) / 2.0)


@dataclass(frozen=True)
class Levels(Statistic[LevelTable, LevelTable]):
    """Distinct values of the only feature, or of the target, each with the sums of its rows.

    Parameters
    ----------
    limit : int
        Most bytes that a state may take.
    weighted : bool
    of_target : bool
    through : Affine or None
        A map to one column that is applied to the features first.

    Notes
    -----
    **Passes** 1. **Cost** a sort of each block; 24 bytes a distinct value. **Error** that of
    sums, in float64.
    """

    limit: int
    weighted: bool = False
    of_target: bool = False
    through: Affine | None = None

    @property
    def needs_features(self) -> bool:  # type: ignore[override]
        return not self.of_target

    def zero(self) -> LevelTable:
        none = np.empty(0)
        return LevelTable(none, none, none)

    def update(self, state: LevelTable, rows: Rows) -> LevelTable:
        if rows.n_rows == 0:
            return state
        target, weight = target_of(rows), weights_of(rows, self.weighted)
        values = target if self.of_target else column_of(rows, self.through)
        if weight is not None and not weight.all():
            counted = weight > 0.0
            values, target, weight = values[counted], target[counted], weight[counted]
        weight = np.ones(len(values)) if weight is None else weight
        return self.merge(state, _table(values, weight, weight * target))

    def merge(self, left: LevelTable, right: LevelTable) -> LevelTable:
        if not len(left.values) or not len(right.values):
            return left if len(left.values) else right
        both = [(getattr(left, n), getattr(right, n)) for n in ("values", "weights", "totals")]
        values, weights, totals = map(np.concatenate, both)
        table = _table(values, weights, totals, in_runs=True)
        self._check_size(table)
        return table

    def _check_size(self, table: LevelTable) -> None:
        if _BYTES * len(table.values) <= self.limit:
            return
        what = "the target" if self.of_target else "the feature"
        raise MemoryBudgetError(
            f"{what} has more than {len(table.values):,} distinct values, and a table of them "
            f"takes more than {self.limit:,} bytes, part of the memory limit. Round the "
            "values, or raise skdask.config.set(memory_limit=...)."
        )

    def value(self, state: LevelTable) -> LevelTable:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return min(self.limit, _BYTES * _EXPECTED)

    def held_bytes(self, state: LevelTable) -> int:
        return _BYTES * len(state.values)

    def suspect(self, state: LevelTable) -> bool:
        # NaN and infinities are last, or first
        return len(state.values) > 0 and not (
            np.isfinite(state.values[[0, -1]]).all() and np.isfinite(state.totals.sum())
        )


@dataclass(frozen=True)
class RankProducts(Statistic[float, float]):
    """The sum over rows of products of the ranks of feature and target, each less its mean.

    Parameters
    ----------
    values, ranks : ndarray of shape (n_values,)
        Distinct values of the feature, in ascending order, and their ranks less the mean.
    target_values, target_ranks : ndarray of shape (n_target_values,)
    through : Affine or None
        A map to one column that is applied to the features first.

    Notes
    -----
    **Passes** 1. **Cost** two searches in sorted tables a row. **Error** that of sums.
    """

    reusable: ClassVar[bool] = False
    values: Vector = field(compare=False)
    ranks: Vector = field(compare=False)
    target_values: Vector = field(compare=False)
    target_ranks: Vector = field(compare=False)
    through: Affine | None = None
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        token = array_token(self.values, self.ranks, self.target_values, self.target_ranks)
        object.__setattr__(self, "token", token)

    def zero(self) -> float:
        return 0.0

    def update(self, state: float, rows: Rows) -> float:
        if rows.n_rows == 0:
            return state
        places = np.searchsorted(self.values, column_of(rows, self.through))
        of_target = np.searchsorted(self.target_values, target_of(rows))
        return state + float(self.ranks[places] @ self.target_ranks[of_target])

    def merge(self, left: float, right: float) -> float:
        return left + right

    def value(self, state: float) -> float:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8


def column_of(rows: Rows, through: Affine | None) -> Vector:
    """The only column of some rows, after a map."""
    X: Any = feature_array(rows)
    if through is not None:
        X = through.apply(X)
    return np.asarray(X[:, 0], np.float64)


def target_of(rows: Rows) -> Vector:
    """The only target of some rows."""
    if rows.y is None:
        raise ValueError("the statistic needs a target, but the rows have none")
    return np.asarray(rows.y.reshape(rows.n_rows, -1)[:, 0], np.float64)


def _table(values: Vector, weights: Vector, totals: Vector, in_runs: bool = False) -> LevelTable:
    if not len(values):
        return LevelTable(values, weights, totals)
    # the stable sort takes sorted runs as they are, the other one is faster on all else
    order = np.argsort(values, kind="stable" if in_runs else None)
    values = values[order]
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    if len(first) == len(values):
        return LevelTable(values, weights[order], totals[order])
    weights, totals = (np.add.reduceat(sums[order], first) for sums in (weights, totals))
    return LevelTable(values[first], weights, totals)
