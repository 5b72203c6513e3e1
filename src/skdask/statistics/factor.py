"""The QR form of the moments: a triangular factor R of the centred columns, R.T R = scatter.

Squaring the data squares its condition number: from the scatter, directions a million times
smaller than the largest have four digits left. The factor keeps ten. It merges as the moments do
(stack the factors and the gap of the means, factor again), costs the same one pass and two to
four times the arithmetic. Known as TSQR, the tall and skinny QR.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic
from skdask.statistics.centred import centred_tiles, product_height
from skdask.statistics.pooling import Pooled, PooledState, pool
from skdask.statistics.summary import MomentSummary, triangle
from skdask.statistics.tiles import float64_tile


@dataclass(frozen=True, slots=True)
class FactorState(PooledState):
    """Moments of some rows with a factor of shape (at most n_columns, n_columns)."""

    factor: NDArray[np.float64]


@dataclass(frozen=True)
class Factor(Statistic[FactorState, MomentSummary]):
    """Count, weight, mean and a triangular factor of the centred columns [X, y], or of X alone.

    Parameters
    ----------
    with_target, weighted : bool
        As in `Moments`.

    Notes
    -----
    **Passes** 1. **Cost** 2 p**2 multiply-adds a row, 8 p**2 bytes of state for p columns.
    **Error** of the factor a few ulp of its norm.
    **Source** Benson, Gleich, Demmel (2013), Direct QR factorizations for tall-and-skinny
    matrices in MapReduce architectures.
    """

    accepts_sparse: ClassVar[bool] = True
    with_target: bool = False
    weighted: bool = False

    def zero(self) -> FactorState:
        return FactorState(0, 0.0, np.empty(0), np.empty((0, 0)))

    def update(self, state: FactorState, rows: Rows) -> FactorState:
        if is_sparse(rows.X):
            for start in range(0, rows.n_rows, height := product_height(rows.X.shape[1])):
                part = rows.take(slice(start, start + height))
                dense = replace(part, X=float64_tile(part.X, slice(None)))
                state = self.update(state, dense)
            return state
        for tile in centred_tiles(rows, self.with_target, self.weighted):
            factor = triangle(tile.columns)
            state = self.merge(state, FactorState(tile.count, tile.weight, tile.mean, factor))
        return state

    def merge(self, left: FactorState, right: FactorState) -> FactorState:
        def join(both: Pooled) -> FactorState:
            gap = both.gap * np.sqrt(both.gap_weight)
            stacked = np.vstack([left.factor, right.factor, gap])
            return FactorState(both.count, both.weight, both.mean, triangle(stacked))

        return pool(left, right, join)

    def value(self, state: FactorState) -> MomentSummary:
        return MomentSummary(state.count, state.weight, state.mean, factor=state.factor)

    def state_bytes(self, n_columns: int) -> int:
        return 8 * n_columns * (n_columns + 1)

    def suspect(self, state: FactorState) -> bool:
        return not (np.isfinite(state.mean).all() and np.isfinite(state.factor).all())
