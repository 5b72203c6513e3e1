"""cross_validate and cross_val_score give scikit-learn's results."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import linear_model, model_selection, preprocessing
from sklearn.pipeline import make_pipeline as plain_pipeline

import skdask
from skdask.decomposition import PCA
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import cross_val_score, cross_validate
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.testing import CountingBlocks
from tests.model_selection.conftest import arranged


def test_cross_validate(how, regression, tmp_path):
    X, y = regression
    model = make_pipeline(StandardScaler(), PCA(4), Ridge(3.0))
    options = {"scoring": ["r2", "neg_mean_squared_error"], "return_train_score": True, "cv": 4}
    theirs = model_selection.cross_validate(model.to_sklearn(), X, y, **options)
    ours = cross_validate(model, *arranged(how, X, y, tmp_path), **options)
    assert set(ours) == set(theirs)
    for key in theirs:
        if "time" not in key:
            np.testing.assert_allclose(ours[key], theirs[key], rtol=1e-9)


def test_estimators_and_indices(regression):
    X, y = regression
    model = make_pipeline(StandardScaler(), "passthrough", Ridge(3.0))
    options = {"return_estimator": True, "return_indices": True}
    theirs = model_selection.cross_validate(model.to_sklearn(), X, y, **options)
    for given in ("memory", "array"):
        ours = cross_validate(model, *arranged(given, X, y), **options)
        for part in ("train", "test"):
            for found, expected in zip(ours["indices"][part], theirs["indices"][part], strict=True):
                np.testing.assert_array_equal(found, expected)
        for found, expected in zip(ours["estimator"], theirs["estimator"], strict=True):
            assert [name for name, _ in found.steps] == [name for name, _ in expected.steps]
            np.testing.assert_allclose(found[-1].coef_, expected[-1].coef_, rtol=1e-9)
            np.testing.assert_allclose(found.to_sklearn().predict(X), expected.predict(X))


@pytest.mark.parametrize("n_folds", [3, 10, 100])
def test_many_folds_take_one_pass(n_folds, regression):
    X, y = regression
    blocks = CountingBlocks(skdask.blocks.open(X, y))
    found = cross_val_score(Ridge(), blocks, cv=n_folds)
    expected = model_selection.cross_val_score(linear_model.Ridge(), X, y, cv=n_folds)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert blocks.passes == 1


def test_a_wild_fold_does_not_spoil_the_others(regression):
    X, y = (part.copy() for part in regression)
    wild = slice(0, len(X) // 5 + 1)
    X[wild] = X[wild] * 1e6 + 1e8
    expected = model_selection.cross_val_score(linear_model.Ridge(), X, y)
    found = cross_val_score(Ridge(), *arranged("array", X, y))
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-9)


def test_classes_by_accuracy(classification):
    X, y = classification
    model = plain_pipeline(
        preprocessing.StandardScaler(), linear_model.LogisticRegression(tol=1e-8, max_iter=999)
    )
    expected = model_selection.cross_val_score(model, X, y)
    for given in ("memory", "array", "frame"):
        np.testing.assert_allclose(cross_val_score(model, *arranged(given, X, y)), expected)
    with pytest.raises(ValueError, match="scoring"):
        cross_val_score(LogisticRegression(), X, y, scoring="no_such_score")


def test_weights_travel_with_the_rows(regression):
    X, y = regression
    weight = np.random.default_rng(2).integers(0, 3, len(y)).astype(float)
    options = {"params": {"sample_weight": weight}}
    expected = model_selection.cross_val_score(linear_model.Ridge(), X, y, **options)
    for given in ("memory", "array"):
        found = cross_val_score(Ridge(), *arranged(given, X, y), **options)
        np.testing.assert_allclose(found, expected, rtol=1e-9)
