"""Centred tiles: rows of [X, y] whose Gram matrix is their centred scatter.

What `Moments` squares and `Factor` decomposes. A tile is centred stretch by stretch while the
stretch is in cache, each on its own mean; how the stretches' means differ is told by one more row
for each. So a wide tile is as tall as its product wants it, and is still swept in cache only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.tiles import column_count, feature_array, tile_height, weights_of


@dataclass(frozen=True, slots=True)
class CentredTile:
    """Some rows, centred on their mean and scaled by the root of their weight.

    Attributes
    ----------
    count : int
    weight : float
    mean : ndarray of shape (n_columns,)
        0 where the rows have no weight.
    columns : ndarray of shape (at least count, n_columns)
        Its Gram matrix is the scatter. Overwritten by the next tile.
    """

    count: int
    weight: float
    mean: NDArray[np.float64]
    columns: NDArray[np.float64]


def product_height(n_columns: int) -> int:
    """Rows of a tile for a product of its columns: merging costs as much as some n_columns rows."""
    return max(tile_height(n_columns), 3 * n_columns)


def centred_tiles(rows: Rows, with_target: bool, weighted: bool) -> Iterator[CentredTile]:
    """The rows of [X, y] or X in centred tiles, a function of their shape only."""
    X = feature_array(rows)
    n_columns = column_count(rows, with_target)
    target = None
    if with_target and rows.y is not None:
        target = rows.y.reshape(rows.n_rows, n_columns - X.shape[1])
    weight = weights_of(rows, weighted)
    tallest = min(rows.n_rows, product_height(n_columns))
    stretch = tile_height(n_columns)
    order: Literal["C", "F"] = "F" if X.flags.f_contiguous and not X.flags.c_contiguous else "C"
    buffer = np.empty((_rows_with_means(tallest, stretch), n_columns), order=order)
    for start in range(0, rows.n_rows, product_height(n_columns)):
        count = min(tallest, rows.n_rows - start)
        height = _rows_with_means(count, stretch)
        columns = buffer if height == len(buffer) else np.empty((height, n_columns), order=order)
        own = None if weight is None else weight[start : start + count]
        yield _centre(X, target, own, start, count, stretch, columns)


def _rows_with_means(count: int, stretch: int) -> int:
    n_stretches = -(-count // stretch)
    return count + (n_stretches if n_stretches > 1 else 0)


def _centre(
    X: NDArray[np.floating],
    target: NDArray[np.generic] | None,
    weight: NDArray[np.float64] | None,
    start: int,
    count: int,
    stretch: int,
    columns: NDArray[np.float64],
) -> CentredTile:
    """Fill columns with rows from start on, shifted by the first of them and centred."""
    n_features = X.shape[1]
    # the shift makes constant columns exactly zero and takes large offsets out before any sum
    first = np.empty(columns.shape[1])
    first[:n_features] = X[start]
    if target is not None:
        first[n_features:] = target[start]
    offsets, weights = [], []
    for begin in range(0, count, stretch):
        end = min(begin + stretch, count)
        part, source = columns[begin:end], slice(start + begin, start + end)
        np.subtract(X[source], first[:n_features], out=part[:, :n_features])
        if target is not None:
            np.subtract(target[source], first[n_features:], out=part[:, n_features:])
        own = None if weight is None else weight[begin:end]
        offset, total = _centre_stretch(part, own)
        offsets.append(offset)
        weights.append(total)
    total = float(sum(weights))
    if len(offsets) == 1:
        offset = offsets[0]
    else:
        stacked, shares = np.asarray(offsets), np.asarray(weights)
        offset = shares @ stacked / total if total else np.zeros(columns.shape[1])
        columns[count:] = np.sqrt(shares)[:, np.newaxis] * (stacked - offset)
    return CentredTile(count, total, first + offset if total else offset, columns)


def _centre_stretch(
    columns: NDArray[np.float64], weight: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], float]:
    """Centre columns in place and scale rows by the root of their weight: (mean, weight)."""
    if weight is None:
        total = float(len(columns))
        mean = np.ones(len(columns)) @ columns / total
        columns -= mean
        return mean, total
    total = float(weight.sum())
    mean = weight @ columns / total if total else np.zeros(columns.shape[1])
    columns -= mean
    columns *= np.sqrt(weight)[:, np.newaxis]
    return mean, total
