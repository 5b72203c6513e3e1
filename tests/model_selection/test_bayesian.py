"""Searches by Optuna's samplers."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.base import clone
from sklearn.linear_model import Ridge as PlainRidge
from sklearn.neighbors import KNeighborsRegressor

import skdask
from skdask.exceptions import UnsupportedError
from skdask.linear_model import Ridge
from skdask.model_selection import OptunaSearchCV
from skdask.testing import CountingBlocks
from tests.model_selection.conftest import arranged

optuna = pytest.importorskip("optuna")
optuna.logging.set_verbosity(optuna.logging.WARNING)
ALPHAS = {"alpha": optuna.distributions.FloatDistribution(1e-3, 1e4, log=True)}


def test_trials_of_a_batch_share_a_pass(regression: Any) -> None:
    X, y = regression
    blocks = CountingBlocks(skdask.blocks.open(X, y))
    search = OptunaSearchCV(Ridge(), ALPHAS, n_trials=23, batch_size=8, random_state=0)
    search.fit(blocks)
    # three batches, and the best one again for its fit
    assert blocks.passes == 4 == sum(report.passes for report in search.fit_reports_)
    results = search.cv_results_
    assert len(results["params"]) == len(search.trials_) == len(search.study_.trials) == 23
    alphas = [trial.params["alpha"] for trial in search.trials_]
    assert alphas == list(results["param_alpha"])
    for alpha, score in zip(alphas, results["mean_test_score"], strict=True):
        plain = PlainRidge(alpha)
        assert score == pytest.approx(model_selection.cross_val_score(plain, X, y).mean())
    assert search.best_score_ == results["mean_test_score"].max() == search.study_.best_value
    assert search.best_params_ == search.study_.best_params
    np.testing.assert_allclose(
        search.predict(X), PlainRidge(**search.best_params_).fit(X, y).predict(X), rtol=1e-9
    )
    again = clone(search).fit(*arranged("array", X, y))
    assert again.best_params_ == search.best_params_


def test_a_study_of_ones_own_goes_on(regression: Any) -> None:
    X, y = regression
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1))

    def chosen(trial: Any) -> dict[str, Any]:
        k = trial.suggest_int("k", 1, 4)
        return {"n_neighbors": 2 * k - 1, "weights": "distance" if k > 2 else "uniform"}

    search = OptunaSearchCV(KNeighborsRegressor(), chosen, n_trials=6, study=study, refit=False)
    for _ in range(2):
        search.fit(*arranged("array", X, y))
    assert len(study.trials) == 12
    assert len(search.trials_) == 6
    assert search.best_params_["n_neighbors"] in (1, 3, 5, 7)
    assert not hasattr(search, "best_estimator_")


def test_what_fails_is_told(regression: Any) -> None:
    X, y = regression
    signs = {"alpha": optuna.distributions.CategoricalDistribution([-1.0, 1.0])}
    search = OptunaSearchCV(PlainRidge(), signs, n_trials=8, random_state=0)
    with pytest.warns(UserWarning, match="are non-finite"):
        search.fit(X, y)
    states = {trial.state for trial in search.trials_}
    assert states == {optuna.trial.TrialState.FAIL, optuna.trial.TrialState.COMPLETE}
    assert search.best_params_ == {"alpha": 1.0}


def test_what_is_refused(regression: Any, monkeypatch: Any) -> None:
    with pytest.raises(UnsupportedError, match="one scorer"):
        OptunaSearchCV(Ridge(), ALPHAS, scoring=["r2"]).fit(*regression)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"scikit-dask\[optuna\]"):
        OptunaSearchCV(Ridge(), ALPHAS).fit(*regression)
