"""Moments: count, weight, mean and centred scatter of the columns [X, y].

One pass over them serves every estimator that sees the data only through means and covariances:
linear regression and its penalised kin, PCA, scaling, PLS, discriminants. Unless its columns lie
around zero, a tile is shifted by its first row and centred on its own mean before it is squared,
and tiles and blocks merge by Chan, Golub and LeVeque's pairwise update, so little is ever
subtracted from a large number: a column at 1e8 with unit variance keeps its digits, and a constant
column has a scatter of exactly zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic
from skdask.statistics.centred import centred_tiles, product_height
from skdask.statistics.pooling import Pooled, PooledState, pool
from skdask.statistics.rank_one import sum_with_outer
from skdask.statistics.sparse_rows import moments as sparse_moments
from skdask.statistics.sparse_rows import prefers_sparse_product
from skdask.statistics.summary import MomentSummary
from skdask.statistics.tiles import column_count, feature_array, float64_tile, weights_of
from skdask.statistics.uncentred import looks_central, uncentred_moments


@dataclass(frozen=True, slots=True)
class MomentState(PooledState):
    """Moments of some rows; arrays are empty while there are none.

    ``mean`` has shape (n_columns,) and ``scatter`` (n_columns, n_columns).
    """

    scatter: NDArray[np.float64]


@dataclass(frozen=True)
class Moments(Statistic[MomentState, MomentSummary]):
    """Count, weight, mean and centred scatter of [X, y], or of X alone.

    Parameters
    ----------
    with_target : bool
        Whether the target's columns follow the features'. They must then be numbers.
    weighted : bool
        Whether rows count by their sample weight.

    Notes
    -----
    **Passes** 1. **Cost** p**2 multiply-adds a row, 8 p**2 bytes of state for p columns.
    **Error** of each mean and variance a few ulp times the depth of the merge tree.
    **Source** Chan, Golub, LeVeque (1983), Algorithms for computing the sample variance.
    """

    accepts_sparse: ClassVar[bool] = True
    with_target: bool = False
    weighted: bool = False

    def zero(self) -> MomentState:
        return MomentState(0, 0.0, np.empty(0), np.empty((0, 0)))

    def update(self, state: MomentState, rows: Rows) -> MomentState:
        if is_sparse(rows.X):
            return self._update_sparse(state, rows) if rows.n_rows else state
        if not self.weighted and rows.n_rows:
            plain = self._uncentred(rows)
            if plain is not None:
                return self.merge(state, plain)
        for tile in centred_tiles(rows, self.with_target, self.weighted):
            scatter = tile.columns.T @ tile.columns
            state = self.merge(state, MomentState(tile.count, tile.weight, tile.mean, scatter))
        return state

    def _update_sparse(self, state: MomentState, rows: Rows) -> MomentState:
        X = rows.X
        if not prefers_sparse_product(X):
            # as dense rows, a few at a time
            for start in range(0, rows.n_rows, height := product_height(X.shape[1])):
                part = rows.take(slice(start, start + height))
                dense = replace(part, X=float64_tile(part.X, slice(None)))
                state = self.update(state, dense)
            return state
        n_columns = column_count(rows, self.with_target)
        target = None
        if self.with_target and rows.y is not None:
            target = np.asarray(rows.y, np.float64).reshape(-1, n_columns - X.shape[1])
        weight = weights_of(rows, self.weighted)
        return self.merge(state, MomentState(rows.n_rows, *sparse_moments(X, target, weight)))

    def _uncentred(self, rows: Rows) -> MomentState | None:
        """The moments without a centred copy of the rows, None where that costs digits."""
        X = feature_array(rows)
        if not looks_central(X):
            return None
        target = None
        if self.with_target and rows.y is not None:
            target = np.asarray(rows.y, dtype=np.float64).reshape(rows.n_rows, -1)
            if not looks_central(target):
                return None
        state = self.zero()
        height = product_height(column_count(rows, self.with_target))
        for start in range(0, rows.n_rows, height):
            tile = slice(start, start + height)
            y = None if target is None else target[tile]
            X_tile = float64_tile(X, tile)
            found = uncentred_moments(X_tile, y)
            if found is None:
                return None
            count = len(X_tile)
            state = self.merge(state, MomentState(count, float(count), *found))
        return state

    def merge(self, left: MomentState, right: MomentState) -> MomentState:
        def join(both: Pooled) -> MomentState:
            spread = both.gap * both.gap_weight
            scatter = sum_with_outer(left.scatter, right.scatter, spread, both.gap)
            return MomentState(both.count, both.weight, both.mean, scatter)

        return pool(left, right, join)

    def value(self, state: MomentState) -> MomentSummary:
        return MomentSummary(state.count, state.weight, state.mean, scatter=state.scatter)

    def state_bytes(self, n_columns: int) -> int:
        return 8 * n_columns * (n_columns + 1)

    def suspect(self, state: MomentState) -> bool:
        # rows of weight zero leave the mean alone, but no NaN leaves the scatter alone
        squares = np.diagonal(state.scatter)
        return not (np.isfinite(state.mean).all() and np.isfinite(squares).all())

    def derivable_from(self) -> tuple[Moments, ...]:
        return () if self.with_target else (Moments(True, self.weighted),)

    def derive(
        self, source: Statistic[Any, Any], state: MomentState, n_features: int
    ) -> MomentState:
        kept = slice(n_features)
        return MomentState(state.count, state.weight, state.mean[kept], state.scatter[kept, kept])
