"""What k-means remembers of rows that are held in memory: labels, and how safe each of them is.

A row keeps its centre while the centres have moved by less than what lies between the next and
the second next, so most rows need no product with the centres once these settle, and a cluster
that no row has entered or left keeps its sums. It is Hamerly's bound with one number a row.
Answers do not depend on it, nor do their bits: a label is trusted only where rounding could not
have changed it, and sums are over the same rows in the same order.

It stays in the process that holds the rows. Sent to another, it arrives forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask._sklearn import lloyd_labels
from skdask.rows import is_sparse
from skdask.statistics.tiles import tile_slices

# Bytes of a label and a bound
_ROW_BYTES = 12
# Sums are remembered where the rows are this many times as large
_SUMS_SHARE = 16
# Bounds cost half as much again as labels alone: they begin where fewer rows change their centre,
# and end where more than these have to be looked at
_SETTLED, _UNSETTLED = 0.02, 0.5


@dataclass(slots=True)
class _Stretch:
    """What is known of consecutive rows, at the centres of the pass before."""

    centres: NDArray[np.float64]
    labels: NDArray[np.int32]
    sums: NDArray[np.float64]
    changed: int
    # by how much the second next centre lies farther than the next one, at least
    gap: NDArray[np.float64] | None = None
    # the largest squared norm of a row, looked for with the first bounds
    largest: float = np.nan


class RowBounds:
    """Labels and bounds of the rows of one run of Lloyd's algorithm, by their number."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], _Stretch] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return RowBounds, ()

    @staticmethod
    def bytes_a_row(n_features: int) -> int:
        """What is remembered of a row of float64, its share of the sums included."""
        return _ROW_BYTES + -(-8 * n_features // _SUMS_SHARE)

    @staticmethod
    def worth(tile: Any, centres: NDArray[np.float64]) -> bool:
        """Whether rows are dense and so many that their sums take little room beside them."""
        return not is_sparse(tile) and tile.size >= _SUMS_SHARE * centres.size

    def step(
        self,
        key: tuple[int, int],
        tile: NDArray[np.float64],
        weight: NDArray[np.float64],
        centres: NDArray[np.float64],
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The label of each row, and the weighted sum of the rows of each."""
        before = self._known.get(key)
        if before is None:
            labels = lloyd_labels(tile, centres)
            sums = sums_of(tile, weight, labels, len(centres))
            self._known[key] = _Stretch(centres, labels, sums, len(labels))
            return labels, sums
        largest = before.largest
        if np.isnan(largest) and _settled(before):
            largest = float(np.einsum("ij,ij->i", tile, tile).max())
        labels, gap = _labels_after(before, tile, centres, _rounding(largest, centres))
        changed = np.flatnonzero(labels != before.labels)
        sums = before.sums
        if len(changed):
            touched = np.zeros(len(centres), bool)
            touched[labels[changed]] = touched[before.labels[changed]] = True
            sums = sums.copy()
            if touched.mean() > _UNSETTLED:
                sums[touched] = sums_of(tile, weight, labels, len(centres))[touched]
            else:
                rows = np.flatnonzero(touched[labels])
                found = sums_of(tile[rows], weight[rows], labels[rows], len(centres))
                sums[touched] = found[touched]
        self._known[key] = _Stretch(centres, labels, sums, len(changed), gap, largest)
        return labels, sums


def sums_of(
    tile: Any, weight: NDArray[np.float64], labels: NDArray[np.int32], n_clusters: int
) -> NDArray[np.float64]:
    """Weighted sums of the rows with each label, one row after the other."""
    members = sparse.csc_array(
        (weight, labels, np.arange(len(labels) + 1)), shape=(n_clusters, len(labels))
    )
    sums = members @ tile
    return sums.toarray() if is_sparse(sums) else np.asarray(sums)


def _settled(before: _Stretch) -> bool:
    """Whether so few rows changed their centre that bounds pay."""
    return len(before.centres) > 1 and before.changed <= _SETTLED * len(before.labels)


def _labels_after(
    before: _Stretch, tile: NDArray[np.float64], centres: NDArray[np.float64], rounding: float
) -> tuple[NDArray[np.int32], NDArray[np.float64] | None]:
    """Labels at these centres, and the bounds where they are worth having."""
    n_rows = len(tile)
    if before.gap is not None:
        gap = before.gap - _approach(before.centres, centres)[before.labels]
    elif _settled(before):
        gap = np.full(n_rows, -np.inf)
    else:
        return lloyd_labels(tile, centres), None
    # a lead is safe where the squares that the kernel compares differ by more than its rounding
    open_rows = np.flatnonzero(gap <= np.sqrt(2.0 * rounding))
    if before.gap is not None and len(open_rows) > _UNSETTLED * n_rows:
        return lloyd_labels(tile, centres), None
    labels = before.labels.copy()
    for part in tile_slices(len(open_rows), max(centres.shape)):
        rows = open_rows[part]
        labels[rows], gap[rows] = _next_and_lead(tile[rows], centres, rounding)
    return labels, gap


def _approach(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """For rows of each centre, by how much its lead over the others may have shrunk."""
    moved = np.linalg.norm(after - before, axis=1) * (1.0 + 1e-12)
    order = np.argsort(moved)
    others = np.full(len(moved), moved[order[-1]])
    others[order[-1]] = moved[order[-2]]
    return np.asarray(moved + others)


def _rounding(largest: float, centres: NDArray[np.float64]) -> float:
    """Bound of what rounding may do to a difference of two squared distances."""
    scale = largest + float(np.einsum("ij,ij->i", centres, centres).max())
    return float(8.0 * (centres.shape[1] + 8) * np.finfo(np.float64).eps * scale)


def _next_and_lead(
    tile: NDArray[np.float64], centres: NDArray[np.float64], rounding: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """The next centre of each row, and by how much it is nearer than all others, at least."""
    labels = lloyd_labels(tile, centres)
    squares = (-2.0 * centres) @ tile.T
    squares += np.einsum("ij,ij->i", centres, centres)[:, np.newaxis]
    rows = np.arange(len(tile))
    own = np.einsum("ij,ij->i", tile, tile)
    first = squares[labels, rows] + own
    squares[labels, rows] = np.inf
    second = squares.min(axis=0) + own
    nearest = np.sqrt(np.maximum(first, 0.0) + rounding)
    return labels, np.sqrt(np.maximum(second - rounding, 0.0)) - nearest
