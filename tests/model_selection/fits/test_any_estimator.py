"""Estimators that know nothing of skdask, on blocks and in memory: scikit-learn's results."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

import skdask
from skdask.exceptions import MemoryBudgetError
from skdask.model_selection import GridSearchCV, cross_validate
from skdask.model_selection.fits.schedule import Queue
from skdask.testing import CountingBlocks
from tests.model_selection.conftest import arranged
from tests.model_selection.test_search import assert_same_results, named

FITTED: list[str] = []


class Shrunk(RegressorMixin, BaseEstimator):
    """A third party's regressor: the mean of the nearest past target, shrunk."""

    def __init__(self, shrinkage: float = 0.1, fail: bool = False) -> None:
        self.shrinkage = shrinkage
        self.fail = fail

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Shrunk:
        if self.fail:
            raise RuntimeError("as was asked for")
        X = np.asarray(X)
        weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight)
        self.mean_ = np.average(np.asarray(y), weights=weight)
        self.direction_ = (1 - self.shrinkage) * (X.T * weight) @ (y - self.mean_) / len(X)
        return self

    def predict(self, X: Any) -> Any:
        return self.mean_ + np.asarray(X) @ self.direction_


class Noted(TransformerMixin, BaseEstimator):
    """A third party's transformer that notes its fits."""

    def __init__(self, power: float = 1.0) -> None:
        self.power = power

    def fit(self, X: Any, y: Any = None) -> Noted:
        FITTED.append(repr(self))
        self.scale_ = np.abs(X).max(axis=0)
        return self

    def transform(self, X: Any) -> Any:
        return np.sign(X) * (np.abs(X) / self.scale_) ** self.power


def theirs_for(model: Any, grid: Any, X: Any, y: Any, **options: Any) -> Any:
    return model_selection.GridSearchCV(model, grid, **options).fit(X, y)


def test_a_third_partys_estimator(how: str, regression: Any, tmp_path: Any) -> None:
    X, y = regression
    grid = {"shrinkage": [0.0, 0.1, 0.5]}
    ours = GridSearchCV(Shrunk(), grid, return_train_score=True)
    given = arranged(how, X, y, tmp_path)
    ours.fit(*given)
    assert_same_results(ours, theirs_for(Shrunk(), grid, X, y, return_train_score=True))
    assert type(ours.best_estimator_) is Shrunk
    if how == "memory":
        return
    assert "rows in memory: 15 fits for 15" in repr(ours.fit_report_)
    assert "Shrunk cannot be searched on blocks" in repr(ours.fit_report_)
    if how == "parquet":
        assert ours.predict(named(X)).shape == y.shape
    else:
        predicted = ours.predict(given[0] if how != "frame" else given[0].drop(columns="target"))
        assert not isinstance(predicted, np.ndarray)
        np.testing.assert_allclose(predicted.compute(), ours.predict(named(X)), rtol=1e-9)


def test_steps_are_fitted_once_a_fold(regression: Any) -> None:
    X, y = regression
    model = Pipeline([("scale", StandardScaler()), ("noted", Noted()), ("model", Shrunk())])
    grid = {"noted__power": [0.5, 1.0], "model__shrinkage": [0.0, 0.1, 0.2]}
    options = {"cv": 4, "scoring": ["r2", "neg_mean_absolute_error"], "refit": "r2"}
    theirs = theirs_for(model, grid, X, y, **options)
    for given in (arranged("memory", X, y), arranged("array", X, y)):
        FITTED.clear()
        ours = GridSearchCV(model, grid, **options).fit(*given)
        assert len(FITTED) == 2 * 4 + 1
        assert_same_results(ours, theirs, rtol=1e-12)
    assert "12 fits of transformers for 48" in str(ours.plan(*given))
    FITTED.clear()
    alone = GridSearchCV(model, grid, share=False, **options).fit(*arranged("array", X, y))
    assert len(FITTED) == 6 * 4 + 1
    assert_same_results(alone, theirs, rtol=1e-12)


