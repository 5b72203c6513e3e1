"""Discrete naive Bayes on blocks: corners, and what is refused."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
import sklearn.naive_bayes
from scipy import sparse

import skdask.naive_bayes
from skdask.exceptions import UnsupportedError
from skdask.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, MultinomialNB
from skdask.pipeline import make_pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler

RANDOM = np.random.default_rng(0)
X = RANDOM.poisson(2, (300, 4)).astype(float)
Y = RANDOM.integers(0, 3, 300)
NAMES = ["BernoulliNB", "CategoricalNB", "ComplementNB", "MultinomialNB"]
each = pytest.mark.parametrize("name", NAMES)


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(70, *values.shape[1:]))


def both(name: str, X: np.ndarray, y: np.ndarray, **params: Any) -> tuple[Any, Any]:
    ours = getattr(skdask.naive_bayes, name)(**params).fit(lazy(X), lazy(y))
    return ours, getattr(sklearn.naive_bayes, name)(**params).fit(X, y)


@each
def test_one_class(name: str) -> None:
    ours, theirs = both(name, X, np.zeros(300, int))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))


@each
def test_classes_that_some_blocks_lack(name: str) -> None:
    ours, theirs = both(name, X, np.sort(Y))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X))
    found = ours.predict_joint_log_proba(lazy(X)).compute()
    np.testing.assert_allclose(found, theirs.predict_joint_log_proba(X))


@each
def test_bad_input(name: str) -> None:
    kind = getattr(skdask.naive_bayes, name)
    gaps = X.copy()
    gaps[200, 1] = np.nan
    with pytest.raises(ValueError, match=r"Input X contains NaN.(.|\n)*row 200 of the data"):
        kind().fit(lazy(gaps), lazy(Y))
    with pytest.raises(ValueError, match="Unknown label type"):
        kind().fit(lazy(X), lazy(Y + 0.5))
    with pytest.raises(ValueError, match="Number of priors must match"):
        kind(class_prior=[0.5, 0.5]).fit(lazy(X), lazy(Y))
    with pytest.raises(UnsupportedError, match="partial_fit"):
        kind().partial_fit(lazy(X), lazy(Y))
    if name != "BernoulliNB":
        with pytest.raises(ValueError, match=f"Negative values in data passed to {name}"):
            kind().fit(lazy(X - 1), lazy(Y))
    with pytest.raises(ValueError, match="weights"):
        kind().fit(lazy(X), lazy(Y), lazy(np.zeros(300)))


def test_partial_fit_in_memory() -> None:
    for kind in (BernoulliNB, CategoricalNB, ComplementNB, MultinomialNB):
        model = kind().partial_fit(X[:150], Y[:150], [0, 1, 2])
        assert model.predict(X[150:]).shape == (150,)


def test_categories_as_in_scikit_learn() -> None:
    for params in ({"min_categories": 12}, {"min_categories": [9, 10, 11, 12]}, {"alpha": 0.0}):
        with np.errstate(divide="ignore", invalid="ignore"):
            ours, theirs = both("CategoricalNB", X, Y, **params)
        np.testing.assert_array_equal(ours.n_categories_, theirs.n_categories_)
        for found, expected in zip(ours.category_count_, theirs.category_count_, strict=True):
            np.testing.assert_array_equal(found, expected)
    with pytest.raises(ValueError, match="should have integral type"):
        CategoricalNB(min_categories=[1.5] * 4).fit(lazy(X), lazy(Y))


def test_many_classes() -> None:
    y = RANDOM.integers(0, 90, 300)
    for name in ("MultinomialNB", "BernoulliNB"):
        ours, theirs = both(name, X, y)
        np.testing.assert_allclose(ours.feature_log_prob_, theirs.feature_log_prob_)


def test_after_steps() -> None:
    shifted = X - 5.0
    theirs = sklearn.pipeline.make_pipeline(
        sklearn.preprocessing.MinMaxScaler(), sklearn.naive_bayes.MultinomialNB()
    ).fit(shifted, Y)
    ours = make_pipeline(MinMaxScaler(), MultinomialNB()).fit(lazy(shifted), lazy(Y))
    np.testing.assert_allclose(ours[-1].feature_log_prob_, theirs[-1].feature_log_prob_)
    assert ours.fit_report_.passes == 2
    sparse_rows = lazy(X).map_blocks(sparse.csr_array)
    pipe = make_pipeline(StandardScaler(with_mean=False), BernoulliNB(binarize=0.8))
    found = pipe.fit(sparse_rows, lazy(Y))[-1]
    expected = BernoulliNB(binarize=0.8).fit(X / X.std(axis=0), Y)
    np.testing.assert_allclose(found.feature_count_, expected.feature_count_)
