"""The nearest rows of each query, merged block by block; and all rows within a radius.

A block is searched by scikit-learn's own brute force, so its distances are scikit-learn's. Two
blocks merge into the nearest of both; among equal distances the earlier row wins, so the answer is
that of one search over all rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.neighbors import NearestNeighbors

from skdask.exceptions import MemoryBudgetError
from skdask.passes.blas import one_openmp_thread
from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.tiles import feature_array, tile_slices

# Megabytes of distances at once, for metrics of which scikit-learn makes whole matrices
_WORKING_MEMORY = 16


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest rows of every query, nearest first.

    Attributes
    ----------
    distances : ndarray of shape (n_queries, n_found)
    indices : ndarray of shape (n_queries, n_found)
        Numbers of the rows in the data.
    targets : ndarray of shape (n_queries, n_found, n_targets), or None
    """

    distances: NDArray[np.floating]
    indices: NDArray[np.int64]
    targets: NDArray[Any] | None


@dataclass(frozen=True)
class NearestRows(Statistic[Nearest | None, Nearest | None]):
    """The nearest rows of each of some queries.

    Parameters
    ----------
    queries : ndarray or csr_array of shape (n_queries, n_features)
    n_neighbors : int
    metric : tuple of (name, value)
        Arguments of `sklearn.neighbors.NearestNeighbors` that say what is near.
    with_target : bool
        Whether the targets of the rows are wanted.
    n_targets : int

    Notes
    -----
    **Passes** 1. **Cost** a distance for each query and row; state of 16 bytes and the target for
    each query and neighbour. **Error** none beside the choice among rows whose distances are equal
    up to rounding. **Source** brute force.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    queries: Any = field(compare=False, repr=False)
    n_neighbors: int
    metric: tuple[tuple[str, Any], ...] = field(compare=False)
    with_target: bool = False
    n_targets: int = 0
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", token_of(self.queries, self.metric))

    def zero(self) -> Nearest | None:
        return None

    def update(self, state: Nearest | None, rows: Rows) -> Nearest | None:
        if rows.n_rows == 0:
            return state
        model, queries = searcher(rows, self.queries, self.metric)
        count = min(self.n_neighbors, rows.n_rows)
        with one_openmp_thread(), config_context(working_memory=_WORKING_MEMORY):
            distances, places = model.kneighbors(queries, count)
        if is_euclidean(model, rows):
            owner = np.repeat(np.arange(len(places)), count)
            exact = distances_between(queries, owner, feature_array(rows), places.ravel())
            distances = exact.reshape(places.shape)
            order = np.argsort(distances, axis=1, kind="stable")
            distances = np.take_along_axis(distances, order, axis=1)
            places = np.take_along_axis(places, order, axis=1)
        targets = _targets_at(rows, places) if self.with_target else None
        return self.merge(state, Nearest(distances, numbers_of(rows)[places], targets))

    def merge(self, left: Nearest | None, right: Nearest | None) -> Nearest | None:
        if left is None or right is None:
            return right if left is None else left
        distances = np.concatenate([left.distances, right.distances], axis=1)
        order = np.argsort(distances, axis=1, kind="stable")[:, : self.n_neighbors]
        indices = np.concatenate([left.indices, right.indices], axis=1)
        targets = None
        if left.targets is not None and right.targets is not None:
            both = np.concatenate([left.targets, right.targets], axis=1)
            targets = np.take_along_axis(both, order[:, :, np.newaxis], axis=1)
        return Nearest(
            np.take_along_axis(distances, order, axis=1),
            np.take_along_axis(indices, order, axis=1),
            targets,
        )

    def value(self, state: Nearest | None) -> Nearest | None:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return int(self.queries.shape[0]) * self.n_neighbors * bytes_of_neighbor(self.n_targets)

    def suspect(self, state: Nearest | None) -> bool:
        return state is not None and _has_gaps(state.targets)


@dataclass(frozen=True, slots=True)
class Within:
    """The rows near every query, those of a query in the order of the data.

    Attributes
    ----------
    counts : ndarray of shape (n_queries,)
        How many there are of each query.
    distances, indices : ndarray of shape (counts.sum(),)
    targets : ndarray of shape (counts.sum(), n_targets), or None
    """

    counts: NDArray[np.int64]
    distances: NDArray[np.floating]
    indices: NDArray[np.int64]
    targets: NDArray[Any] | None


@dataclass(frozen=True)
class RowsWithin(Statistic[Within | None, Within | None]):
    """All rows within a radius of each of some queries.

    Parameters
    ----------
    queries, metric, with_target, n_targets
        As of `NearestRows`.
    radius : float
    limit : int
        Bytes that all neighbours may take.

    Notes
    -----
    **Passes** 1. **Cost** as `NearestRows`; the state grows with what is found.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    queries: Any = field(compare=False, repr=False)
    radius: float
    metric: tuple[tuple[str, Any], ...] = field(compare=False)
    limit: int = field(compare=False)
    with_target: bool = False
    n_targets: int = 0
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", token_of(self.queries, self.metric))

    def zero(self) -> Within | None:
        return None

    def update(self, state: Within | None, rows: Rows) -> Within | None:
        if rows.n_rows == 0:
            return state
        model, queries = searcher(rows, self.queries, self.metric)
        with one_openmp_thread(), config_context(working_memory=_WORKING_MEMORY):
            distances, places = model.radius_neighbors(queries, self.radius)
        # trees and heaps give them in some order of their own
        orders = [np.argsort(found) for found in places]
        counts = np.array([len(found) for found in places], dtype=np.int64)
        at = np.concatenate([found[by] for found, by in zip(places, orders, strict=True)])
        flat = np.concatenate([d[by] for d, by in zip(distances, orders, strict=True)])
        if is_euclidean(model, rows):
            owner = np.repeat(np.arange(len(counts)), counts)
            flat = distances_between(queries, owner, feature_array(rows), at)
        targets = _targets_at(rows, at) if self.with_target else None
        return self.merge(state, Within(counts, flat, numbers_of(rows)[at], targets))

    def merge(self, left: Within | None, right: Within | None) -> Within | None:
        if left is None or right is None:
            return right if left is None else left
        found = len(left.indices) + len(right.indices)
        needed = found * bytes_of_neighbor(self.n_targets)
        if needed > self.limit:
            raise MemoryBudgetError(
                f"The neighbours within the radius {self.radius} of {self.queries.shape[0]:,} "
                f"rows take more than {format_bytes(self.limit)}: ask for fewer rows at a time, "
                "for a smaller radius, or raise skdask.config.set(memory_limit=...)."
            )
        queries = np.arange(len(left.counts))
        owner = np.concatenate([np.repeat(queries, left.counts), np.repeat(queries, right.counts)])
        order = np.argsort(owner, kind="stable")
        targets = None
        if left.targets is not None and right.targets is not None:
            targets = np.concatenate([left.targets, right.targets])[order]
        return Within(
            left.counts + right.counts,
            np.concatenate([left.distances, right.distances])[order],
            np.concatenate([left.indices, right.indices])[order],
            targets,
        )

    def value(self, state: Within | None) -> Within | None:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * int(self.queries.shape[0]) + self.limit

    def suspect(self, state: Within | None) -> bool:
        return state is not None and _has_gaps(state.targets)


