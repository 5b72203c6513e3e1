"""Principal components, tall and wide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, moments_work

SHAPES = {
    "500kx100": Arrays("make_blobs", 500_000, 100, (("centers", 20),)),
    "50kx1000": Arrays("make_blobs", 50_000, 1000, (("centers", 20),)),
}


def _run(system: Any, X: Any, _: Any) -> Any:
    return system.PCA(n_components=20, svd_solver="covariance_eigh").fit(X)


def _variance(model: Any, *_: Any) -> NDArray[np.float64]:
    # the twentieth component of twenty blobs is one of many equals, its variance is not
    return np.asarray(model.explained_variance_, dtype=float)


def workloads() -> Iterator[Workload]:
    for shape, dataset in SHAPES.items():
        yield Workload(
            f"pca/{shape}",
            dataset,
            _run,
            _variance,
            "explained variance",
            relative=True,
            work=moments_work,
        )
