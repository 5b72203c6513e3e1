"""partial_dependence: scikit-learn's grids and averages of all rows."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import inspection as theirs
from sklearn.compose import make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

import skdask
from skdask import linear_model as ours
from skdask.inspection import partial_dependence
from skdask.testing import CountingBlocks

N_ROWS = 211
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N_ROWS, 4)) + [0, 5, 0, -3]
X[:, 2] = RANDOM.integers(0, 6, N_ROWS)
Y = np.sin(X[:, 0]) - X[:, 1] * X[:, 3] + X[:, 2] + RANDOM.normal(size=N_ROWS)
CLASSES = np.array(["ant", "bee", "cow"])[np.digitize(Y, np.quantile(Y, [0.3, 0.6]))]
WEIGHT = RANDOM.uniform(0.2, 2.0, N_ROWS)
RIDGE = make_pipeline(StandardScaler(), Ridge()).fit(X, Y)
FOREST = RandomForestRegressor(5, max_depth=4, random_state=0).fit(X, Y)


def lazy(values, chunks=40):
    return da.from_array(values, chunks=(chunks, *values.shape[1:]))


def assert_same(found, expected):
    assert sorted(found) == sorted(expected)
    for ours_, theirs_ in zip(found.grid_values, expected.grid_values, strict=True):
        if theirs_.dtype.kind == "f":
            np.testing.assert_allclose(ours_, theirs_, rtol=1e-12)
        else:
            np.testing.assert_array_equal(ours_, theirs_)
    for name in ("average", "individual"):
        if name in expected:
            assert found[name].shape == expected[name].shape
            assert found[name].dtype == expected[name].dtype
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=1e-11)


MODELS = {
    "pipeline": RIDGE,
    "ours": ours.Ridge().fit(X, Y),
    "targets": LinearRegression().fit(X, np.column_stack([Y, Y**2])),
    "classes": make_pipeline(StandardScaler(), LogisticRegression()).fit(X, CLASSES),
    "two": LogisticRegression(max_iter=1000).fit(X, np.median(Y) < Y),
    "margins": LinearSVC().fit(X, CLASSES),
    "forest": RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, CLASSES),
    "recursion": FOREST,
    "boosted": GradientBoostingRegressor(n_estimators=5, random_state=0).fit(X, Y),
    "pls": PLSRegression(2).fit(X, Y),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", ["average", "individual", "both"])
def test_dependences_are_scikit_learns(name, kind):
    for features in ([0], [2], [0, 3]):
        options = {"kind": kind, "grid_resolution": 7}
        found = partial_dependence(MODELS[name], lazy(X), features, **options)
        expected = theirs.partial_dependence(MODELS[name], X, features, **options)
        assert_same(found, expected)


@pytest.mark.parametrize(
    "options",
    [
        {"percentiles": (0, 1)},
        {"percentiles": (0.21, 0.4), "grid_resolution": 50},
        {"method": "brute"},
        {"custom_values": {1: [3.0, 4.5]}},
        {"categorical_features": [2], "grid_resolution": 3},
        {"categorical_features": [False, False, True, False], "grid_resolution": 4},
        {"sample_weight": WEIGHT, "grid_resolution": 4},
    ],
    ids=str,
)
def test_options(options):
    given = {**options}
    if "sample_weight" in options:
        given["sample_weight"] = lazy(WEIGHT, 33)
    for features in (1, (2, 1)):
        found = partial_dependence(FOREST, lazy(X), features, **given)
        assert_same(found, theirs.partial_dependence(FOREST, X, features, **options))


@pytest.mark.parametrize("how", ["frame", "parquet"])
def test_tables(how, tmp_path):
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["kind"] = np.array(["x", "y", "z"])[RANDOM.integers(0, 3, N_ROWS)]
    encode = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    model = make_pipeline(encode, Ridge()).fit(frame, Y + (frame["kind"] == "x"))
    given = dd.from_pandas(frame, npartitions=4)
    if how == "parquet":
        given = str(tmp_path / "table.parquet")
        frame.to_parquet(given, row_group_size=60)
    for features in ("a", ["kind"], [4, 0]):
        options = {"categorical_features": ["kind"], "grid_resolution": 5, "kind": "both"}
        found = partial_dependence(model, given, features, **options)
        assert_same(found, theirs.partial_dependence(model, frame, features, **options))
    numbers = ours.Ridge().fit(frame[list("abcd")], Y)
    options = {"grid_resolution": 5, "kind": "both"}
    found = partial_dependence(numbers, given, ["b"], **options)
    assert_same(found, theirs.partial_dependence(numbers, frame[list("abcd")], ["b"], **options))


def test_missing_values_and_single_precision():
    rows = np.where(RANDOM.uniform(size=X.shape) < 0.02, np.nan, X)
    model = HistGradientBoostingRegressor(max_iter=5).fit(rows, Y)
    for features in ([0], [2]):
        options = {"method": "brute", "grid_resolution": 9}
        found = partial_dependence(model, lazy(rows), features, **options)
        assert_same(found, theirs.partial_dependence(model, rows, features, **options))
    single = X.astype(np.float32)
    found = partial_dependence(FOREST, lazy(single), [1], method="brute")
    assert_same(found, theirs.partial_dependence(FOREST, single, [1], method="brute"))


def test_passes():
    with skdask.config.set(block_bytes=8 * 4 * 40):
        blocks = CountingBlocks(skdask.blocks.open(lazy(X)))
    last = blocks.n_blocks - 1  # the first one is read once more, for its first row
    assert last > 2
    partial_dependence(RIDGE, blocks, [0, 1], grid_resolution=5)
    assert blocks.blocks_read[last] == 2
    blocks.reset()
    partial_dependence(RIDGE, blocks, [0, 1], custom_values={0: [1.0], 1: [2.0, 3.0]})
    assert blocks.blocks_read[last] == 1
    blocks.reset()
    found = partial_dependence(RIDGE, blocks, [0], grid_resolution=5, kind="individual")
    assert blocks.blocks_read[last] == 1
    assert isinstance(found.individual, da.Array)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": [9]}, "all features must be in"),
        ({"features": ["a"]}, "strings"),
        ({"percentiles": (0.9, 0.1)}, "strictly less"),
        ({"grid_resolution": 1}, "strictly greater than 1"),
        ({"method": "recursion"}, "Only the following estimators support"),
        ({"method": "recursion", "kind": "both"}, "only applies when"),
        ({"categorical_features": []}, "empty list"),
        ({"response_method": "predict_proba"}, "ignored for regressors"),
    ],
)
def test_errors_are_scikit_learns(options, message):
    options = {"features": [0], **options}
    with pytest.raises(ValueError, match=message):
        theirs.partial_dependence(RIDGE, X, **options)
    with pytest.raises(ValueError, match=message):
        partial_dependence(RIDGE, lazy(X), **options)


def test_whole_numbers_are_refused_as_by_scikit_learn():
    with pytest.raises(ValueError, match="integer data"):
        partial_dependence(RIDGE, lazy(X.astype(int)), [0])
    rows = X.copy()
    rows[3:-3, 0] = 1.0
    with pytest.raises(ValueError, match="percentiles are too close"):
        partial_dependence(RIDGE, lazy(rows), [0], grid_resolution=3)
