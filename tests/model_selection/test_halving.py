"""Searches by halving: scikit-learn's candidates, rungs and scores."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import config_context, model_selection
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import HalvingGridSearchCV as PlainGrid
from sklearn.model_selection import HalvingRandomSearchCV as PlainRandom
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

import skdask
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV
from skdask.testing import CountingBlocks
from tests.model_selection.conftest import arranged
from tests.model_selection.test_search import assert_same_results

RIDGES = make_pipeline(StandardScaler(), Ridge())
ATTRIBUTES = ("n_resources_", "n_candidates_", "n_iterations_", "min_resources_", "best_params_")


def assert_same(ours: Any, theirs: Any) -> None:
    assert_same_results(ours, theirs, rtol=1e-9)
    for name in (*ATTRIBUTES, "max_resources_", "n_remaining_candidates_", "best_index_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-9)


@pytest.mark.parametrize("how", ["memory", "array", "frame"])
@pytest.mark.parametrize(
    "options",
    [
        {"random_state": 0},
        {"random_state": 0, "factor": 2, "min_resources": 30, "aggressive_elimination": True},
        {"random_state": 0, "max_resources": 150, "return_train_score": False},
        {"random_state": 0, "cv": model_selection.KFold(3, shuffle=True, random_state=1)},
    ],
    ids=["plain", "aggressive", "bounded", "shuffled"],
)
def test_grids(how: str, options: dict[str, Any], regression: Any) -> None:
    X, y = regression
    grid = {"ridge__alpha": np.logspace(-2, 4, 5), "standardscaler__with_std": [True, False]}
    theirs = PlainGrid(RIDGES, grid, **options).fit(X, y)
    ours = HalvingGridSearchCV(RIDGES, grid, **options).fit(*arranged(how, X, y))
    assert_same(ours, theirs)
    if how == "array":
        rows = arranged(how, X, y)[0]
        np.testing.assert_allclose(ours.predict(rows).compute(), theirs.predict(X), rtol=1e-8)
        assert ours.score(*arranged(how, X, y)) == pytest.approx(theirs.score(X, y))
        assert ours.fit_report_.passes == 1


def test_a_parameter_as_the_resource(regression: Any) -> None:
    X, y = regression
    options: dict[str, Any] = {
        "resource": "n_estimators",
        "max_resources": 12,
        "random_state": 0,
        "cv": 3,
    }
    grid = {"max_depth": [2, 3, 4], "min_samples_leaf": [1, 5]}
    forest = RandomForestRegressor(random_state=0)
    theirs = PlainGrid(forest, grid, **options).fit(X, y)
    for how in ("memory", "array"):
        assert_same(HalvingGridSearchCV(forest, grid, **options).fit(*arranged(how, X, y)), theirs)


def test_sampled_candidates_and_classes(classification: Any) -> None:
    X, y = classification
    distributions = {"logisticregression__C": loguniform(1e-3, 10.0)}
    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-3))
    options: dict[str, Any] = {"scoring": "neg_log_loss", "min_resources": 60, "random_state": 2}
    theirs = PlainRandom(model, distributions, cv=3, **options).fit(X, y)
    ours = HalvingRandomSearchCV(model, distributions, cv=3, **options)
    assert_same(ours.fit(*arranged("array", X, y)), theirs)


def test_rungs_of_data_that_do_not_fit() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(40_000, 60))
    y = X[:, :5].sum(axis=1) + random.normal(size=40_000)
    rows = da.from_array(X, chunks=(5000, -1)), da.from_array(y, chunks=5000)
    grid = {"ridge__alpha": np.logspace(-2, 6, 9)}
    options: dict[str, Any] = {"random_state": 0, "max_resources": 3000, "cv": 3}
    theirs = PlainGrid(RIDGES, grid, **options).fit(X, y)
    with skdask.config.set(memory_limit="50MiB", block_bytes=2**20, n_threads=1):
        ours = HalvingGridSearchCV(RIDGES, grid, **options).fit(*rows)
        assert_same(ours, theirs)
        np.testing.assert_allclose(
            ours.best_estimator_[-1].coef_, theirs.best_estimator_[-1].coef_, rtol=1e-9
        )
        # all rungs and the fit of the best from one pass
        assert ours.n_iterations_ == 3
        assert ours.fit_report_.passes == 1
        assert "each rung reuses those of the smaller ones" in repr(ours.fit_report_)
        by_rows = HalvingGridSearchCV(RIDGES, grid, share=False, **options).fit(*rows)
        assert_same(by_rows, theirs)
        # the target, a pass a rung, and the fit of the best
        assert by_rows.fit_report_.passes == 1 + 3 + 1
        with pytest.raises(MemoryBudgetError, match=r"a rung has 40,000 of them.*max_resources="):
            HalvingGridSearchCV(
                RIDGES, grid, random_state=0, min_resources=40_000, share=False
            ).fit(*rows)
        vectors = make_pipeline(StandardScaler(), SVR(max_iter=50))
        search = HalvingGridSearchCV(
            vectors, {"svr__C": [0.1, 1.0, 10.0]}, random_state=0, max_resources=600
        )
        with pytest.raises(UnsupportedError, match=r"the search is done.*refit=False"):
            search.fit(*rows)
        assert search.best_params_ in search.cv_results_["params"]
        search.set_params(refit=False).fit(*rows)


def test_weights_and_the_plain_loop(regression: Any) -> None:
    X, y = regression
    weight = np.random.default_rng(0).integers(1, 4, len(y)).astype(float)
    grid = {"ridge__alpha": [0.1, 1.0, 10.0]}
    params = {"ridge__sample_weight": weight}
    theirs = PlainGrid(RIDGES, grid, random_state=0).fit(X, y, **params)
    for how, share in (("memory", True), ("array", True), ("memory", False), ("array", False)):
        ours = HalvingGridSearchCV(RIDGES, grid, random_state=0, share=share)
        assert_same(ours.fit(*arranged(how, X, y), **params), theirs)
    plain = ours.to_sklearn()
    assert type(plain) is PlainGrid
    assert not hasattr(plain, "share")


def test_shuffled_folds_that_differ_are_refused_as_in_scikit_learn(regression: Any) -> None:
    for how in ("memory", "array"):
        search = HalvingGridSearchCV(
            RIDGES, {"ridge__alpha": [1.0]}, cv=model_selection.KFold(3, shuffle=True)
        )
        with pytest.raises(ValueError, match="must yield consistent folds"):
            search.fit(*arranged(how, *regression))


@pytest.mark.parametrize("how", ["memory", "array", "frame"])
def test_rungs_reuse_the_statistics_of_smaller_ones(how: str, regression: Any) -> None:
    X, y = regression
    reduced = make_pipeline(StandardScaler(), PCA(), ElasticNet(tol=1e-8))
    grid = {"pca__n_components": [1, 2, 3], "elasticnet__alpha": [0.01, 0.1, 1.0]}
    weight = np.random.default_rng(0).integers(1, 4, len(y)).astype(float)
    groups = np.arange(len(y)) % 11
    cases: list[tuple[Any, Any, dict[str, Any], dict[str, Any]]] = [
        (reduced, grid, {"min_resources": 20, "factor": 2}, {}),
        (Ridge(), {"alpha": [0.1, 1.0, 10.0]}, {"scoring": "neg_mean_squared_error"}, {}),
        (Ridge(), {"alpha": [0.1, 1.0, 10.0]}, {"cv": 3}, {"sample_weight": weight}),
        (
            Ridge(),
            {"alpha": [0.1, 10.0]},
            {"cv": model_selection.GroupKFold(4)},
            {"groups": groups},
        ),
        (
            Lasso(),
            {"alpha": [0.01, 0.1]},
            {"cv": model_selection.ShuffleSplit(3, random_state=1)},
            {},
        ),
    ]
    for model, parameters, options, params in cases:
        theirs = PlainGrid(model, parameters, random_state=4, **options).fit(X, y, **params)
        ours = HalvingGridSearchCV(model, parameters, random_state=4, **options)
        ours.fit(*arranged(how, X, y), **params)
        assert_same_results(ours, theirs, rtol=1e-7)
        assert ours.best_params_ == theirs.best_params_
        for name in ATTRIBUTES:
            assert getattr(ours, name) == getattr(theirs, name), name
        if how != "memory":
            # with groups these and the target are read before
            assert ours.fit_report_.passes == 1 + ("groups" in params)
        if how != "frame":
            found = np.asarray(ours.predict(arranged(how, X, y)[0]))
            np.testing.assert_allclose(found, theirs.predict(X), rtol=1e-6)


def test_rungs_that_are_not_within_each_other_look_at_rows(regression: Any) -> None:
    X, y = regression
    theirs = PlainGrid(RIDGES, {"ridge__alpha": [0.1, 1.0]}, random_state=np.random.RandomState(3))
    ours = HalvingGridSearchCV(
        RIDGES, {"ridge__alpha": [0.1, 1.0]}, random_state=np.random.RandomState(3)
    )
    assert_same(ours.fit(*arranged("array", X, y)), theirs.fit(X, y))
    assert "rows in memory" in repr(ours.fit_report_)
    assert ours.random_state.randint(2**31) == theirs.random_state.randint(2**31)


def test_plan(regression: Any, classification: Any) -> None:
    rows = arranged("array", *regression)
    grid = {"ridge__alpha": np.logspace(-2, 4, 9)}
    search = HalvingGridSearchCV(RIDGES, grid, random_state=0)
    plan = search.plan(*rows)
    search.fit(*rows)
    sizes = list(zip(search.n_candidates_, search.n_resources_, strict=True))
    assert plan.cost == sum(5 * count * size for count, size in sizes)
    assert plan.alone == 5 * 9 * max(search.n_resources_)
    assert [f"{count} candidates x 5 folds on {size:,} rows" for count, size in sizes] == [
        stage.partition(": ")[2] for stage in plan.stages
    ]
    assert "a rung reuses the statistics of the smaller ones" in str(plan)
    assert plan.seconds is not None
    assert "by reading and meeting the first block" in str(plan)
    assert "<summary>" in plan._repr_html_()
    classes = arranged("array", *classification)
    by_rows = HalvingRandomSearchCV(
        LogisticRegression(), {"C": loguniform(1e-3, 10.0)}, n_candidates=9, random_state=0
    )
    text = str(by_rows.plan(*classes))
    assert "classifiers look at rows more than once" in text
    assert "by a fit of the first" in text
    by_rows.fit(*classes)
    assert f"rung 1: {by_rows.n_candidates_[1]} candidates" in text
    forest = HalvingGridSearchCV(
        RandomForestRegressor(), {"max_depth": [2, 3]}, resource="n_estimators", max_resources=9
    )
    assert "n_estimators fitted: " in str(forest.plan(*regression))


def test_failures_refit_and_words(regression: Any, capsys: Any) -> None:
    X, y = regression
    grid = {"ridge__alpha": [-1.0, 0.1, 1.0, 10.0]}
    options: dict[str, Any] = {"random_state": 0, "refit": False, "min_resources": 40}
    for how in ("memory", "array"):
        ours = HalvingGridSearchCV(RIDGES, grid, **options)
        with pytest.warns(FitFailedWarning, match="fits failed"):
            ours.fit(*arranged(how, X, y))
        with pytest.warns(FitFailedWarning):
            theirs = PlainGrid(RIDGES, grid, **options).fit(X, y)
        assert_same(ours, theirs)
        assert not hasattr(ours, "best_estimator_")
        with pytest.raises(ValueError, match="'alpha' parameter of Ridge"):
            ours.set_params(error_score="raise").fit(*arranged(how, X, y))
    capsys.readouterr()
    good = {"ridge__alpha": [0.1, 1.0]}
    PlainGrid(RIDGES, good, random_state=0, verbose=1).fit(X, y)
    expected = capsys.readouterr().out
    HalvingGridSearchCV(RIDGES, good, random_state=0, verbose=1).fit(*arranged("array", X, y))
    assert capsys.readouterr().out == expected


def test_metadata_routing(regression: Any) -> None:
    X, y = regression
    weight = np.random.default_rng(0).uniform(1, 3, len(y))
    groups = np.arange(len(y)) % 9
    params = {"sample_weight": weight, "groups": groups}
    with config_context(enable_metadata_routing=True):
        scorer = make_scorer(r2_score).set_score_request(sample_weight=True)
        options: dict[str, Any] = {
            "scoring": scorer,
            "cv": model_selection.GroupKFold(3),
            "random_state": 0,
        }
        model = Ridge().set_fit_request(sample_weight=True)
        theirs = PlainGrid(model, {"alpha": [0.1, 10.0]}, **options).fit(X, y, **params)
        for how in ("memory", "array"):
            ours = HalvingGridSearchCV(model, {"alpha": [0.1, 10.0]}, **options)
            assert_same(ours.fit(*arranged(how, X, y), **params), theirs)


def test_rungs_from_statistics_are_replayed(regression: Any, tmp_path: Any) -> None:
    X, y = arranged("array", *regression)
    found = []
    for _ in range(2):
        blocks = CountingBlocks(skdask.blocks.open(X, y))
        with skdask.config.set(checkpoint=tmp_path / "log"):
            search = HalvingGridSearchCV(RIDGES, {"ridge__alpha": [0.1, 1.0, 10.0]}, random_state=0)
            found.append((search.fit(blocks), blocks.passes))
    assert [passes for _, passes in found] == [1, 0]
    assert_same(found[1][0], found[0][0])
