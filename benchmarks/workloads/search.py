"""Searches and cross-validation: many candidates, many folds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from benchmarks.data import Arrays, Mixed
from benchmarks.workloads.base import Workload, split_scores

REGRESSION = (("n_informative", 10), ("noise", 20.0))
FOLDS = (3, 10, 100, 1000)


def grid_moments(system: Any, X: Any, y: Any) -> Any:
    pipeline = system.steps.Pipeline(
        [
            ("scale", system.steps.StandardScaler()),
            ("pca", system.steps.PCA(svd_solver="covariance_eigh")),
            ("ridge", system.steps.Ridge()),
        ]
    )
    grid = {"pca__n_components": [5, 10, 20, 30, 40], "ridge__alpha": np.logspace(-3, 4, 20)}
    return system.GridSearchCV(pipeline, grid, cv=5, **system.jobs).fit(X, y)


def _grid_lasso(system: Any, X: Any, y: Any) -> Any:
    pipeline = system.steps.Pipeline(
        [("scale", system.steps.StandardScaler()), ("net", system.steps.ElasticNet())]
    )
    grid = {
        "net__alpha": np.logspace(-3, 1, 20),
        "net__l1_ratio": [0.1, 0.3, 0.5, 0.7, 0.9],
    }
    return system.GridSearchCV(pipeline, grid, cv=5, **system.jobs).fit(X, y)


def _grid_logistic(system: Any, X: Any, y: Any) -> Any:
    pipeline = system.steps.Pipeline(
        [("scale", system.steps.StandardScaler()), ("model", system.steps.LogisticRegression())]
    )
    return system.GridSearchCV(
        pipeline,
        {"model__C": np.logspace(-5, 2, 15)},
        scoring=["neg_log_loss", "accuracy"],
        refit="neg_log_loss",
        cv=5,
        **system.jobs,
    ).fit(X, y)


def _grid_forest(system: Any, X: Any, y: Any) -> Any:
    grid = {"n_estimators": list(range(10, 121, 10))}
    forest = RandomForestClassifier(random_state=0)
    return system.GridSearchCV(forest, grid, cv=3, **system.jobs).fit(X, y)


def _grid_mixed(system: Any, X: Any, y: Any) -> Any:
    words = [name for name in X.columns if name.startswith("w")]
    numbers = [name for name in X.columns if name.startswith("x")]
    steps = system.steps
    scaled = steps.Pipeline([("fill", steps.SimpleImputer()), ("scale", steps.StandardScaler())])
    columns = steps.ColumnTransformer(
        [("numbers", scaled, numbers), ("words", steps.OneHotEncoder(), words)]
    )
    pipeline = steps.Pipeline([("columns", columns), ("model", steps.Ridge())])
    grid = {
        "columns__numbers__fill__strategy": ["mean", "median"],
        "model__alpha": np.logspace(-2, 4, 12),
    }
    return system.GridSearchCV(pipeline, grid, cv=5, **system.jobs).fit(X, y)


def _cross_validation(n_folds: int) -> Any:
    def run(system: Any, X: Any, y: Any) -> Any:
        return system.cross_val_score(system.steps.Ridge(), X, y, cv=n_folds, **system.jobs)

    return run


def _scores(scores: Any, *_: Any) -> NDArray[np.float64]:
    return np.asarray(scores, dtype=float)


def workloads() -> Iterator[Workload]:
    tall = Arrays("make_regression", 200_000, 100, REGRESSION)
    small = Arrays("make_regression", 100_000, 60, REGRESSION)
    options = (("n_informative", 10), ("n_redundant", 5), ("n_classes", 2))
    classes = Arrays("make_classification", 200_000, 100, options)
    for name, dataset, run in (
        ("grid-moments", tall, grid_moments),
        ("grid-lasso", small, _grid_lasso),
        ("grid-logistic", classes, _grid_logistic),
    ):
        yield Workload(name, dataset, run, split_scores, "split scores")
    forest = Arrays("make_classification", 50_000, 20, options)
    yield Workload("grid-forest", forest, _grid_forest, split_scores, "split scores")
    mixed = Mixed(200_000, n_numbers=10, n_words=4, n_levels=8)
    yield Workload("grid-mixed", mixed, _grid_mixed, split_scores, "split scores")
    for n_folds in FOLDS:
        yield Workload(
            f"cv-many/{n_folds}",
            tall,
            _cross_validation(n_folds),
            _scores,
            "split scores",
            warm_up=_cross_validation(3),
        )
