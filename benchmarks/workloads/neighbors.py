"""Nearest neighbours by brute force: all distances between queries and training rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Arrays
from benchmarks.workloads.base import Work, Workload

QUERIES = 5000
DATASET = Arrays("make_classification", 200_000, 16, (("n_informative", 8), ("n_redundant", 2)))


class Predicted(NamedTuple):
    """A model and what it says of the queries."""

    model: Any
    labels: Any

    @property
    def fit_report_(self) -> Any:
        return getattr(self.model, "fit_report_", None)


def _run(system: Any, X: Any, y: Any) -> Any:
    model = system.KNeighborsClassifier(n_neighbors=10, algorithm="brute").fit(X, y)
    labels = model.predict(X[:QUERIES])
    return Predicted(model, labels.compute() if hasattr(labels, "compute") else labels)


def _labels(found: Any, *_: Any) -> NDArray[np.float64]:
    return np.asarray(found.labels, dtype=float)


def _distances(n_rows: int, n_features: int, _passes: int) -> Work:
    return Work(2.0 * QUERIES * n_rows * n_features, 8.0 * n_rows * n_features)


def workloads() -> Iterator[Workload]:
    yield Workload(
        "knn/200kx16/KNeighborsClassifier", DATASET, _run, _labels, "labels", work=_distances
    )
