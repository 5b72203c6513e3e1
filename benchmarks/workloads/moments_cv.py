"""Penalties chosen within a fit, and discriminants: one or two passes for all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, coefficients

REGRESSION = Arrays("make_regression", 200_000, 50, (("n_informative", 5), ("noise", 20.0)))
CLASSES = Arrays("make_blobs", 200_000, 50, (("centers", 5), ("cluster_std", 8.0)))

MODELS: dict[str, tuple[Arrays, dict[str, Any]]] = {
    "RidgeCV": (REGRESSION, {}),
    "LassoCV": (REGRESSION, {}),
    "LinearDiscriminantAnalysis": (CLASSES, {}),
}


def workloads() -> Iterator[Workload]:
    for model, (dataset, params) in MODELS.items():

        def run(system: Any, X: Any, y: Any, model: str = model, params: Any = params) -> Any:
            return getattr(system, model)(**params).fit(X, y)

        yield Workload(
            f"moments-cv/{model}", dataset, run, coefficients, "coefficients", relative=True
        )
