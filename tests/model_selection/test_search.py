"""Searches give scikit-learn's results on the same rows, however these are handed over."""

from __future__ import annotations

import pickle
import warnings

import dask.array as da
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import decomposition, linear_model, model_selection, preprocessing
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.pipeline import Pipeline as PlainPipeline

import skdask
from skdask.decomposition import PCA
from skdask.exceptions import DataError, MemoryBudgetError
from skdask.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV, RandomizedSearchCV
from skdask.pipeline import Pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler
from skdask.testing import CountingBlocks
from tests.model_selection.conftest import N_ROWS, arranged

REGRESSION_SCORES = [
    "r2",
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "explained_variance",
]
CLASS_SCORES = ["accuracy", "neg_log_loss", "f1_macro", "balanced_accuracy", "recall_weighted"]

STEPS = Pipeline([("scale", StandardScaler()), ("reduce", PCA()), ("model", Ridge())])

GRIDS = {
    "ridge in a pipeline": (
        STEPS,
        {"reduce__n_components": [1, 3, 6], "model__alpha": [0.1, 10.0, 1e4]},
    ),
    "swapped steps": (
        STEPS,
        [
            {"scale": [StandardScaler(), MinMaxScaler(), "passthrough"], "reduce": ["passthrough"]},
            {"model": [LinearRegression(), Lasso(0.5), ElasticNet(0.1)], "reduce": [PCA(4)]},
            {"reduce__whiten": [True], "model__fit_intercept": [True, False]},
        ],
    ),
    "plain ridge": (Ridge(), {"alpha": [0.0, 1.0, 100.0], "solver": ["auto", "svd"]}),
    "scaled twice": (
        Pipeline([("a", PCA(5)), ("b", MinMaxScaler()), ("c", ElasticNet(0.01))]),
        {"c__l1_ratio": [0.2, 0.9]},
    ),
}


def plain_twin(estimator):
    """The same with scikit-learn's classes throughout, as a user would write it."""
    return estimator.to_sklearn()


def assert_same_results(ours, theirs, *, rtol=1e-9):
    assert set(ours.cv_results_) == set(theirs.cv_results_)
    for key, expected in theirs.cv_results_.items():
        found = ours.cv_results_[key]
        if key == "params" or key.startswith("param_"):
            assert str(list(found)) == str(list(expected))
        elif "time" not in key:
            assert found.dtype == expected.dtype
            if key.startswith("rank"):
                # the order of scores that differ in rounding only is open
                scores = theirs.cv_results_[key.replace("rank", "mean")]
                expected, found = scores[np.argsort(expected)], scores[np.argsort(found)]
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-11, err_msg=key)
    assert ours.n_splits_ == theirs.n_splits_
    assert ours.multimetric_ == theirs.multimetric_
    if hasattr(theirs, "best_score_"):
        np.testing.assert_allclose(ours.best_score_, theirs.best_score_, rtol=rtol)


def plain_grid(grid):
    def plain(value):
        return value.to_sklearn() if hasattr(value, "to_sklearn") else value

    grids = grid if isinstance(grid, list) else [grid]
    return [{key: [plain(v) for v in values] for key, values in g.items()} for g in grids]


@pytest.mark.parametrize("name", GRIDS)
def test_regression_grids(name, how, regression, tmp_path):
    X, y = regression
    estimator, grid = GRIDS[name]
    options = {"scoring": REGRESSION_SCORES, "refit": "r2", "return_train_score": True, "cv": 4}
    theirs = model_selection.GridSearchCV(plain_twin(estimator), plain_grid(grid), **options)
    theirs.fit(X, y)
    with skdask.config.set(block_bytes=8 * 7 * 40):
        ours = GridSearchCV(estimator, grid, **options)
        ours.fit(*arranged(how, X, y, tmp_path))
    assert_same_results(ours, theirs)
    # extremes of projected rows take a pass of the folds and one of the refit; all else shares one
    counting = how in ("frame", "unknown")
    assert ours.fit_report_.passes == (3 if name == "scaled twice" else 1) + counting
    np.testing.assert_allclose(
        np.asarray(ours.best_estimator_.predict(arranged(how, X, y, tmp_path)[0]))
        if how in ("memory", "array", "columns", "unknown")
        else ours.best_estimator_.to_sklearn().predict(named(X)),
        theirs.predict(X),
        rtol=1e-8,
        atol=1e-8,
    )


def named(X):
    import pandas as pd

    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def test_any_blocks_and_threads(block_rows, regression):
    X, y = regression
    grid = {"reduce__n_components": [2, 5], "model__alpha": [0.1, 10.0]}
    theirs = model_selection.GridSearchCV(plain_twin(STEPS), grid).fit(X, y)
    results = []
    for threads in (1, 2, 4):
        with skdask.config.set(n_threads=threads):
            ours = GridSearchCV(STEPS, grid).fit(*arranged("array", X, y))
        results.append(ours.cv_results_["mean_test_score"].tobytes())
        assert_same_results(ours, theirs)
    assert len(set(results)) == 1


