"""Displays of inspection: what scikit-learn plots of all rows."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import inspection as theirs
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression

from skdask.inspection import DecisionBoundaryDisplay, PartialDependenceDisplay

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

N_ROWS = 120
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N_ROWS, 3))
Y = np.sin(X[:, 0]) - X[:, 1] * X[:, 2]
FRAME = pd.DataFrame(X, columns=list("abc"))
FOREST = RandomForestRegressor(5, max_depth=4, random_state=0).fit(X, Y)
NAMED = RandomForestRegressor(5, max_depth=4, random_state=0).fit(FRAME, Y)
CLASSES = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X, np.digitize(Y, [-0.5, 0.5]))


def lazy(values):
    return da.from_array(values, chunks=(40, *values.shape[1:]))


def lines_of(display):
    found = []
    for axis in np.ravel(display.axes_):
        found += [] if axis is None else [np.array(line.get_xydata()) for line in axis.lines]
    return sorted(found, key=lambda line: line.ravel().tolist())


@pytest.mark.parametrize(
    ("model", "features", "options"),
    [
        (FOREST, [0, (1, 2)], {}),
        (FOREST, [2, 0], {"kind": "both", "subsample": 7, "random_state": 3}),
        (FOREST, [1], {"kind": "individual", "subsample": 0.1, "random_state": 0}),
        (FOREST, [1, 0], {"kind": ["both", "average"], "random_state": 0, "centered": True}),
        (FOREST, [0], {"custom_values": {0: np.array([-1.0, 0.0, 1.0])}, "method": "brute"}),
        (CLASSES, [0, 1], {"target": 2, "response_method": "predict_proba"}),
    ],
    ids=["averages", "both", "single rows", "kinds", "values", "classes"],
)
def test_partial_dependence_is_plotted_as_by_scikit_learn(model, features, options):
    options = {"grid_resolution": 6, **options}
    ours = PartialDependenceDisplay.from_estimator(model, lazy(X), features, **options)
    expected = theirs.PartialDependenceDisplay.from_estimator(model, X, features, **options)
    assert isinstance(ours, PartialDependenceDisplay)
    assert ours.features == expected.features
    assert ours.target_idx == expected.target_idx
    for one, other in zip(lines_of(ours), lines_of(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    for place, deciles in expected.deciles.items():
        np.testing.assert_allclose(ours.deciles[place], deciles, rtol=1e-12)
    matplotlib.pyplot.close("all")


def test_features_by_name():
    given = dd.from_pandas(FRAME, npartitions=3)
    ours = PartialDependenceDisplay.from_estimator(NAMED, given, ["b", ("a", "c")])
    expected = theirs.PartialDependenceDisplay.from_estimator(NAMED, FRAME, ["b", ("a", "c")])
    assert ours.feature_names == expected.feature_names
    for one, other in zip(ours.pd_results, expected.pd_results, strict=True):
        np.testing.assert_allclose(one.average, other.average, rtol=1e-9)
    with pytest.raises(ValueError, match="not in feature_names"):
        PartialDependenceDisplay.from_estimator(NAMED, given, ["d"])
    matplotlib.pyplot.close("all")


def test_in_memory_it_is_scikit_learns():
    display = PartialDependenceDisplay.from_estimator(FOREST, X, [0])
    assert isinstance(display, PartialDependenceDisplay)
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize("how", ["array", "frame"])
def test_boundaries_are_plotted_as_by_scikit_learn(how):
    rows = X[:, :2] if how == "array" else FRAME[["a", "b"]]
    model = LogisticRegression().fit(rows, Y > 0)
    given = lazy(rows) if how == "array" else dd.from_pandas(rows, npartitions=3)
    options = {"grid_resolution": 8, "response_method": "predict_proba"}
    ours = DecisionBoundaryDisplay.from_estimator(model, given, **options)
    expected = theirs.DecisionBoundaryDisplay.from_estimator(model, rows, **options)
    for name in ("xx0", "xx1", "response"):
        np.testing.assert_allclose(getattr(ours, name), getattr(expected, name), rtol=1e-9)
    assert (ours.ax_.get_xlabel(), ours.ax_.get_ylabel()) == (
        expected.ax_.get_xlabel(),
        expected.ax_.get_ylabel(),
    )
    with pytest.raises(ValueError, match="n_features must be equal to 2"):
        DecisionBoundaryDisplay.from_estimator(FOREST, lazy(X))
    matplotlib.pyplot.close("all")
