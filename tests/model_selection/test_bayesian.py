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
    with pytest.raises(ValueError, match="refit must be the name of a metric"):
        OptunaSearchCV(Ridge(), ALPHAS, scoring=["r2"]).fit(*regression)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match=r"scikit-dask\[optuna\]"):
        OptunaSearchCV(Ridge(), ALPHAS).fit(*regression)


class CountingRidge(PlainRidge):
    """Counts its fits."""

    fits = 0

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        CountingRidge.fits += 1
        return super().fit(X, y, sample_weight)


@pytest.mark.parametrize("how", ["memory", "array"])
def test_a_pruner_stops_trials_between_folds(how: str, regression: Any) -> None:
    X, y = regression
    CountingRidge.fits = 0
    search = OptunaSearchCV(
        CountingRidge(),
        ALPHAS,
        n_trials=20,
        batch_size=5,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        cv=model_selection.KFold(4, shuffle=True, random_state=0),
        random_state=0,
        refit=False,
    ).fit(*arranged(how, X, y))
    results = search.cv_results_
    pruned = results["pruned"]
    assert 0 < pruned.sum() < 20
    assert CountingRidge.fits == results["n_folds"].sum() < 80
    states = [trial.state for trial in search.trials_]
    assert [state == optuna.trial.TrialState.PRUNED for state in states] == pruned.tolist()
    for number, trial in enumerate(search.trials_):
        plain = PlainRidge(trial.params["alpha"])
        expected = model_selection.cross_val_score(
            plain, X, y, cv=model_selection.KFold(4, shuffle=True, random_state=0)
        )
        seen = results["n_folds"][number]
        found = [results[f"split{fold}_test_score"][number] for fold in range(4)]
        np.testing.assert_allclose(found[:seen], expected[:seen])
        assert np.isnan(found[seen:]).all()
        assert len(trial.intermediate_values) == seen
        assert np.isnan(results["mean_test_score"][number]) == pruned[number]
    assert search.best_score_ == np.nanmax(results["mean_test_score"])
    assert search.study_.best_value == pytest.approx(search.best_score_)
    assert search.n_splits_ == 4


def test_several_metrics_and_ways_to_refit(regression: Any) -> None:
    X, y = regression
    given: dict[str, Any] = {"n_trials": 6, "batch_size": 3, "random_state": 0}
    scoring = ["r2", "neg_mean_squared_error"]
    error = OptunaSearchCV(
        Ridge(), ALPHAS, scoring=scoring, refit="neg_mean_squared_error", **given
    ).fit(*arranged("array", X, y))
    alone = OptunaSearchCV(Ridge(), ALPHAS, scoring="neg_mean_squared_error", **given).fit(X, y)
    assert error.best_params_ == alone.best_params_
    assert error.best_score_ == pytest.approx(alone.best_score_)
    assert error.multimetric_
    assert set(error.scorer_) == set(scoring)
    np.testing.assert_allclose(error.predict(X), alone.predict(X), rtol=1e-9)
    none = OptunaSearchCV(Ridge(), ALPHAS, scoring=scoring, refit=False, **given).fit(X, y)
    assert not hasattr(none, "best_index_")
    last = OptunaSearchCV(Ridge(), ALPHAS, refit=lambda results: 5, **given).fit(X, y)
    assert last.best_params_ == last.cv_results_["params"][5]
    assert last.best_estimator_.alpha == last.best_params_["alpha"]


def test_groups_weights_and_train_scores(regression: Any) -> None:
    X, y = regression
    groups, weight = np.arange(len(y)) % 7, np.random.default_rng(0).uniform(1, 2, len(y))
    given: dict[str, Any] = {
        "n_trials": 3,
        "cv": model_selection.GroupKFold(3),
        "return_train_score": True,
        "random_state": 0,
    }
    found = [
        OptunaSearchCV(Ridge(), ALPHAS, **given, **more).fit(
            *arranged(how, X, y), groups=groups, sample_weight=weight
        )
        for how in ("memory", "array")
        for more in ({}, {"pruner": optuna.pruners.NopPruner()})
    ]
    theirs = model_selection.GridSearchCV(
        PlainRidge(),
        {"alpha": [trial.params["alpha"] for trial in found[0].trials_]},
        cv=given["cv"],
        return_train_score=True,
    ).fit(X, y, groups=groups, sample_weight=weight)
    for each in found:
        for name in ("mean_test_score", "mean_train_score", "split1_test_score"):
            np.testing.assert_allclose(each.cv_results_[name], theirs.cv_results_[name])


def test_plan(regression: Any) -> None:
    X, y = arranged("array", *regression)
    search = OptunaSearchCV(Ridge(), ALPHAS, n_trials=23, batch_size=8, random_state=0)
    plan = search.plan(X, y)
    search.fit(X, y)
    assert plan.cost == sum(report.passes for report in search.fit_reports_)
    assert plan.alone == 23 * 5
    assert "7 trials x 5 folds" in str(plan)
    assert "5 a candidate" in plan._repr_html_()
    assert plan.seconds is not None
    assert "by reading and meeting the first block" in str(plan)
    neighbours = {"n_neighbors": optuna.distributions.IntDistribution(1, 9)}
    by_rows = OptunaSearchCV(KNeighborsRegressor(), neighbours, n_trials=4)
    assert "by a fit of the first" in str(by_rows.plan(*regression))
    pruned = search.set_params(pruner=optuna.pruners.NopPruner()).plan(X, y)
    assert "one after the other" in str(pruned)
    search.fit(X, y)
    assert pruned.cost == sum(report.passes for report in search.fit_reports_)