@pytest.mark.parametrize("weight", [None, "balanced"])
def test_logistic_grid(weight, how, classification, tmp_path):
    X, y = classification
    model = LogisticRegression(tol=1e-9, max_iter=500, class_weight=weight)
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)])
    grid = {"model__C": [1e-3, 0.1, 10.0]}
    options = {
        "scoring": CLASS_SCORES,
        "refit": "accuracy",
        "return_train_score": True,
        "cv": 3,
    }
    theirs = model_selection.GridSearchCV(plain_twin(pipeline), grid, **options).fit(X, y)
    with skdask.config.set(block_bytes=8 * 7 * 40):
        ours = GridSearchCV(pipeline, grid, **options).fit(*arranged(how, X, y, tmp_path))
    assert_same_results(ours, theirs, rtol=1e-6)
    np.testing.assert_allclose(
        ours.best_estimator_[-1].coef_, theirs.best_estimator_[-1].coef_, rtol=1e-4, atol=1e-6
    )


def test_logistic_candidates_and_folds_share_passes(classification):
    X, y = classification
    one = GridSearchCV(LogisticRegression(), {"C": [0.1]}, refit=False).fit(X, y)
    many = GridSearchCV(LogisticRegression(), {"C": [1e-3, 0.1, 1, 10, 50]}, refit=False)
    many.fit(X, y)
    assert many.fit_report_.passes <= one.fit_report_.passes + 6


def test_hundred_candidates_take_one_pass(regression):
    X, y = regression
    blocks = CountingBlocks(skdask.blocks.open(X, y))
    grid = {"reduce__n_components": [1, 2, 3, 4, 5], "model__alpha": np.logspace(-3, 3, 20)}
    search = GridSearchCV(STEPS, grid, cv=10, refit=True).fit(blocks)
    assert len(search.cv_results_["params"]) == 100
    assert blocks.passes == search.fit_report_.passes == 1


def test_sample_weights(regression):
    X, y = regression
    weight = np.random.default_rng(0).integers(0, 4, N_ROWS).astype(float)
    grid = {"reduce__n_components": [2, 5], "model__alpha": [1.0, 100.0]}
    theirs = model_selection.GridSearchCV(plain_twin(STEPS), grid)
    for steps in (("model",), ("scale", "model")):
        params = {f"{step}__sample_weight": weight for step in steps}
        theirs.fit(X, y, **params)
        for given in ("memory", "array"):
            ours = GridSearchCV(STEPS, grid).fit(*arranged(given, X, y), **params)
            assert_same_results(ours, theirs)
            assert ours.fit_report_.passes == 1
    plain = model_selection.GridSearchCV(linear_model.Ridge(), {"alpha": [1.0]})
    plain.fit(X, y, sample_weight=weight)
    ours = GridSearchCV(Ridge(), {"alpha": [1.0]}).fit(X, y, sample_weight=weight)
    assert_same_results(ours, plain)


def test_weights_that_blocks_carry(regression):
    X, y = regression
    weight = np.random.default_rng(0).integers(0, 4, N_ROWS).astype(float)
    blocks = skdask.blocks.open(X, y, weight)
    grid = {"alpha": [1.0, 100.0]}
    theirs = model_selection.GridSearchCV(linear_model.Ridge(), grid)
    theirs.fit(X, y, sample_weight=weight)
    assert_same_results(GridSearchCV(Ridge(), grid).fit(blocks), theirs)
    with pytest.raises(DataError, match=r"carries sample weights.*model__sample_weight=True"):
        GridSearchCV(STEPS, {}).fit(blocks)
    with pytest.raises(DataError, match="model__sample_weight=True"):
        STEPS.fit(blocks)
    theirs = model_selection.GridSearchCV(plain_twin(STEPS), {"model__alpha": [1.0, 100.0]})
    theirs.fit(X, y, model__sample_weight=weight)
    ours = GridSearchCV(STEPS, {"model__alpha": [1.0, 100.0]})
    assert_same_results(ours.fit(blocks, model__sample_weight=True), theirs)
    with pytest.raises(DataError, match="does not carry"):
        ours.fit(skdask.blocks.open(X, y), model__sample_weight=True)


def test_several_targets(regression):
    X, y = regression
    Y = np.column_stack([y, X[:, 0] ** 2, X[:, 1] + y])
    grid = {"model__alpha": [0.1, 100.0]}
    options = {"scoring": REGRESSION_SCORES, "refit": "r2"}
    theirs = model_selection.GridSearchCV(plain_twin(STEPS), grid, **options).fit(X, Y)
    ours = GridSearchCV(STEPS, grid, **options)
    ours.fit(da.from_array(X, chunks=(60, -1)), da.from_array(Y, chunks=(60, 1)))
    assert_same_results(ours, theirs)


