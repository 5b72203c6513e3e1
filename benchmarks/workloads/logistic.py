"""Logistic regression, two classes and more, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, class_scores, reading_work


def _classification(n_rows: int, n_features: int, n_classes: int) -> Arrays:
    options = (("n_informative", 10), ("n_redundant", 5), ("n_classes", n_classes))
    return Arrays("make_classification", n_rows, n_features, options)


SHAPES = {
    "500kx50, 2 classes": _classification(500_000, 50, 2),
    "500kx50, 5 classes": _classification(500_000, 50, 5),
    "50kx500": _classification(50_000, 500, 2),
}


def _run(system: Any, X: Any, y: Any) -> Any:
    return system.LogisticRegression(C=1.0, tol=1e-4, max_iter=200).fit(X, y)


def workloads() -> Iterator[Workload]:
    for shape, dataset in SHAPES.items():
        yield Workload(
            f"logistic/{shape}",
            dataset,
            _run,
            class_scores,
            "accuracy, log loss",
            work=reading_work,
        )
