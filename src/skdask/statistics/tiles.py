"""Tiles: stretches of a block that stay in a core's cache while a kernel works on them.

A block is sized for reading (16 MiB), a tile for computing. The tile is the only float64 copy
that a kernel makes of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse

# About a quarter of the second-level cache of a current server core
TILE_BYTES = 2**20
# The rows of a kernel that meets them twice
LINEAR_BYTES = 4 * TILE_BYTES


def tile_slices(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Consecutive slices of about TILE_BYTES of float64, a function of the shape only."""
    height = tile_height(n_columns)
    for start in range(0, n_rows, height):
        yield slice(start, min(start + height, n_rows))


def tile_height(n_columns: int) -> int:
    """Rows of a tile: what a cache holds, and enough that a sweep is worth its call."""
    return max(64, TILE_BYTES // (8 * max(1, n_columns)))


def float64_tile(X: Any, rows: slice) -> NDArray[np.float64]:
    """These rows of X, dense and in float64: a view where they are so already."""
    tile = X[rows]
    if is_sparse(tile):
        tile = tile.toarray()
    return np.asarray(tile, dtype=np.float64)


def linear_tile(X: Any, rows: slice) -> Any:
    """These rows in float64 for a kernel that only multiplies them: sparse ones stay sparse."""
    tile = X[rows]
    return tile.astype(np.float64) if is_sparse(tile) else np.asarray(tile, np.float64)


def linear_height(X: Any, coefficients: NDArray[np.float64]) -> int:
    """Rows of a tile that meets coefficients of shape (n_features + 1, n_outputs).

    Rows may be more than a core's own cache takes, since they are met twice only and the next
    cache serves that: two threads that hand Python's lock to each other at every call are then a
    fifth faster (50 columns). What a row's predictions lead to is met in many sweeps, and stays
    as small as a tile.
    """
    n_features, n_outputs = coefficients.shape[0] - 1, coefficients.shape[1]
    height = TILE_BYTES // (8 * n_outputs)
    if not is_sparse(X):
        height = min(height, LINEAR_BYTES // (8 * (n_features + 1)))
    return max(32, height)


def predictions(tile: Any, coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear predictions of a tile, rows of the data last; the intercepts come last."""
    # of a sparse tile the product is Fortran-ordered, and links work on it in place
    eta: NDArray[np.float64] = np.ascontiguousarray(coefficients[:-1].T @ tile.T)
    eta += coefficients[-1][:, np.newaxis]
    return eta


def feature_array(rows: Rows) -> Any:
    """X of rows that must have been read with their features: dense unless sparse is accepted."""
    if rows.X is None:
        raise ValueError("the statistic needs features, but the rows were read without them")
    return rows.X


def column_count(rows: Rows, with_target: bool) -> int:
    """Number of columns of [X, y] or of X."""
    count = int(feature_array(rows).shape[1])
    if not with_target:
        return count
    if rows.y is None:
        raise ValueError("the statistic needs a target, but the rows have none")
    return count + (1 if rows.y.ndim == 1 else rows.y.shape[1])


def weights_of(rows: Rows, weighted: bool) -> NDArray[np.float64] | None:
    """The sample weights where they count, None where every row counts once."""
    if not weighted:
        return None
    if rows.sample_weight is None:
        raise ValueError("a weighted statistic needs rows with sample_weight")
    if rows.sample_weight.min(initial=0.0) < 0.0:
        raise ValueError("Negative values in data passed to `sample_weight`.")
    return rows.sample_weight


def shifted_tiles(
    rows: Rows,
) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.float64]]]:
    """Each tile of X less its own first row: (slice, first row, shifted copy).

    The shift makes constant columns exactly zero and takes large offsets out before any sum. The
    copy may be written to; it is overwritten by the next tile.
    """
    X = feature_array(rows)
    n_columns = X.shape[1]
    order: Literal["C", "F"] = "F" if X.flags.f_contiguous and not X.flags.c_contiguous else "C"
    buffer = np.empty((min(rows.n_rows, tile_height(n_columns)), n_columns), order=order)
    for tile in tile_slices(rows.n_rows, n_columns):
        height = tile.stop - tile.start
        columns = buffer if height == len(buffer) else np.empty((height, n_columns), order=order)
        first = X[tile.start].astype(np.float64)
        np.subtract(X[tile], first, out=columns)
        yield tile, first, columns
