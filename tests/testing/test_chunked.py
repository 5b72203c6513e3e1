"""Within `in_chunks` a class sees Dask collections and answers in memory, and never after it."""

from __future__ import annotations

import pickle
from inspect import getattr_static, signature

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin, clone

from skdask.linear_model import LinearRegression, LogisticRegression, Ridge
from skdask.svm import LinearSVC
from skdask.testing import in_chunks

X = np.random.default_rng(0).normal(size=(10, 3))
Y = X[:, 0] + 1


class Listener(RegressorMixin, BaseEstimator):
    """Says what it was given."""

    def fit(self, X, y, sample_weight=None):
        self.given_ = (X, y, sample_weight)
        self.lazy_ = X[:, 0] if isinstance(X, da.Array) else None
        return self.refit(X)

    def refit(self, X):
        self.fit_transform(np.ones((4, 1)))
        return self

    def fit_transform(self, X):
        self.inner_ = type(X)
        return X


def test_what_a_method_is_given():
    with in_chunks(Listener):
        fitted = Listener().fit(X, Y, sample_weight=[1.0] * 10)
    rows, target, weight = fitted.given_
    assert isinstance(rows, da.Array)
    assert rows.chunks == ((4, 3, 3), (3,))
    assert isinstance(target, da.Array)
    assert target.chunks == ((4, 3, 3),)
    assert weight == [1.0] * 10
    # what it calls itself is left alone
    assert fitted.inner_ is np.ndarray
    np.testing.assert_array_equal(fitted.lazy_, X[:, 0])
    assert isinstance(Listener().fit(X, Y).given_[0], np.ndarray)


def test_frames_and_sparse_rows():
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    with in_chunks(Listener, n_chunks=2):
        given = Listener().fit(sparse.csc_matrix(X), frame["a"]).given_
        table = Listener().fit_transform(frame)
    assert given[0].numblocks == (2, 1)
    assert isinstance(given[0].blocks[0].compute(), sparse.csr_matrix)
    assert isinstance(given[1], dd.Series)
    assert given[1].npartitions == 2
    pd.testing.assert_frame_equal(table, frame)


def test_fewer_rows_than_chunks():
    with in_chunks(Listener):
        assert Listener().fit(X[:2], Y[:2]).given_[0].chunks == ((1, 1), (3,))
        assert Listener().fit(X[:0], Y[:0]).given_[0].chunks == ((0,), (3,))


def test_answers_and_what_a_class_is():
    expected = Ridge().fit(X, Y).predict(X)
    before = {name: getattr_static(Ridge, name) for name in ("fit", "predict", "score")}
    with in_chunks(Ridge):
        model = clone(Ridge(alpha=1.0)).fit(X, Y)
        assert model.fit_report_.passes == 1
        found = pickle.loads(pickle.dumps(model)).predict(X)
        assert (
            str(signature(Ridge().fit))
            == "(X: 'Any', y: 'Any' = None, sample_weight: 'Any' = None) -> 'Self'"
        )
        assert repr(model) == "Ridge()"
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, expected)
    assert before == {name: getattr_static(Ridge, name) for name in before}
    assert not hasattr(LinearRegression().fit(X, Y), "fit_report_")


def test_a_method_that_there_is_not():
    with in_chunks(LinearSVC, LogisticRegression):
        assert not hasattr(LinearSVC(), "predict_proba")
        assert LogisticRegression().fit(X, Y > 1).predict_proba(X).shape == (10, 2)


def test_errors_leave_the_class_as_it_was():
    fit = getattr_static(Ridge, "fit")
    with pytest.raises(ValueError, match="NaN"), in_chunks(Ridge):
        Ridge().fit(X * np.nan, Y)
    assert getattr_static(Ridge, "fit") is fit
