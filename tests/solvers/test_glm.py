"""Passes of the generalised linear models on typical dense data, and their objectives."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn import linear_model as theirs
from sklearn.linear_model._huber import _huber_loss_and_gradient

from skdask.linear_model import (
    GammaRegressor,
    HuberRegressor,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    TweedieRegressor,
)
from skdask.model_selection import GridSearchCV, cross_val_score
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.svm import LinearSVC, LinearSVR

RANDOM = np.random.default_rng(3)
X = RANDOM.standard_normal((3000, 20)) + 0.5 * RANDOM.standard_normal((3000, 1))
SIGNAL = X @ RANDOM.standard_normal(20) / np.sqrt(20)
COUNTS = RANDOM.poisson(np.exp(SIGNAL)).astype(np.float64)
POSITIVE = RANDOM.gamma(2.0, np.exp(SIGNAL)) + 1e-3
NUMBERS = 50 + 20 * SIGNAL + RANDOM.standard_t(2, 3000)
CLASSES = (SIGNAL + RANDOM.standard_normal(3000) > 0.2).astype(int)
THREE = np.digitize(SIGNAL + RANDOM.standard_normal(3000), [-0.7, 0.7])


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(400, *values.shape[1:]))


@pytest.mark.parametrize(
    ("model", "y", "at_most"),
    [
        (PoissonRegressor(), COUNTS, 9),
        (PoissonRegressor(alpha=0.0), COUNTS, 10),
        (GammaRegressor(alpha=0.01), POSITIVE, 9),
        (TweedieRegressor(power=1.5), COUNTS, 9),
        (TweedieRegressor(power=3, alpha=0.1), POSITIVE, 9),
        (TweedieRegressor(power=0, link="log", alpha=0.1), POSITIVE, 9),
        (TweedieRegressor(alpha=0.1), NUMBERS, 4),
        (HuberRegressor(), NUMBERS, 11),
        (HuberRegressor(epsilon=3.0, alpha=10.0), NUMBERS, 11),
        (LogisticRegression(l1_ratio=1, solver="saga", C=0.01), CLASSES, 10),
        (LogisticRegression(l1_ratio=0.5, solver="saga", C=0.1), THREE, 10),
        (LogisticRegression(l1_ratio=1, solver="liblinear"), CLASSES, 10),
        (LogisticRegression(solver="liblinear"), CLASSES, 8),
        (LinearSVC(), CLASSES, 10),
        (LinearSVC(), THREE, 12),
        (LinearSVC(penalty="l1", C=0.01), CLASSES, 12),
        (LinearSVR(loss="squared_epsilon_insensitive", epsilon=1.0), NUMBERS, 9),
        (LinearSVC(loss="hinge"), THREE, 2),
        (LinearSVR(), NUMBERS, 2),
        (QuantileRegressor(alpha=0.1), NUMBERS, 2),
    ],
    ids=str,
)
def test_passes(model: Any, y: np.ndarray, at_most: int) -> None:
    fitted = model.fit(lazy(X), lazy(y))
    assert fitted.fit_report_.passes <= at_most
    assert all("converged" in line for line in fitted.fit_report_.outcomes)


def test_objective_of_huber_is_no_worse() -> None:
    ours = HuberRegressor().fit(lazy(X), lazy(NUMBERS))
    reference = theirs.HuberRegressor(tol=1e-9, max_iter=10_000).fit(X, NUMBERS)

    def objective(model: Any) -> float:
        point = np.array([*model.coef_, model.intercept_, model.scale_])
        ones = np.ones(len(X))
        loss, _ = _huber_loss_and_gradient(point, X, NUMBERS, model.epsilon, model.alpha, ones)
        return float(loss)

    assert objective(ours) <= objective(reference) * (1 + 1e-6)


def test_zeros_are_those_of_liblinear() -> None:
    params = {"l1_ratio": 1, "solver": "liblinear", "C": 0.01}
    ours = LogisticRegression(**params).fit(lazy(X), lazy(CLASSES))
    reference = theirs.LogisticRegression(**params, tol=1e-10, max_iter=10_000).fit(X, CLASSES)
    np.testing.assert_array_equal(ours.coef_ == 0.0, reference.coef_ == 0.0)
    assert 0 < (ours.coef_ == 0.0).sum() < 20


@pytest.mark.parametrize(
    ("model", "y", "grid"),
    [
        (PoissonRegressor(), COUNTS, {"alpha": [0.01, 1.0]}),
        (TweedieRegressor(power=1.5), COUNTS, {"alpha": [0.01, 1.0]}),
        (HuberRegressor(), NUMBERS, {"epsilon": [1.2, 2.0]}),
        (LinearSVC(), THREE, {"C": [0.01, 1.0]}),
        (LinearSVR(loss="squared_epsilon_insensitive"), NUMBERS, {"C": [0.01, 1.0]}),
        (LinearSVC(loss="hinge"), CLASSES, {"C": [0.001, 0.1]}),
        (LinearSVR(), NUMBERS, {"C": [0.01, 1.0]}),
        (LogisticRegression(l1_ratio=1, solver="saga"), CLASSES, {"C": [0.01, 0.1]}),
    ],
    ids=lambda given: "" if isinstance(given, np.ndarray | dict) else str(given),
)
def test_searches_score_as_scikit_learn(model: Any, y: np.ndarray, grid: dict[str, Any]) -> None:
    model.set_params(tol=1e-7)
    steps = make_pipeline(StandardScaler(), model)
    name = steps.steps[-1][0]
    grid = {f"{name}__{key}": values for key, values in grid.items()}
    ours = GridSearchCV(steps, grid, cv=3).fit(lazy(X), lazy(y))
    plain = theirs_search(steps, grid).fit(X, y)
    for key in ("split0_test_score", "split2_test_score"):
        np.testing.assert_allclose(ours.cv_results_[key], plain.cv_results_[key], atol=1.1e-3)
    assert ours.best_params_ == plain.best_params_
    assert ours.fit_report_.passes <= 40


def theirs_search(steps: Any, grid: dict[str, Any]) -> Any:
    from sklearn.model_selection import GridSearchCV as Search

    plain = steps.to_sklearn()
    # liblinear takes rows in a random order, and stopped early scores by it
    plain[-1].set_params(max_iter=100_000)
    if "random_state" in plain[-1].get_params():
        plain[-1].set_params(random_state=0)
    return Search(plain, grid, cv=3)


def test_other_metrics_of_a_deviance() -> None:
    for scoring in ("r2", "neg_mean_squared_error", "neg_root_mean_squared_error"):
        model = PoissonRegressor(tol=1e-8)
        found = cross_val_score(model, lazy(X), lazy(COUNTS), cv=3, scoring=scoring)
        plain = model.to_sklearn()
        expected = cross_val_score(plain, X, COUNTS, cv=3, scoring=scoring)
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        fitted = model.fit(lazy(X), lazy(COUNTS))
        assert isinstance(fitted.score(lazy(X), lazy(COUNTS)), float)
