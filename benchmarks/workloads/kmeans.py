"""K-means, tall and wide: every system from the same centres."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Arrays
from benchmarks.workloads.base import Work, Workload

N_CLUSTERS = 20
SHAPES = {
    "1Mx10": Arrays("make_blobs", 1_000_000, 10, (("centers", N_CLUSTERS), ("cluster_std", 4.0))),
    "100kx100": Arrays("make_blobs", 100_000, 100, (("centers", N_CLUSTERS), ("cluster_std", 8.0))),
}


def _run(system: Any, X: Any, _: Any) -> Any:
    start = np.asarray(X[:N_CLUSTERS])
    return system.KMeans(N_CLUSTERS, init=start, n_init=1, max_iter=30, tol=1e-3).fit(X)


def _inertia(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.array([float(model.inertia_)])


def _work(n_rows: int, n_features: int, passes: int) -> Work:
    """A product with the centres and one read, each pass."""
    values = float(n_rows) * n_features * passes
    return Work(2.0 * N_CLUSTERS * values, 8.0 * values)


def workloads() -> Iterator[Workload]:
    for shape, dataset in SHAPES.items():
        yield Workload(
            f"kmeans/{shape}", dataset, _run, _inertia, "inertia", relative=True, work=_work
        )
