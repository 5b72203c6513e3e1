"""Scores of X and y together: what scikit-learn's own tests found."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn.cross_decomposition

import skdask.cross_decomposition

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 4)) + 3.0
Y = X[:, :2] @ RANDOM.normal(size=(2, 3)) + 0.3 * RANDOM.normal(size=(50, 3)) - 7.0
CLASSES = ("CCA", "PLSCanonical", "PLSRegression", "PLSSVD")


def both(name: str) -> tuple[Any, Any]:
    ours, theirs = skdask.cross_decomposition, sklearn.cross_decomposition
    return getattr(ours, name)(n_components=2), getattr(theirs, name)(n_components=2)


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("targets", [1, 3])
def test_scores_of_both(name: str, targets: int) -> None:
    ours, theirs = both(name)
    y = Y[:, :targets]
    if targets == 1:
        ours.n_components = theirs.n_components = 1
        y = y[:, 0]
    expected = theirs.fit_transform(X, y)
    lazy_y = da.from_array(y, chunks=15)
    found = ours.fit_transform(da.from_array(X, chunks=(15, 2)), lazy_y)
    assert isinstance(found, tuple)
    for part, other in zip(found, expected, strict=True):
        assert isinstance(part, da.Array)
        assert part.shape == other.shape
        np.testing.assert_allclose(part.compute(), other, rtol=1e-7, atol=1e-9)
    in_memory = ours.transform(da.from_array(X, chunks=(15, 2)), y)[1]
    np.testing.assert_allclose(in_memory, expected[1], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", CLASSES[:3])
def test_back_from_scores_of_both(name: str) -> None:
    ours, theirs = both(name)
    scores = theirs.fit_transform(X, Y)
    ours.fit(da.from_array(X, chunks=(15, 4)), da.from_array(Y, chunks=(15, 3)))
    lazy = [da.from_array(part, chunks=(20, 1)) for part in scores]
    found, expected = ours.inverse_transform(*lazy), theirs.inverse_transform(*scores)
    for part, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(part.compute(), other, rtol=1e-7, atol=1e-9)


def test_target_of_a_table() -> None:
    frame = pd.DataFrame(np.column_stack([X, Y]), columns=list("abcdxyz"))
    ours, theirs = both("PLSCanonical")
    found = ours.fit_transform(dd.from_pandas(frame, npartitions=3), ["x", "y", "z"])
    for part, other in zip(found, theirs.fit_transform(X, Y), strict=True):
        np.testing.assert_allclose(part.compute(), other, rtol=1e-7, atol=1e-9)
