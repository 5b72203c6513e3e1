"""Exponents of power transforms where they are hard to tell: far away, outlying, in many blocks."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from sklearn import preprocessing

from skdask.preprocessing import PowerTransformer


@pytest.mark.parametrize("scale", [1.0, 150.0, 1e6])
def test_an_exponent_of_box_and_cox_does_not_depend_on_the_unit(scale: float) -> None:
    narrow = np.exp(0.02 * np.random.default_rng(0).gamma(4.0, size=(20_000, 1)))
    expected = PowerTransformer("box-cox").fit(da.from_array(narrow, chunks=(3000, 1)))
    found = PowerTransformer("box-cox").fit(da.from_array(scale * narrow, chunks=(3000, 1)))
    assert expected.lambdas_[0] < -5
    np.testing.assert_allclose(found.lambdas_, expected.lambdas_, rtol=1e-9)
    assert found.fit_report_.passes <= 5


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
def test_columns_of_either_side_and_outliers(method: str) -> None:
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.gamma(2.0, size=20_000), rng.lognormal(sigma=2.0, size=20_000)])
    X[::5000, 0] = 1e3
    if method == "yeo-johnson":
        X = np.column_stack([X, -X, rng.normal(size=(20_000, 2)) + [0.0, 1.0]])
    found = PowerTransformer(method).fit(da.from_array(X, chunks=(3000, -1)))
    expected = preprocessing.PowerTransformer(method=method).fit(X)
    np.testing.assert_allclose(found.lambdas_, expected.lambdas_, rtol=1e-6, atol=1e-7)
    for name in ("mean_", "scale_"):
        ours, theirs = getattr(found._scaler, name), getattr(expected._scaler, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert found.fit_report_.passes <= 6
