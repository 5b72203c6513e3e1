"""Where clusters lie and how far their rows are from their centres.

Labels come with the rows, as a target, and need not be known before the pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.labels import label_array
from skdask.statistics.tiles import feature_array

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Clusters:
    """All clusters in the order of their labels.

    ``labels`` (n_clusters,), ``counts`` (n_clusters,), ``centres`` (n_clusters, n_features) and
    ``scatters`` (n_clusters,).
    """

    labels: NDArray[Any]
    counts: NDArray[np.int64]
    centres: Vector
    scatters: Vector


@dataclass(frozen=True)
class ClusterSpread(Statistic[Clusters | None, Clusters]):
    """Count, centre and scatter of every cluster.

    Notes
    -----
    **Passes** 1. **Cost** a sort of the labels and two sweeps of each block. **Error** that of
    the pairwise merge of means of Chan, Golub and LeVeque (1979).
    """

    reusable: ClassVar[bool] = False

    def zero(self) -> Clusters | None:
        return None

    def update(self, state: Clusters | None, rows: Rows) -> Clusters | None:
        if rows.n_rows == 0:
            return state
        X = np.asarray(feature_array(rows), dtype=np.float64)
        labels, codes = np.unique(label_array(rows), return_inverse=True)
        order = np.argsort(codes, kind="stable")
        counts = np.bincount(codes)
        centres, scatters = np.empty((len(labels), X.shape[1])), np.empty(len(labels))
        for place, members in enumerate(np.split(order, np.cumsum(counts)[:-1])):
            part = X[members]
            centres[place] = part.mean(axis=0)
            scatters[place] = np.square(part - centres[place]).sum()
        return self.merge(state, Clusters(labels, counts, centres, scatters))

    def merge(self, left: Clusters | None, right: Clusters | None) -> Clusters | None:
        if left is None or right is None:
            return right if left is None else left
        labels = np.unique(np.concatenate([left.labels, right.labels]))
        counts = np.zeros(len(labels), dtype=np.int64)
        centres = np.zeros((len(labels), left.centres.shape[1]))
        scatters = np.zeros(len(labels))
        for part in (left, right):
            at = np.searchsorted(labels, part.labels)
            before, after = counts[at], counts[at] + part.counts
            apart = part.centres - centres[at]
            centres[at] += apart * (part.counts / after)[:, np.newaxis]
            between = np.einsum("ij,ij->i", apart, apart) * before * (part.counts / after)
            scatters[at] += part.scatters + between
            counts[at] = after
        return Clusters(labels, counts, centres, scatters)

    def value(self, state: Clusters | None) -> Clusters:
        if state is None:
            return Clusters(np.empty(0), np.empty(0, np.int64), np.empty((0, 0)), np.empty(0))
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 2**16 + 2**10 * n_columns

    def suspect(self, state: Clusters | None) -> bool:
        return state is not None and not np.isfinite(state.scatters).all()


@dataclass(frozen=True)
class CentreDistances(Statistic[Vector, Vector]):
    """The sum of the distances of each cluster's rows to its centre, shape (n_clusters,).

    Notes
    -----
    **Passes** 1. **Error** a few ulp.
    """

    reusable: ClassVar[bool] = False
    labels: NDArray[Any] = field(compare=False)
    centres: Vector = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.labels, self.centres))

    def zero(self) -> Vector:
        return np.zeros(len(self.labels))

    def update(self, state: Vector, rows: Rows) -> Vector:
        if rows.n_rows == 0:
            return state
        codes = np.searchsorted(self.labels, label_array(rows))
        apart = np.asarray(feature_array(rows), dtype=np.float64) - self.centres[codes]
        distances = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        sums: Vector = state + np.bincount(codes, distances, len(self.labels))
        return sums

    def merge(self, left: Vector, right: Vector) -> Vector:
        return left + right

    def value(self, state: Vector) -> Vector:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * len(self.labels)

    def suspect(self, state: Vector) -> bool:
        return not np.isfinite(state).all()
