"""One Lloyd iteration of k-means, what relocation needs, and the inertia.

Assignment is scikit-learn's compiled kernel, tile by tile, so ties break as they do there; sums
are kept in float64 and merged, which is what makes the centres those of all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask._sklearn import lloyd_labels
from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.lloyd_bounds import RowBounds, sums_of
from skdask.statistics.mapped import Mapped


@dataclass(frozen=True)
class OfCentres:
    """What the statistics of k-means are asked at.

    Attributes
    ----------
    mapped : Mapped
    centres : ndarray of shape (n_clusters, n_features)
        In the mapped and shifted space.
    """

    mapped: Mapped
    centres: NDArray[np.float64] = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "centres", np.ascontiguousarray(self.centres, np.float64))
        object.__setattr__(self, "token", array_token(self.centres))

    @property
    def weighted(self) -> bool:
        return self.mapped.weighted


@dataclass(frozen=True, slots=True)
class Clusters:
    """The rows of each centre together.

    Attributes
    ----------
    sums : ndarray of shape (n_clusters, n_features)
        Weighted.
    weights : ndarray of shape (n_clusters,)
    counts : ndarray of shape (n_clusters,)
        Rows, those of weight zero included.
    """

    sums: NDArray[np.float64]
    weights: NDArray[np.float64]
    counts: NDArray[np.int64]

    def inertia(self, centres: NDArray[np.float64], total: float) -> float:
        """Sum of squared distances to these centres, of ``total`` around the origin."""
        squares = np.einsum("ij,ij->i", centres, centres)
        within = total - 2.0 * np.vdot(centres, self.sums) + self.weights @ squares
        return max(0.0, float(within))

    def same_rows(self, other: Clusters) -> bool:
        """Whether no row has another centre: sums of the same rows have the same bits."""
        return (
            np.array_equal(self.counts, other.counts)
            and np.array_equal(self.weights, other.weights)
            and np.array_equal(self.sums, other.sums)
        )


@dataclass(frozen=True)
class LloydStep(OfCentres, Statistic[Clusters, Clusters]):
    """Weighted sum, weight and count of the rows next to each centre.

    Parameters
    ----------
    bounds : RowBounds, optional
        What the run remembers of rows that are held in memory; no answer depends on it.

    Notes
    -----
    **Passes** 1. **Cost** n_clusters multiply-adds a value; the state is as large as two sets of
    centres. **Error** of the sums a few ulp. **Source** Lloyd (1982), Least squares quantization
    in PCM; the kernel is scikit-learn's.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    bounds: RowBounds | None = field(default=None, compare=False, repr=False)

    def zero(self) -> Clusters:
        n_clusters = len(self.centres)
        return Clusters(
            np.zeros(self.centres.shape), np.zeros(n_clusters), np.zeros(n_clusters, np.int64)
        )

    @property
    def row_bytes(self) -> int:  # type: ignore[override]
        return 0 if self.bounds is None else RowBounds.bytes_a_row(self.centres.shape[1])

    def update(self, state: Clusters, rows: Rows) -> Clusters:
        n_clusters = len(self.centres)
        # rows that are not consecutive have no number by which they could be known again
        numbers = rows.numbers if isinstance(rows.numbers, range) else None
        for part, tile, weight in self.mapped.tiles(rows, 1):
            if self.bounds is None or numbers is None or not RowBounds.worth(tile, self.centres):
                labels = lloyd_labels(tile, self.centres)
                sums = sums_of(tile, weight, labels, n_clusters)
            else:
                key = (numbers[part.start], numbers[part.stop - 1])
                labels, sums = self.bounds.step(key, tile, weight, self.centres)
            counts = np.bincount(labels, minlength=n_clusters)
            met = counts.astype(np.float64)
            if self.weighted:
                met = np.bincount(labels, weight, n_clusters).astype(np.float64)
            state = self.merge(state, Clusters(sums, met, counts))
        return state

    def merge(self, left: Clusters, right: Clusters) -> Clusters:
        return Clusters(
            left.sums + right.sums, left.weights + right.weights, left.counts + right.counts
        )

    def value(self, state: Clusters) -> Clusters:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * self.centres.size + 16 * len(self.centres)

    def suspect(self, state: Clusters) -> bool:
        return not np.isfinite(state.sums).all()


@dataclass(frozen=True, slots=True)
class FarthestRows:
    """Rows by their distance from their centre, the farthest first.

    Attributes
    ----------
    distances : ndarray of shape (n_rows,)
        Squared.
    rows : ndarray of shape (n_rows, n_features)
    weights : ndarray of shape (n_rows,)
    labels : ndarray of shape (n_rows,)
    """

    distances: NDArray[np.float64]
    rows: NDArray[np.float64]
    weights: NDArray[np.float64]
    labels: NDArray[np.int32]


