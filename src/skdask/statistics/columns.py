"""Statistics of single columns: moments and extremes, with missing values left out.

They cost a read and little else, and serve the scalers. Where the full `Moments` are known, or
are asked for in the same pass, the column moments come from them for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic
from skdask.statistics.moments import Moments, MomentState
from skdask.statistics.sparse_rows import column_moments, extremes
from skdask.statistics.tiles import (
    feature_array,
    float64_tile,
    shifted_tiles,
    tile_slices,
    weights_of,
)


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """Moments of each column over its known values; each array has shape (n_features,).

    The mean of a column without weight is 0.
    """

    count: NDArray[np.int64]
    weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]

    def through(self, affine: Affine) -> ColumnSummary:
        """The summary of the columns after a map that scales each of them by itself."""
        factor = affine.column_factors()
        return ColumnSummary(
            self.count, self.weight, self.mean * factor + affine.offset, self.scatter * factor**2
        )


@dataclass(frozen=True)
class ColumnMoments(Statistic[ColumnSummary, ColumnSummary]):
    """Count, weight, mean and sum of squared deviations of each feature.

    Notes
    -----
    **Passes** 1, none where `Moments` are known. **Cost** two multiply-adds a value.
    **Error** and **Source** as `Moments`.
    """

    accepts_nan: ClassVar[bool] = True
    accepts_sparse: ClassVar[bool] = True
    weighted: bool = False

    def zero(self) -> ColumnSummary:
        return ColumnSummary(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))

    def update(self, state: ColumnSummary, rows: Rows) -> ColumnSummary:
        weight = weights_of(rows, self.weighted)
        if is_sparse(rows.X):
            return self._update_sparse(state, rows, weight)
        for tile, first, columns in shifted_tiles(rows):
            tile_weight = np.ones(len(columns)) if weight is None else weight[tile]
            summary = _tile_columns(first, columns, tile_weight)
            # not the mean, which a missing value of weight zero may leave alone
            if np.isnan(summary.scatter).any():
                raw = float64_tile(feature_array(rows), tile)
                summary = _tile_columns_with_gaps(raw, tile_weight)
            state = self.merge(state, summary)
        return state

    def _update_sparse(
        self, state: ColumnSummary, rows: Rows, weight: NDArray[np.float64] | None
    ) -> ColumnSummary:
        if rows.n_rows == 0:
            return state
        found = column_moments(rows.X, weight)
        return self.merge(
            state, ColumnSummary(found.count, found.weight, found.mean, found.scatter)
        )

    def merge(self, left: ColumnSummary, right: ColumnSummary) -> ColumnSummary:
        if left.count.size == 0:
            return right
        if right.count.size == 0:
            return left
        weight = left.weight + right.weight
        share = np.divide(right.weight, weight, out=np.zeros_like(weight), where=weight > 0)
        gap = right.mean - left.mean
        # without weight on the left the right mean stands as it is, rounding and all
        mean = np.where(left.weight == 0.0, right.mean, left.mean + gap * share)
        scatter = left.scatter + right.scatter + gap * gap * (left.weight * share)
        return ColumnSummary(left.count + right.count, weight, mean, scatter)

    def value(self, state: ColumnSummary) -> ColumnSummary:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 32 * n_columns

    def suspect(self, state: ColumnSummary) -> bool:
        # missing values are left out, so what is not finite here came from an infinity
        return not (np.isfinite(state.mean).all() and np.isfinite(state.scatter).all())

    def derivable_from(self) -> tuple[Moments, ...]:
        return (Moments(False, self.weighted), Moments(True, self.weighted))

    def derive(
        self, source: Statistic[Any, Any], state: MomentState, n_features: int
    ) -> ColumnSummary:
        if state.count == 0:
            return self.zero()
        return ColumnSummary(
            np.full(n_features, state.count, np.int64),
            np.full(n_features, state.weight),
            state.mean[:n_features],
            np.diagonal(state.scatter)[:n_features].copy(),
        )


def _tile_columns(
    first: NDArray[np.float64], columns: NDArray[np.float64], weight: NDArray[np.float64]
) -> ColumnSummary:
    """Summary of a tile given as differences from its first row; overwrites the columns."""
    n_rows, n_features = columns.shape
    total = weight.sum()
    offset = weight @ columns / total if total else np.zeros(n_features)
    columns -= offset
    np.square(columns, out=columns)
    return ColumnSummary(
        np.full(n_features, n_rows, np.int64),
        np.full(n_features, total),
        first + offset if total else np.zeros(n_features),
        weight @ columns,
    )


def _tile_columns_with_gaps(
    columns: NDArray[np.float64], weight: NDArray[np.float64]
) -> ColumnSummary:
    """Summary of a tile with missing values, shifted by each column's first known value."""
    known = ~np.isnan(columns)
    shift = columns[known.argmax(axis=0), np.arange(columns.shape[1])]
    shift = np.where(np.isnan(shift), 0.0, shift)
    deviations = np.where(known, columns - shift, 0.0)
    total = weight @ known
    mean = np.divide(weight @ deviations, total, out=np.zeros_like(shift), where=total > 0)
    deviations = np.where(known, deviations - mean, 0.0)
    mean = np.where(total > 0, shift + mean, 0.0)
    return ColumnSummary(known.sum(axis=0), total, mean, weight @ np.square(deviations))


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest known value of each column, NaN where there is none."""

    count: int
    smallest: NDArray[np.float64]
    largest: NDArray[np.float64]

    def through(self, affine: Affine) -> Range:
        """The range after a map that scales each column by itself."""
        factor = affine.column_factors()
        ends = (self.smallest * factor + affine.offset, self.largest * factor + affine.offset)
        return Range(self.count, np.minimum(*ends), np.maximum(*ends))


@dataclass(frozen=True)
class Extremes(Statistic[Range, Range]):
    """Smallest and largest value of each feature.

    Parameters
    ----------
    through : Affine or None
        A map that is applied to the rows first; needed where it mixes columns.

    Notes
    -----
    **Passes** 1. **Cost** two comparisons a value. **Error** none.
    """

    accepts_nan: ClassVar[bool] = True
    accepts_sparse: ClassVar[bool] = True
    through: Affine | None = None

    def zero(self) -> Range:
        return Range(0, np.empty(0), np.empty(0))

    def update(self, state: Range, rows: Rows) -> Range:
        X = feature_array(rows)
        if is_sparse(X) and self.through is None:
            if rows.n_rows == 0:
                return state
            return self.merge(state, Range(rows.n_rows, *extremes(X)))
        for tile in tile_slices(rows.n_rows, X.shape[1]):
            columns = X[tile] if self.through is None else self.through.apply(float64_tile(X, tile))
            smallest = np.fmin.reduce(columns, axis=0).astype(np.float64)
            largest = np.fmax.reduce(columns, axis=0).astype(np.float64)
            state = self.merge(state, Range(len(columns), smallest, largest))
        return state

    def merge(self, left: Range, right: Range) -> Range:
        if left.count == 0:
            return right
        if right.count == 0:
            return left
        return Range(
            left.count + right.count,
            np.fmin(left.smallest, right.smallest),
            np.fmax(left.largest, right.largest),
        )

    def value(self, state: Range) -> Range:
        return state

    def state_bytes(self, n_columns: int) -> int:
        n_outputs = 0 if self.through is None else self.through.n_outputs
        return 16 * max(n_columns, n_outputs)

    def suspect(self, state: Range) -> bool:
        return bool(np.isinf(state.smallest).any() or np.isinf(state.largest).any())