def token_of(queries: Any, metric: tuple[tuple[str, Any], ...]) -> str:
    """A digest of queries and of what is near."""
    arrays = (queries.data, queries.indices, queries.indptr) if is_sparse(queries) else (queries,)
    return f"{array_token(*arrays)} {metric!r}"


def searcher(
    rows: Rows, queries: Any, metric: tuple[tuple[str, Any], ...]
) -> tuple[NearestNeighbors, Any]:
    """What searches these rows by brute force, and the queries in its precision."""
    X = feature_array(rows)
    if X.dtype != queries.dtype:
        X, queries = X.astype(np.float64), queries.astype(np.float64)
    model = NearestNeighbors(algorithm="brute", **dict(metric))
    # the pass says where a value is not finite
    return model.fit(X), queries


def is_euclidean(model: NearestNeighbors, rows: Rows) -> bool:
    """Whether distances have been found by products, which leave few digits to small ones."""
    return model.effective_metric_ == "euclidean" and not is_sparse(rows.X)


def distances_between(
    queries: Any, owner: NDArray[np.intp], X: Any, places: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Euclidean distances of pairs of a query and a row, from their differences.

    Trees, which scikit-learn takes for few features, give these: a row is at distance zero from
    itself, which counts where neighbours are weighted by their distance.
    """
    found = np.empty(len(places))
    for tile in tile_slices(len(places), X.shape[1]):
        apart = np.subtract(queries[owner[tile]], X[places[tile]], dtype=np.float64)
        found[tile] = np.sqrt(np.einsum("ij,ij->i", apart, apart))
    return found


def numbers_of(rows: Rows) -> NDArray[np.int64]:
    """The numbers of the rows in the data."""
    if rows.numbers is None:
        raise ValueError("neighbours need numbered rows, as a pass gives them")
    return np.asarray(rows.numbers, dtype=np.int64)


def bytes_of_neighbor(n_targets: int) -> int:
    """Bytes of a distance, a row's number and its targets."""
    return 16 + 8 * n_targets


def _targets_at(rows: Rows, places: NDArray[np.intp]) -> NDArray[Any]:
    """Targets of the rows at these places, the targets on an axis of their own."""
    if rows.y is None:
        raise ValueError("the statistic needs a target, but the rows have none")
    table = rows.y if rows.y.ndim == 2 else rows.y[:, np.newaxis]
    found: NDArray[Any] = table[places]
    return found


def _has_gaps(targets: NDArray[Any] | None) -> bool:
    return targets is not None and targets.dtype.kind == "f" and not np.isfinite(targets).all()