@dataclass(frozen=True)
class Farthest(OfCentres, Statistic[FarthestRows, FarthestRows]):
    """The rows that lie farthest from the centre next to them, weights aside.

    Parameters
    ----------
    size : int
        How many.

    Notes
    -----
    **Passes** 1, where an iteration has left a cluster empty. **Cost** as `LloydStep`.
    **Error** none; of equally distant rows the first ones.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    size: int = 1

    @property
    def weighted(self) -> bool:
        # a row counts once among the farthest, however much it weighs
        return False

    def zero(self) -> FarthestRows:
        n_features = self.centres.shape[1]
        return FarthestRows(
            np.empty(0), np.empty((0, n_features)), np.empty(0), np.empty(0, np.int32)
        )

    def update(self, state: FarthestRows, rows: Rows) -> FarthestRows:
        for _, tile, weight in self.mapped.tiles(rows, 1):
            labels = lloyd_labels(tile, self.centres)
            distances = squared_distances(tile, self.centres, labels)
            limit = state.distances[-1] if len(state.distances) == self.size else -np.inf
            kept = np.flatnonzero(distances > limit)
            far = tile[kept]
            found = FarthestRows(
                distances[kept],
                far.toarray() if is_sparse(far) else far,
                weight[kept],
                labels[kept],
            )
            state = self.merge(state, found)
        return state

    def merge(self, left: FarthestRows, right: FarthestRows) -> FarthestRows:
        distances = np.concatenate([left.distances, right.distances])
        order = np.argsort(-distances, kind="stable")[: self.size]
        return FarthestRows(
            distances[order],
            np.concatenate([left.rows, right.rows])[order],
            np.concatenate([left.weights, right.weights])[order],
            np.concatenate([left.labels, right.labels])[order],
        )

    def value(self, state: FarthestRows) -> FarthestRows:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return self.size * (8 * self.centres.shape[1] + 20)

    def suspect(self, state: FarthestRows) -> bool:
        return not np.isfinite(state.distances).all()


@dataclass(frozen=True)
class Inertia(OfCentres, Statistic[float, float]):
    """Weighted sum of squared distances to the next centre, each taken from its difference.

    Notes
    -----
    **Passes** 1. **Cost** as `LloydStep`. **Error** a few ulp, however tight the clusters.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True

    def zero(self) -> float:
        return 0.0

    def update(self, state: float, rows: Rows) -> float:
        for _, tile, weight in self.mapped.tiles(rows, 1):
            state += float(weight @ squared_distances(tile, self.centres))
        return state

    def merge(self, left: float, right: float) -> float:
        return left + right

    def value(self, state: float) -> float:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8

    def suspect(self, state: float) -> bool:
        return not np.isfinite(state)


@dataclass(frozen=True, slots=True)
class ClusterSpread:
    """How the rows of each centre lie around it.

    Attributes
    ----------
    inertias : ndarray of shape (n_clusters,)
        Weighted sums of squared distances.
    counts : ndarray of shape (n_clusters,)
        Rows, those of weight zero included.
    """

    inertias: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class ClusterSpreads(OfCentres, Statistic[ClusterSpread, ClusterSpread]):
    """The inertia of each cluster by itself, and its rows.

    Notes
    -----
    **Passes** 1. **Cost** and **Error** as `Inertia`.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True

    def zero(self) -> ClusterSpread:
        n_clusters = len(self.centres)
        return ClusterSpread(np.zeros(n_clusters), np.zeros(n_clusters, np.int64))

    def update(self, state: ClusterSpread, rows: Rows) -> ClusterSpread:
        n_clusters = len(self.centres)
        for _, tile, weight in self.mapped.tiles(rows, 1):
            labels = lloyd_labels(tile, self.centres)
            squares = weight * squared_distances(tile, self.centres, labels)
            found = ClusterSpread(
                np.bincount(labels, squares, n_clusters).astype(np.float64),
                np.bincount(labels, minlength=n_clusters),
            )
            state = self.merge(state, found)
        return state

    def merge(self, left: ClusterSpread, right: ClusterSpread) -> ClusterSpread:
        return ClusterSpread(left.inertias + right.inertias, left.counts + right.counts)

    def value(self, state: ClusterSpread) -> ClusterSpread:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 16 * len(self.centres)

    def suspect(self, state: ClusterSpread) -> bool:
        return not np.isfinite(state.inertias).all()


def squared_distances(
    tile: Any, centres: NDArray[np.float64], labels: NDArray[np.int32] | None = None
) -> NDArray[np.float64]:
    """Squared distance of each row from the centre of its label, which is the next one."""
    if labels is None:
        labels = lloyd_labels(tile, centres)
    if is_sparse(tile):
        own = centres[labels]
        squares = np.asarray((tile * tile).sum(axis=1)).ravel()
        squares -= 2.0 * np.asarray(tile.multiply(own).sum(axis=1)).ravel()
        squares += np.einsum("ij,ij->i", own, own)
        return np.maximum(squares, 0.0)
    gap = tile - centres[labels]
    return np.asarray(np.einsum("ij,ij->i", gap, gap))
