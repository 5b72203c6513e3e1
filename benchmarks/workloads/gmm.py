"""A mixture of eight Gaussian distributions: every system from the same components."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from benchmarks.data import Arrays
from benchmarks.workloads.base import Work, Workload

N_COMPONENTS = 8
DATASET = Arrays("make_blobs", 200_000, 20, (("centers", N_COMPONENTS), ("cluster_std", 4.0)))


def _run(system: Any, X: Any, _: Any) -> Any:
    n_features = X.shape[1]
    model = system.GaussianMixture(
        N_COMPONENTS,
        max_iter=20,
        weights_init=np.full(N_COMPONENTS, 1 / N_COMPONENTS),
        means_init=np.asarray(X[:N_COMPONENTS]),
        precisions_init=np.tile(np.eye(n_features) / 16, (N_COMPONENTS, 1, 1)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X)


def _bound(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.array([float(model.lower_bound_)])


def _work(n_rows: int, n_features: int, passes: int) -> Work:
    """Two products with a matrix a component and one read, each pass."""
    values = float(n_rows) * n_features * passes
    return Work(4.0 * N_COMPONENTS * n_features * values, 8.0 * values)


def workloads() -> Iterator[Workload]:
    yield Workload(
        "gmm/200kx20", DATASET, _run, _bound, "log-likelihood", relative=True, work=_work
    )