@pytest.mark.parametrize(
    "cv",
    [
        None,
        7,
        model_selection.KFold(4, shuffle=True, random_state=0),
        model_selection.PredefinedSplit(np.arange(N_ROWS) % 3),
        model_selection.LeaveOneOut(),
    ],
    ids=repr,
)
def test_splitters(cv, regression):
    X, y = regression
    grid = {"alpha": [0.1, 100.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        options = {"cv": cv, "scoring": "neg_mean_squared_error"}
        theirs = model_selection.GridSearchCV(linear_model.Ridge(), grid, **options).fit(X, y)
        ours = GridSearchCV(Ridge(), grid, **options).fit(*arranged("array", X, y))
    assert_same_results(ours, theirs, rtol=1e-8)


def test_groups(regression, tmp_path):
    X, y = regression
    groups = np.random.default_rng(5).integers(0, 20, N_ROWS)
    options = {"cv": model_selection.GroupKFold(4)}
    theirs = model_selection.GridSearchCV(linear_model.Ridge(), {"alpha": [1.0]}, **options)
    theirs.fit(X, y, groups=groups)
    names = np.array([f"group {number:02}" for number in range(20)])[groups]
    table = named(X).assign(target=y, group=names)
    table.to_parquet(tmp_path / "table.parquet", row_group_size=60)
    for how_given, grouped in [
        (arranged("memory", X, y), groups),
        (arranged("array", X, y), groups),
        (arranged("array", X, y), da.from_array(names, chunks=70)),
        ((str(tmp_path / "table.parquet"), "target"), "group"),
    ]:
        ours = GridSearchCV(Ridge(), {"alpha": [1.0]}, **options)
        ours.fit(*how_given, groups=grouped)
        assert_same_results(ours, theirs)
    blocks = skdask.blocks.open(X, y, groups=groups)
    assert_same_results(GridSearchCV(Ridge(), {"alpha": [1.0]}, **options).fit(blocks), theirs)


def test_refit_choices(regression):
    X, y = regression

    def smallest_model(results):
        return int(np.argmin(results["param_reduce__n_components"]))

    for refit in (False, True, smallest_model):
        options = {"param_grid": {"reduce__n_components": [4, 2]}, "refit": refit}
        theirs = model_selection.GridSearchCV(plain_twin(STEPS), **options).fit(X, y)
        ours = GridSearchCV(STEPS, **options).fit(*arranged("array", X, y))
        assert_same_results(ours, theirs)
        assert hasattr(ours, "best_estimator_") == bool(refit)
        assert getattr(ours, "best_params_", None) == getattr(theirs, "best_params_", None)
        assert getattr(ours, "best_index_", None) == getattr(theirs, "best_index_", None)


def test_randomized(regression):
    X, y = regression
    options = {
        "param_distributions": {
            "model__alpha": loguniform(1e-2, 1e3),
            "reduce__n_components": [1, 3],
        },
        "n_iter": 9,
        "random_state": 4,
    }
    theirs = model_selection.RandomizedSearchCV(plain_twin(STEPS), **options).fit(X, y)
    for given in ("memory", "array"):
        ours = RandomizedSearchCV(STEPS, **options).fit(*arranged(given, X, y))
        assert_same_results(ours, theirs)


def test_randomness_is_drawn_as_scikit_learn_draws_it(regression):
    X, y = regression
    options = {"param_distributions": {"alpha": loguniform(1e-2, 1e3)}, "n_iter": 3}
    for estimator in (Ridge(), Ridge(solver="sag", random_state=0)):  # shared, and falling back
        random, plain_random = (np.random.RandomState(3) for _ in range(2))
        ours = RandomizedSearchCV(estimator, random_state=random, **options)
        ours.plan(X, y)
        theirs = model_selection.RandomizedSearchCV(
            plain_twin(estimator), random_state=plain_random, **options
        )
        for _ in range(2):
            assert ours.fit(X, y).cv_results_["params"] == theirs.fit(X, y).cv_results_["params"]
    unseeded = RandomizedSearchCV(Ridge(), **options).fit(*arranged("array", X, y))
    assert list(unseeded.cv_results_["param_alpha"]) == [
        params["alpha"] for params in unseeded.cv_results_["params"]
    ]


def test_scikit_learns_classes_are_recognised(regression):
    X, y = regression
    pipeline = PlainPipeline(
        [("s", preprocessing.StandardScaler()), ("r", linear_model.Ridge(solver="svd"))]
    )
    on_blocks = GridSearchCV(pipeline, {"r__alpha": [1, 2]}).fit(*arranged("array", X, y))
    assert isinstance(on_blocks.best_estimator_, Pipeline)
    assert isinstance(on_blocks.predict(arranged("array", X, y)[0]), da.Array)
    in_memory = GridSearchCV(pipeline, {"r__alpha": [1, 2]}).fit(X, y)
    assert in_memory.fit_report_.passes == 1
    # who gave scikit-learn's classes gets them back
    assert type(in_memory.best_estimator_) is PlainPipeline
    assert type(in_memory.best_estimator_[-1]) is linear_model.Ridge
    assert in_memory.best_estimator_[-1].solver == "svd"


class Bent(TransformerMixin, BaseEstimator):
    """A step that is neither ours nor scikit-learn's."""

    def fit(self, X, y=None):
        self.scale_ = np.abs(X).max()
        return self

    def transform(self, X):
        return np.tanh(X / self.scale_)


def test_in_memory_falls_back_to_scikit_learn(regression):
    X, y = regression
    pipeline = PlainPipeline(
        [
            ("bent", Bent()),
            ("r", linear_model.Ridge()),
        ]
    )
    search = GridSearchCV(pipeline, {"r__alpha": [1, 2]}).fit(X, y)
    theirs = model_selection.GridSearchCV(pipeline, {"r__alpha": [1, 2]}).fit(X, y)
    assert_same_results(search, theirs, rtol=0)
    assert not hasattr(search, "fit_report_")
    assert "Bent" in str(search.plan(X, y))
    # a refused parameter is scored as scikit-learn scores it
    for kind in (GridSearchCV, model_selection.GridSearchCV):
        with pytest.warns(model_selection._validation.FitFailedWarning):
            failed = kind(Ridge(), {"alpha": [1.0, -3.0]}).fit(X, y)
        assert np.isnan(failed.cv_results_["mean_test_score"][1])
    random = GridSearchCV(Ridge(solver="sag", random_state=0), {"alpha": [1.0]})
    assert "random by design" in str(random.plan(X, y))


def test_in_memory_missing_values_give_scikit_learns_error(regression):
    X, y = regression
    bad = X.copy()
    bad[3, 2] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        GridSearchCV(Ridge(), {"alpha": [1.0]}).fit(bad, y)
    with pytest.raises(DataError, match=r"Input X contains NaN[\s\S]*column 2, row 3"):
        GridSearchCV(Ridge(), {"alpha": [1.0]}).fit(da.from_array(bad, chunks=(50, 6)), y)


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        (linear_model.TheilSenRegressor(), {}, "TheilSenRegressor cannot"),
        (PlainPipeline([("s", StandardScaler()), ("p", PCA())]), {}, "step 'p' ends the pipeline"),
        (Ridge(), {"scoring": lambda e, X, y: 0.0}, "needs all rows"),
        (Ridge(), {"cv": [([0, 0, 1], [2])]}, "twice in one"),
        (Ridge(), {"cv": 1000}, "greater than the number of samples"),
        (decomposition.PCA(), {"scoring": "r2"}, "predicts nothing"),
    ],
)
def test_what_cannot_be_shared_on_blocks_is_named(estimator, options, message, regression):
    # such a search needs the rows in memory, where 2,219 numbers are too many
    X, y = arranged("array", *regression)
    with (
        skdask.config.set(memory_limit="50KB"),
        pytest.raises((MemoryBudgetError, DataError), match=message),
    ):
        GridSearchCV(estimator, {}, **options).fit(X, y)


