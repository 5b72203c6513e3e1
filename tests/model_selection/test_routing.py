"""Metadata routing through every search: weights and groups go where scikit-learn sends them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import config_context, model_selection
from sklearn.ensemble import RandomForestRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdask.model_selection as ours_of
from tests.model_selection.conftest import arranged

SEARCHES = ["GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"]


def search_of(module: Any, name: str, model: Any, grid: Any, scorer: Any) -> Any:
    options: dict[str, Any] = {"scoring": scorer, "cv": GroupKFold(3)}
    if name == "RandomizedSearchCV":
        options |= {"n_iter": 3, "random_state": 0}
    if name.startswith("Halving"):
        options |= {"random_state": 0}
    return getattr(module, name)(model, grid, **options)


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("asked", ["both", "fit", "score", "forest"])
def test_as_in_scikit_learn(name: str, asked: str, regression: Any) -> None:
    X, y = regression
    weight = np.random.default_rng(0).uniform(1, 9, len(y))
    params = {"sample_weight": weight, "groups": np.arange(len(y)) % 7}
    of_fit, of_score = asked != "score", asked != "fit"
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(r2_score).set_score_request(sample_weight=of_score)
        ridge = Ridge().set_fit_request(sample_weight=of_fit)
        scaler = StandardScaler().set_fit_request(sample_weight=of_fit)
        cases: list[tuple[Any, Any]] = [
            (ridge, {"alpha": [0.1, 10.0, 1e3]}),
            (make_pipeline(scaler, ridge), {"ridge__alpha": [0.1, 10.0, 1e3]}),
        ]
        if asked == "forest":
            forest = RandomForestRegressor(3, random_state=0).set_fit_request(sample_weight=True)
            cases = [(forest, {"max_depth": [2, 3, 4]})]
        for model, grid in cases:
            theirs = search_of(model_selection, name, model, grid, scorer).fit(X, y, **params)
            for how in ("memory", "array"):
                ours = search_of(ours_of, name, model, grid, scorer)
                ours.fit(*arranged(how, X, y), **params)
                for key in ("mean_test_score", "split1_test_score", "rank_test_score"):
                    np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key])
                assert ours.best_params_ == theirs.best_params_


@pytest.mark.parametrize("name", SEARCHES)
def test_what_nobody_asked_for_is_refused(name: str, regression: Any) -> None:
    X, y = regression
    with config_context(enable_metadata_routing=True):
        for how in ("memory", "array"):
            search = search_of(ours_of, name, Ridge(), {"alpha": [1.0]}, None)
            search.set_params(cv=3)
            with pytest.raises((ValueError, TypeError), match="sample_weight"):
                search.fit(*arranged(how, X, y), sample_weight=np.ones(len(y)))


def test_trials_of_optuna(regression: Any) -> None:
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y = regression
    weight = np.random.default_rng(0).uniform(1, 9, len(y))
    params = {"sample_weight": weight, "groups": np.arange(len(y)) % 7}
    alphas = {"alpha": optuna.distributions.FloatDistribution(1e-3, 1e4, log=True)}
    with config_context(enable_metadata_routing=True):
        model = Ridge().set_fit_request(sample_weight=True)
        scorer = make_scorer(r2_score).set_score_request(sample_weight=False)
        options: dict[str, Any] = {"scoring": scorer, "cv": GroupKFold(3)}
        for how in ("memory", "array"):
            search = ours_of.OptunaSearchCV(model, alphas, n_trials=4, random_state=0, **options)
            search.fit(*arranged(how, X, y), **params)
            grid = {"alpha": [trial.params["alpha"] for trial in search.trials_]}
            theirs = model_selection.GridSearchCV(model, grid, **options).fit(X, y, **params)
            np.testing.assert_allclose(
                search.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
            )
