"""Linear models of other losses: Huber's, and the squared hinge of support vectors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, coefficients, reading_work
from benchmarks.workloads.logistic import SHAPES

_REGRESSION = Arrays("make_regression", 500_000, 50, (("n_informative", 10), ("noise", 10.0)))


def _svc(system: Any, X: Any, y: Any) -> Any:
    return system.LinearSVC(C=1.0).fit(X, y)


def _huber(system: Any, X: Any, y: Any) -> Any:
    return system.HuberRegressor().fit(X, y)


def workloads() -> Iterator[Workload]:
    yield Workload(
        "glm/500kx50/LinearSVC",
        SHAPES["500kx50, 2 classes"],
        _svc,
        coefficients,
        "coefficients",
        relative=True,
        work=reading_work,
    )
    yield Workload(
        "glm/500kx50/HuberRegressor",
        _REGRESSION,
        _huber,
        coefficients,
        "coefficients",
        relative=True,
        work=reading_work,
    )