def test_a_scorer_that_looks_inside_gets_all_of_the_pipeline(regression: Any) -> None:
    X, y = regression
    model = Pipeline([("scale", StandardScaler()), ("model", KNeighborsRegressor())])
    grid = {"model__n_neighbors": [2, 5]}

    def by_hand(estimator: Any, X: Any, y: Any) -> dict[str, float]:
        assert len(estimator.named_steps) == 2
        error = float(np.abs(estimator.predict(X) - y).mean())
        return {"error": -error, "k": -float(estimator.named_steps["model"].n_neighbors)}

    options = {"scoring": by_hand, "refit": "error", "return_train_score": True}
    theirs = theirs_for(model, grid, X, y, **options)
    for how in ("memory", "array"):
        ours = GridSearchCV(model, grid, **options).fit(*arranged(how, X, y))
        assert_same_results(ours, theirs, rtol=1e-12)
    made = {"scoring": make_scorer(mean_absolute_error, greater_is_better=False)}
    ours = GridSearchCV(model, grid, **made).fit(*arranged("array", X, y))
    assert_same_results(ours, theirs_for(model, grid, X, y, **made))


def test_errors_are_scored(regression: Any) -> None:
    X, y = regression
    model = Pipeline([("noted", Noted()), ("model", Shrunk())])
    grid = {"model__fail": [False, True], "model__shrinkage": [0.1, 0.2]}
    scoring = {"scoring": ["r2", "neg_max_error"], "refit": "r2", "return_train_score": True}
    for options in ({}, scoring, {"error_score": -5.0}):
        found = []
        for kind in (GridSearchCV, model_selection.GridSearchCV):
            with pytest.warns(model_selection._validation.FitFailedWarning, match="10 fits failed"):
                found.append(kind(model, grid, **options).fit(X, y))
        assert_same_results(*found, rtol=1e-12)
    for how in ("memory", "array"):
        given = arranged(how, X, y)
        with pytest.raises(RuntimeError, match="as was asked for"):
            GridSearchCV(model, grid, error_score="raise").fit(*given)
        with pytest.raises(ValueError, match="All the 10 fits failed"):
            GridSearchCV(model, grid | {"model__fail": [True]}).fit(*given)


def test_weights_and_groups(regression: Any) -> None:
    X, y = regression
    weight = np.random.default_rng(0).integers(0, 4, len(y)).astype(float)
    groups = np.arange(len(y)) % 7
    cv = model_selection.GroupShuffleSplit(3, random_state=0)
    grid = {"shrinkage": [0.0, 0.3]}
    theirs = model_selection.GridSearchCV(Shrunk(), grid, cv=cv)
    theirs.fit(X, y, groups=groups, sample_weight=weight)
    ours = GridSearchCV(Shrunk(), grid, cv=cv)
    X_lazy, y_lazy = arranged("array", X, y)
    ours.fit(X_lazy, y_lazy, groups=groups, sample_weight=da.from_array(weight, chunks=90))
    assert_same_results(ours, theirs)
    carried = skdask.blocks.open(X, y, weight, groups)
    assert_same_results(GridSearchCV(Shrunk(), grid, cv=cv).fit(carried), theirs)
    model = Pipeline([("noted", Noted()), ("model", Shrunk())])
    grid = {"model__shrinkage": [0.0, 0.3]}
    theirs = model_selection.GridSearchCV(model, grid).fit(X, y, model__sample_weight=weight)
    for given in ((X, y), (X_lazy, y_lazy)):
        ours = GridSearchCV(model, grid).fit(*given, model__sample_weight=weight)
        assert_same_results(ours, theirs, rtol=1e-12)


def test_kernels_and_tables(regression: Any) -> None:
    X, y = regression
    kernel = X @ X.T
    model = KernelRidge(kernel="precomputed")
    grid = {"alpha": [1.0, 100.0]}
    ours = GridSearchCV(model, grid, cv=3).fit(da.from_array(kernel, chunks=(60, -1)), y)
    assert_same_results(ours, theirs_for(model, grid, kernel, y, cv=3))
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder

    table = named(X).assign(colour=np.array(["red", "blue", None], object)[np.arange(len(y)) % 3])
    pipeline = Pipeline(
        [
            (
                "columns",
                make_column_transformer(
                    (OneHotEncoder(), ["colour"]), (StandardScaler(), ["x0", "x1"])
                ),
            ),
            ("model", SVR()),
        ]
    )
    import dask.dataframe as dd

    grid = {"model__C": [0.1, 10.0]}
    frame = dd.from_pandas(table.assign(target=y), npartitions=3)
    ours = GridSearchCV(pipeline, grid, cv=3).fit(frame, "target")
    expected = theirs_for(pipeline, grid, table, y, cv=3)
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"], rtol=1e-9
    )
    assert isinstance(ours.predict(table.head(9)), np.ndarray)


