"""Least squares and its penalised kin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, coefficients, moments_work

SHAPES = {
    "1Mx50": Arrays("make_regression", 1_000_000, 50, (("n_informative", 5), ("noise", 20.0))),
    "100kx400": Arrays("make_regression", 100_000, 400, (("n_informative", 5), ("noise", 40.0))),
}

MODELS: dict[str, dict[str, Any]] = {
    "LinearRegression": {},
    "Ridge": {"alpha": 2.0},
    "Lasso": {"alpha": 1e-3, "tol": 1e-6},
    "ElasticNet": {"alpha": 1e-3, "l1_ratio": 0.9, "tol": 1e-6},
}


def workloads() -> Iterator[Workload]:
    for shape, dataset in SHAPES.items():
        for model, params in MODELS.items():

            def run(system: Any, X: Any, y: Any, model: str = model, params: Any = params) -> Any:
                return getattr(system, model)(**params).fit(X, y)

            yield Workload(
                f"linear/{shape}/{model}",
                dataset,
                run,
                coefficients,
                "coefficients",
                relative=True,
                work=moments_work,
            )