def test_score_predict_and_pickle(regression, tmp_path):
    X, y = regression
    theirs = model_selection.GridSearchCV(
        plain_twin(STEPS), {"model__alpha": [1.0]}, scoring="neg_mean_squared_error"
    ).fit(X, y)
    dX, dy = arranged("array", X, y)
    ours = GridSearchCV(STEPS, {"model__alpha": [1.0]}, scoring="neg_mean_squared_error")
    ours.fit(dX, dy)
    np.testing.assert_allclose(ours.score(dX, dy), theirs.score(X, y), rtol=1e-9)
    np.testing.assert_allclose(ours.score(X, y), theirs.score(X, y), rtol=1e-9)
    again = pickle.loads(pickle.dumps(ours))
    np.testing.assert_allclose(again.predict(dX).compute(), theirs.predict(X), rtol=1e-8)
    plain = ours.to_sklearn()
    assert type(plain) is model_selection.GridSearchCV
    assert type(plain.best_estimator_) is PlainPipeline
    assert "passes" in repr(ours.fit_report_)
    assert ours.best_estimator_.fit_report_.passes == 0


def test_verbose_says_what_scikit_learn_says(regression, capsys):
    GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, verbose=1).fit(*regression)
    assert "Fitting 5 folds for each of 2 candidates, totalling 10 fits" in capsys.readouterr().out