def test_what_does_not_fit_says_what_to_do(regression: Any) -> None:
    X, y = regression
    blocks = CountingBlocks(skdask.blocks.open(np.tile(X, (50, 1)), np.tile(y, 50)))
    with (
        skdask.config.set(memory_limit="2MB"),
        pytest.raises(MemoryBudgetError, match=r"Shrunk cannot.*HyperbandSearchCV.*memory_limit"),
    ):
        GridSearchCV(Shrunk(), {"shrinkage": [0.1]}).fit(blocks)
    assert blocks.passes == 0


def test_rows_are_read_once(regression: Any) -> None:
    blocks = CountingBlocks(skdask.blocks.open(*regression))
    search = GridSearchCV(Shrunk(), {"shrinkage": [0.1, 0.2]})
    assert search.plan(blocks).passes == 1
    assert blocks.passes == 0
    search.fit(blocks)
    assert blocks.passes == search.fit_report_.passes == 1


def test_on_a_cluster(regression: Any) -> None:
    distributed = pytest.importorskip("distributed")
    X, y = regression
    model = Pipeline(
        [("scale", StandardScaler()), ("model", DecisionTreeRegressor(random_state=0))]
    )
    grid = {"model__ccp_alpha": [0.0, 1.0], "model__max_depth": [2, 4]}
    theirs = theirs_for(model, grid, X, y)
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
    ):
        ours = GridSearchCV(model, grid, scoring="neg_median_absolute_error")
        ours.fit(*arranged("array", X, y))
        with pytest.raises(RuntimeError, match="as was asked for"):
            GridSearchCV(Shrunk(fail=True), {"shrinkage": [1]}, error_score="raise").fit(
                *arranged("array", X, y)
            )
    theirs = theirs_for(model, grid, X, y, scoring="neg_median_absolute_error")
    assert_same_results(ours, theirs, rtol=1e-12)


def test_the_longest_goes_first() -> None:
    queue = Queue([(group, fold) for fold in range(2) for group in range(3)])
    first = [queue.take() for _ in range(3)]
    assert first == [(0, 0), (1, 0), (2, 0)]
    for task, seconds in zip(first, (1.0, 9.0, 5.0), strict=True):
        queue.done(task, seconds)
    assert [queue.take() for _ in range(4)] == [(1, 1), (2, 1), (0, 1), None]


def test_settings_of_the_caller_hold_in_the_fits(classification: Any) -> None:
    from sklearn import config_context

    X, y = classification
    X = pd.DataFrame(X, columns=list("abcdef"))
    model = Pipeline([("noted", Noted()), ("scale", StandardScaler()), ("m", NeedsNames())])
    with config_context(transform_output="pandas"):
        GridSearchCV(model, {"m__C": [1.0, 2.0]}, cv=2, error_score="raise").fit(X, y)


class NeedsNames(LogisticRegression):
    """One that wants names."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NeedsNames:
        assert list(X.columns) == list("abcdef")
        return super().fit(X, y, sample_weight)


def test_cross_validate(regression: Any) -> None:
    X, y = regression
    options: dict[str, Any] = {
        "cv": model_selection.ShuffleSplit(3, random_state=0),
        "scoring": ["r2", "neg_median_absolute_error"],
        "return_train_score": True,
        "return_estimator": True,
        "return_indices": True,
    }
    for model in (Ridge(), Shrunk()):
        theirs = model_selection.cross_validate(model, X, y, **options)
        ours = cross_validate(model, *arranged("array", X, y), **options)
        assert set(ours) == set(theirs)
        for key in ("test_r2", "train_neg_median_absolute_error"):
            np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-9)
        # rows that are not gathered have no order but their own
        found = np.sort(ours["indices"]["test"][1])
        np.testing.assert_array_equal(found, np.sort(theirs["indices"]["test"][1]))
    assert type(ours["estimator"][0]) is Shrunk


def test_a_target_that_is_a_series():
    random = np.random.default_rng(0)
    X = pd.DataFrame({"a": random.normal(size=60), "b": random.choice(["x", "y"], 60)})
    y = pd.Series(X["a"] * 2 + (X["b"] == "x"))
    columns = ColumnTransformer([("a", StandardScaler(), ["a"]), ("b", OneHotEncoder(), ["b"])])
    model = Pipeline([("columns", columns), ("ridge", Ridge())])
    grid = {"ridge__alpha": [0.1, 10.0]}
    ours = GridSearchCV(model, grid, error_score="raise").fit(X, y)
    assert_same_results(ours, theirs_for(model, grid, X, y))
