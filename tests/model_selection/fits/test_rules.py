"""Each rule gives what fits of every candidate give, and makes fewer of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor

from skdask.model_selection import GridSearchCV
from skdask.model_selection.fits.groups import Sharing, group_candidates
from tests.model_selection.test_search import assert_same_results

SIZES = {"n_estimators": [7, 2, 5, 1]}
ROUNDS = {"max_iter": [12, 3, 40]}
BOOSTED = {"n_estimators": [2, 5]}
PENALTIES = {"ccp_alpha": [0.0, 5.0, 200.0]}
REGRESSORS = [
    (RandomForestRegressor(random_state=0), SIZES | {"max_features": [2, 4]}, 2),
    (RandomForestRegressor(random_state=0, max_samples=0.5), SIZES, 1),
    (ExtraTreesRegressor(random_state=3), SIZES, 1),
    (GradientBoostingRegressor(random_state=0, subsample=0.7), SIZES, 1),
    (HistGradientBoostingRegressor(random_state=0), ROUNDS, 1),
    (HistGradientBoostingRegressor(loss="gamma", max_leaf_nodes=4), ROUNDS, 1),
    (
        HistGradientBoostingRegressor(random_state=0, early_stopping=True, n_iter_no_change=2),
        {"max_iter": [1, 4, 300]},
        1,
    ),
    (KNeighborsRegressor(), {"n_neighbors": [1, 3, 8], "weights": ["uniform", "distance"]}, 2),
    (RandomForestRegressor(random_state=0, n_estimators=5), PENALTIES, 1),
    (RandomForestRegressor(random_state=0), {"n_estimators": [2, 4], **PENALTIES}, 2),
    (ExtraTreesRegressor(random_state=0), {"n_estimators": [2, 4, 1], "ccp_alpha": [0.0, 9.0]}, 2),
    (AdaBoostRegressor(random_state=0), {"n_estimators": [9, 1, 4], "loss": ["linear"]}, 1),
    (AdaBoostRegressor(LinearRegression(), random_state=0), {"n_estimators": [3, 20]}, 1),
    (DecisionTreeRegressor(random_state=1), {"ccp_alpha": [0.0, 5.0, 200.0]}, 1),
    (ExtraTreeRegressor(random_state=1), {"ccp_alpha": [5.0, 0.0]}, 1),
]
CLASSIFIERS = [
    (RandomForestClassifier(random_state=0), SIZES, 1),
    (RandomForestClassifier(random_state=0, class_weight="balanced_subsample"), SIZES, 1),
    (ExtraTreesClassifier(random_state=np.random.RandomState(2), bootstrap=True), SIZES, 1),
    (GradientBoostingClassifier(random_state=0), {"n_estimators": [1, 6]}, 1),
    (GradientBoostingClassifier(n_iter_no_change=2, random_state=0), {"n_estimators": [1, 60]}, 1),
    (HistGradientBoostingClassifier(random_state=0), ROUNDS, 1),
    (KNeighborsClassifier(), {"n_neighbors": [1, 4, 9], "algorithm": ["brute", "kd_tree"]}, 2),
    (KNeighborsClassifier(weights="distance"), {"n_neighbors": [2, 7]}, 1),
    (RandomForestClassifier(random_state=0, n_estimators=5), {"ccp_alpha": [0.0, 0.01, 0.2]}, 1),
    (AdaBoostClassifier(random_state=0), {"n_estimators": [9, 1, 4]}, 1),
    (
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), random_state=0),
        {"n_estimators": [2, 5]},
        1,
    ),
    (AdaBoostClassifier(DecisionTreeClassifier(), random_state=0), {"n_estimators": [2, 5]}, 1),
    (DecisionTreeClassifier(random_state=1), {"ccp_alpha": [0.0, 0.01, 0.2]}, 1),
]


def name_of(value: Any) -> str:
    """Of a model its class: what else it shows may be an address."""
    return type(value).__name__ if hasattr(value, "get_params") else str(value)


def compared(model: Any, grid: dict[str, Any], X: Any, y: Any, **options: Any) -> None:
    ours = GridSearchCV(model, grid, **options).fit(X, y)
    theirs = model_selection.GridSearchCV(model, grid, **options).fit(X, y)
    assert_same_results(ours, theirs, rtol=1e-12)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def groups(model: Any, grid: dict[str, Any]) -> int:
    from skdask.model_selection.fits.groups import settings_of

    settings = settings_of(model, list(model_selection.ParameterGrid(grid)))
    found = group_candidates(settings, Sharing())
    return sum(1 if group.rule else len(group.members) for group in found)


@pytest.mark.parametrize(("model", "grid", "fits"), REGRESSORS, ids=name_of)
def test_regressors(model: Any, grid: dict[str, Any], fits: int, regression: Any) -> None:
    X, y = regression
    y = np.abs(y) + 1.0
    options = {"scoring": ["r2", "neg_mean_absolute_error"], "refit": "r2"}
    compared(model, grid, X, y, cv=3, return_train_score=True, **options)
    assert groups(model, grid) == fits


@pytest.mark.parametrize(("model", "grid", "fits"), CLASSIFIERS, ids=name_of)
def test_classifiers(model: Any, grid: dict[str, Any], fits: int, classification: Any) -> None:
    X, y = classification
    scoring = ["accuracy", "neg_log_loss", "roc_auc_ovr"]
    # a tie of two scores leaves the rank to rounding
    compared(model, grid, X, y, cv=3, scoring=scoring, refit="neg_log_loss")
    assert groups(model, grid) == fits


def test_two_classes_by_decision(classification: Any) -> None:
    X, y = classification
    for model, grid in (
        (GradientBoostingClassifier(random_state=0), {"n_estimators": [2, 9]}),
        (HistGradientBoostingClassifier(random_state=0), {"max_iter": [2, 9]}),
    ):
        compared(
            model,
            grid,
            X,
            y == "red",
            cv=3,
            scoring=["roc_auc", "average_precision"],
            refit="roc_auc",
        )


def test_tied_neighbours_are_searched_for_one_by_one() -> None:
    random = np.random.default_rng(0)
    X = random.integers(0, 3, (150, 2)).astype(float)
    y = random.normal(size=150)
    grid = {"n_neighbors": [1, 2, 5, 30]}
    for algorithm in ("brute", "kd_tree"):
        compared(KNeighborsRegressor(algorithm=algorithm), grid, X, y, cv=3)


@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (RandomForestClassifier(oob_score=True, bootstrap=True), {"n_estimators": [20, 30]}),
        (GradientBoostingClassifier(warm_start=True), {"n_estimators": [2, 3]}),
        (type("Mine", (RandomForestClassifier,), {})(), {"n_estimators": [2, 3]}),
    ],
    ids=["oob", "warm", "subclass"],
)
def test_what_a_rule_is_not_for(model: Any, grid: dict[str, Any]) -> None:
    assert groups(model, grid) == 2


def test_a_refused_value_fails_alone(regression: Any) -> None:
    X, y = regression
    for model, grid in (
        (RandomForestRegressor(random_state=0), {"n_estimators": [3, -1, 2]}),
        (KNeighborsRegressor(), {"n_neighbors": [3, 2, 1000]}),
        (DecisionTreeRegressor(random_state=0), {"ccp_alpha": [0.1, -1.0, 0.2]}),
    ):
        results = []
        for kind in (GridSearchCV, model_selection.GridSearchCV):
            with pytest.warns(UserWarning, match="are non-finite"):
                results.append(kind(model, grid, cv=2).fit(X, y).cv_results_["mean_test_score"])
        assert np.isnan(results[1]).sum() == 1
        np.testing.assert_allclose(*results, rtol=1e-12)
