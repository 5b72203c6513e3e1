"""How each feature goes with the target: moments of the columns and their products with y alone.

What univariate tests of a regression need. It costs as little as a read, where the moments of all
pairs of columns would cost their number squared; where those are known, it follows from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic
from skdask.statistics.centred import centred_tiles
from skdask.statistics.moments import Moments, MomentState
from skdask.statistics.pooling import Pooled, PooledState, pool
from skdask.statistics.sparse_rows import column_moments
from skdask.statistics.summary import MomentSummary

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AssociationState(PooledState):
    """Moments of [X, y], y a single column; arrays are empty while there are no rows.

    ``mean`` and ``scatter`` have shape (n_features + 1,), ``product`` (n_features,).
    """

    scatter: Vector
    product: Vector

    def through(self, affine: Affine) -> AssociationState:
        """The moments after a map that scales each feature by itself."""
        factor = np.append(affine.column_factors(), 1.0)
        mean = self.mean * factor + np.append(affine.offset, 0.0)
        product = self.product * factor[:-1]
        return AssociationState(
            self.count, self.weight, mean, self.scatter * np.square(factor), product
        )

    @classmethod
    def of(cls, moments: MomentSummary) -> AssociationState:
        """From the moments of all pairs of [X, y]."""
        gram = moments.gram
        return cls(moments.count, moments.weight, moments.mean, np.diagonal(gram), gram[:-1, -1])


@dataclass(frozen=True)
class Association(Statistic[AssociationState, AssociationState]):
    """Mean and spread of every feature and of the target, and their products.

    Notes
    -----
    **Passes** 1, none where `Moments` of [X, y] are known. **Cost** three multiply-adds a value.
    **Error** and **Source** as `Moments`.
    """

    accepts_sparse: ClassVar[bool] = True

    def zero(self) -> AssociationState:
        return AssociationState(0, 0.0, np.empty(0), np.empty(0), np.empty(0))

    def update(self, state: AssociationState, rows: Rows) -> AssociationState:
        if rows.n_rows == 0:
            return state
        if is_sparse(rows.X):
            return self.merge(state, _of_sparse(rows))
        for tile in centred_tiles(rows, with_target=True, weighted=False):
            columns = tile.columns
            scatter = np.einsum("ij,ij->j", columns, columns)
            product = columns[:, :-1].T @ columns[:, -1]
            found = AssociationState(tile.count, tile.weight, tile.mean.copy(), scatter, product)
            state = self.merge(state, found)
        return state

    def merge(self, left: AssociationState, right: AssociationState) -> AssociationState:
        def join(both: Pooled) -> AssociationState:
            gap = both.gap
            scatter = left.scatter + right.scatter + both.gap_weight * np.square(gap)
            product = left.product + right.product + both.gap_weight * gap[:-1] * gap[-1]
            return AssociationState(both.count, both.weight, both.mean, scatter, product)

        return pool(left, right, join)

    def value(self, state: AssociationState) -> AssociationState:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 24 * n_columns

    def suspect(self, state: AssociationState) -> bool:
        return not (np.isfinite(state.mean).all() and np.isfinite(state.scatter).all())

    def derivable_from(self) -> tuple[Moments, ...]:
        return (Moments(True, False),)

    def derive(
        self, source: Statistic[Any, Any], state: MomentState, n_features: int
    ) -> AssociationState:
        if state.count == 0:
            return self.zero()
        scatter = np.diagonal(state.scatter).copy()
        product = state.scatter[:-1, -1].copy()
        return AssociationState(state.count, state.weight, state.mean, scatter, product)


def _of_sparse(rows: Rows) -> AssociationState:
    assert rows.y is not None
    y = np.asarray(rows.y, np.float64).ravel()
    centre = y.mean()
    deviations = y - centre
    columns = column_moments(rows.X, None)
    # the moments leave NaN out, which is an error here
    mean = np.where(columns.count < rows.n_rows, np.nan, columns.mean)
    # deviations sum to zero, so the features need no centring
    product = rows.X.T @ deviations
    return AssociationState(
        rows.n_rows,
        float(rows.n_rows),
        np.append(mean, centre),
        np.append(columns.scatter, deviations @ deviations),
        np.asarray(product, np.float64),
    )
