"""Dummies on blocks: all strategies, several targets, seeds."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn.dummy

import skdask.blocks
from skdask.dummy import DummyClassifier, DummyRegressor
from skdask.exceptions import UnsupportedError
from skdask.testing import CountingBlocks

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 2))
LABELS = np.array(["a", "b", "c"])[RANDOM.integers(0, 3, 300) * RANDOM.integers(0, 2, 300)]
NUMBERS = RANDOM.normal(size=(300, 2)) * [1.0, 50.0]
WEIGHTS = RANDOM.integers(0, 4, 300).astype(float)


def lazy(values: Any, rows: int = 70) -> da.Array:
    return da.from_array(values, chunks=(rows, *values.shape[1:]))


@pytest.mark.parametrize("strategy", ["prior", "most_frequent", "stratified", "uniform"])
def test_classifier(strategy: str) -> None:
    theirs = sklearn.dummy.DummyClassifier(strategy=strategy, random_state=3).fit(X, LABELS)
    ours = DummyClassifier(strategy=strategy, random_state=3).fit(lazy(X), lazy(LABELS))
    np.testing.assert_allclose(ours.class_prior_, theirs.class_prior_)
    # of one chunk the draws are scikit-learn's
    for method in ("predict", "predict_proba"):
        found = getattr(ours, method)(lazy(X, 300)).compute()
        np.testing.assert_array_equal(found, getattr(theirs, method)(X))
    drawn = ours.predict(lazy(X)).compute()
    np.testing.assert_array_equal(drawn, ours.predict(lazy(X)).compute())
    if strategy == "uniform":
        assert not (drawn[:70] == drawn[70:140]).all()
        assert min(np.unique(drawn, return_counts=True)[1]) > 60


def test_several_targets() -> None:
    y = np.column_stack([LABELS, LABELS[::-1]])
    theirs = sklearn.dummy.DummyClassifier().fit(X, y, WEIGHTS)
    ours = DummyClassifier().fit(lazy(X), lazy(y), lazy(WEIGHTS))
    assert ours.n_classes_ == theirs.n_classes_
    np.testing.assert_allclose(ours.class_prior_, theirs.class_prior_)
    np.testing.assert_array_equal(ours.predict(lazy(X)).compute(), theirs.predict(X))
    with pytest.raises(UnsupportedError, match="list of arrays"):
        ours.predict_proba(lazy(X))
    constant = DummyClassifier(strategy="constant", constant=["a", "b"]).fit(lazy(X), lazy(y))
    assert constant.predict(X[:1]).tolist() == [["a", "b"]]


@pytest.mark.parametrize("weight", [None, WEIGHTS])
@pytest.mark.parametrize("y", [NUMBERS, NUMBERS[:, 0], np.round(NUMBERS[:, 1]).astype(int)])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"strategy": "median"},
        {"strategy": "quantile", "quantile": 0.83},
        {"strategy": "quantile", "quantile": 0.0},
    ],
    ids=str,
)
def test_regressor(params: dict[str, Any], y: np.ndarray, weight: Any) -> None:
    theirs = sklearn.dummy.DummyRegressor(**params).fit(X, y, weight)
    own = None if weight is None else lazy(weight)
    ours = DummyRegressor(**params).fit(lazy(X), lazy(y), own)
    np.testing.assert_allclose(ours.constant_, theirs.constant_, rtol=1e-12)
    assert ours.n_outputs_ == theirs.n_outputs_
    np.testing.assert_allclose(ours.predict(lazy(X)).compute(), theirs.predict(X))


def test_no_feature_is_read() -> None:
    blocks = CountingBlocks(skdask.blocks.open(X, NUMBERS))
    DummyRegressor().fit(blocks)
    assert blocks.passes == 1
    assert blocks.features_read == 0


def test_features_may_be_anything() -> None:
    frame = dd.from_pandas(pd.DataFrame({"text": ["x", "y"] * 150, "y": NUMBERS[:, 0]}), 3)
    model = DummyRegressor().fit(frame, "y")
    assert model.predict(frame[["text"]]).compute().shape == (300,)
    assert list(model.feature_names_in_) == ["text"]


def test_bad_input() -> None:
    gaps = NUMBERS[:, 0].copy()
    gaps[7] = np.nan
    for strategy in ("mean", "median"):
        with pytest.raises(ValueError, match="Input y contains NaN"):
            DummyRegressor(strategy=strategy).fit(lazy(X), lazy(gaps))
    with pytest.raises(ValueError, match="specify the desired"):
        DummyRegressor(strategy="quantile").fit(lazy(X), lazy(NUMBERS))
    with pytest.raises(TypeError, match="Constant target value"):
        DummyRegressor(strategy="constant").fit(lazy(X), lazy(NUMBERS))
    with pytest.raises(ValueError, match="must be present in the training data"):
        DummyClassifier(strategy="constant", constant="z").fit(lazy(X), lazy(LABELS))
    with pytest.raises(ValueError, match="should have shape"):
        DummyClassifier(strategy="constant", constant=["a", "b"]).fit(lazy(X), lazy(LABELS))
    with pytest.raises(UnsupportedError, match="return_std"):
        DummyRegressor().fit(lazy(X), lazy(NUMBERS)).predict(lazy(X), return_std=True)
