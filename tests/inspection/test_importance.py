"""permutation_importance: scikit-learn's importances for the same seed, all features in a pass."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import inspection as theirs
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skdask
from skdask import linear_model as ours
from skdask.exceptions import DataError, MemoryBudgetError, SparseDataError
from skdask.inspection import importance, permutation_importance
from skdask.testing import CountingBlocks

N_ROWS = 211
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N_ROWS, 4)) + [0, 5, 0, -3]
Y = (X - [0, 5, 0, -3]) @ [3, -2, 0.0, 1] + RANDOM.normal(size=N_ROWS)
CLASSES = np.array(["ant", "bee", "cow"])[np.digitize(Y, np.quantile(Y, [0.3, 0.6]))]
WEIGHT = RANDOM.uniform(0.2, 2.0, N_ROWS)
RIDGE = Ridge().fit(X, Y)
LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, CLASSES)
BINARY = LogisticRegression().fit(X, Y > 0)


def lazy(values, chunks=40):
    return da.from_array(values, chunks=(chunks, *values.shape[1:]))


def assert_same(found, expected):
    for name in ("importances", "importances_mean", "importances_std"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("model", "y", "options"),
    [
        (RIDGE, Y, {}),
        (ours.Ridge().fit(X, Y), Y, {"n_repeats": 2, "scoring": "neg_median_absolute_error"}),
        (LOGISTIC, CLASSES, {"scoring": "neg_log_loss"}),
        (BINARY, Y > 0, {"scoring": "roc_auc"}),
        (PoissonRegressor().fit(X, np.exp(Y / 9)), np.exp(Y / 9), {}),
        (RandomForestClassifier(5, random_state=0).fit(X, CLASSES), CLASSES, {"n_repeats": 3}),
        (RIDGE, Y, {"max_samples": 0.4}),
        (RIDGE, Y, {"max_samples": 37, "scoring": "neg_mean_squared_error"}),
        (LinearRegression().fit(X, X[:, :2] ** 2), X[:, :2] ** 2, {}),
    ],
    ids=["ridge", "ours", "pipeline", "auc", "poisson", "forest", "share", "drawn", "targets"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_importances_are_scikit_learns(model, y, options, weighted):
    if weighted and options.get("scoring") == "neg_median_absolute_error":
        options = {**options, "scoring": "neg_mean_absolute_error"}
    weights = (lazy(WEIGHT, 50), WEIGHT) if weighted else (None, None)
    options = {"random_state": 3, **options}
    found = permutation_importance(model, lazy(X), lazy(y, 33), sample_weight=weights[0], **options)
    expected = theirs.permutation_importance(model, X, y, sample_weight=weights[1], **options)
    assert_same(found, expected)


@pytest.mark.parametrize(
    "scoring", [["r2", "neg_max_error"], {"a": "r2", "b": make_scorer(mean_absolute_error)}]
)
def test_several_metrics(scoring):
    options = {"scoring": scoring, "random_state": np.random.RandomState(5)}
    found = permutation_importance(RIDGE, lazy(X), lazy(Y), **options)
    options["random_state"] = np.random.RandomState(5)
    expected = theirs.permutation_importance(RIDGE, X, Y, **options)
    assert list(found) == list(expected)
    for name in expected:
        assert_same(found[name], expected[name])


def test_a_callable_of_ones_own_is_given_the_rows():
    def scoring(estimator, X, y):
        return -float(np.abs(estimator.predict(X) - y).sum())

    options = {"scoring": scoring, "random_state": 0}
    found = permutation_importance(RIDGE, lazy(X), lazy(Y), **options)
    assert_same(found, theirs.permutation_importance(RIDGE, X, Y, **options))
    rows = da.ones((10**6, 4), chunks=10_000)
    with (
        skdask.config.set(memory_limit=10_000_000),
        pytest.raises(MemoryBudgetError, match="needs the rows in memory"),
    ):
        permutation_importance(RIDGE, rows, rows[:, 0], **options)


def table():
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["kind"] = np.array(["x", "y", "z"])[RANDOM.integers(0, 3, N_ROWS)]
    frame["target"] = Y + (frame["kind"] == "x")
    return frame


@pytest.mark.parametrize("how", ["frame", "parquet", "category"])
def test_tables(how, tmp_path):
    frame = table()
    if how == "category":
        frame["kind"] = frame["kind"].astype("category")
    encode = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    features = frame.drop(columns="target")
    model = make_pipeline(encode, Ridge()).fit(features, frame["target"])
    given = dd.from_pandas(frame, npartitions=4)
    if how == "parquet":
        given = str(tmp_path / "table.parquet")
        frame.to_parquet(given, row_group_size=60)
    found = permutation_importance(model, given, "target", random_state=1)
    assert_same(
        found, theirs.permutation_importance(model, features, frame["target"], random_state=1)
    )
    assert found.importances_mean[4] > 0


def test_tables_of_numbers_keep_their_names():
    frame = table().drop(columns="kind")
    features, target = frame.drop(columns="target"), frame["target"]
    model = ours.Ridge().fit(features, target)
    found = permutation_importance(model, dd.from_pandas(frame, 3), "target", random_state=1)
    assert_same(found, theirs.permutation_importance(model, features, target, random_state=1))


def test_missing_values():
    rows = np.where(RANDOM.uniform(size=X.shape) < 0.1, np.nan, X)
    model = HistGradientBoostingRegressor(max_iter=5).fit(rows, Y)
    found = permutation_importance(model, lazy(rows), lazy(Y), random_state=0)
    assert_same(found, theirs.permutation_importance(model, rows, Y, random_state=0))


def test_all_is_scored_in_one_pass():
    blocks = CountingBlocks(skdask.blocks.open(lazy(X), lazy(Y)))
    permutation_importance(RIDGE, blocks, None, scoring=["r2", "neg_max_error"], random_state=0)
    assert blocks.passes == 2


@pytest.mark.parametrize("max_samples", [1.0, 0.5])
def test_batches_where_memory_is_short(monkeypatch, max_samples):
    options = {"random_state": 0, "n_repeats": 5, "max_samples": max_samples}
    expected = theirs.permutation_importance(RIDGE, X, Y, **options)
    for columns, orders in [(1, 5), (3, 2), (4, 2), (2, 1)]:
        monkeypatch.setattr(importance._Importances, "_batches", lambda *_: (columns, orders))  # noqa: B023
        blocks = CountingBlocks(skdask.blocks.open(lazy(X), lazy(Y)))
        assert_same(permutation_importance(RIDGE, blocks, None, **options), expected)
        assert blocks.passes == 1 + -(-4 // columns) * -(-5 // orders)


def test_a_column_that_does_not_fit_is_refused():
    rows = da.ones((10**6, 2), chunks=10**5)
    with (
        skdask.config.set(memory_limit=20_000_000),
        pytest.raises(MemoryBudgetError, match="max_samples"),
    ):
        permutation_importance(Ridge().fit(X[:, :2], Y), rows, rows[:, 0], random_state=0)


def test_bad_arguments():
    with pytest.raises(ValueError, match="n_repeats"):
        permutation_importance(RIDGE, lazy(X), lazy(Y), n_repeats=0)
    with pytest.raises(ValueError, match="max_samples must be an int"):
        permutation_importance(RIDGE, lazy(X), lazy(Y), max_samples=1.5)
    with pytest.raises(ValueError, match="max_samples must be <= n_samples"):
        permutation_importance(RIDGE, lazy(X), lazy(Y), max_samples=N_ROWS + 1)
    with pytest.raises(DataError, match="scoring needs y"):
        permutation_importance(RIDGE, lazy(X), None)
    with pytest.raises(SparseDataError, match="Sparse data was passed"):
        permutation_importance(RIDGE, lazy(X).map_blocks(sparse.csr_array), lazy(Y))
