"""Scalers and transformers from quantiles: larger data, samples, sparse rows, steps before them."""

from __future__ import annotations

import warnings
from typing import Any

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn import base

import skdask.blocks
from skdask import config
from skdask.decomposition import PCA
from skdask.exceptions import DataError, UnsupportedError
from skdask.pipeline import make_pipeline
from skdask.preprocessing import (
    KBinsDiscretizer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    quantile,
)
from skdask.routes.twins import to_sklearn
from skdask.routes.view import View
from skdask.solvers.quantiles import quantiles_of_rows
from tests.oracle import assert_same_fit

random = np.random.default_rng(0)
X = random.normal(size=(30_000, 3)) * [1, 100, 1e-3]
X[random.random(X.shape) < 0.05] = np.nan
WHOLE = np.nan_to_num(X)
THIN = np.where(random.random(X.shape) < 0.2, np.abs(WHOLE), 0.0)


@pytest.mark.parametrize(
    ("transformer", "rows", "passes"),
    [
        (RobustScaler(), X, 2),
        (RobustScaler(quantile_range=(1, 99)), WHOLE, 2),
        (QuantileTransformer(n_quantiles=100, subsample=None), X, 2),
        (QuantileTransformer(subsample=None), X, 3),
        (KBinsDiscretizer(20, subsample=None, quantile_method="linear"), WHOLE, 2),
        (KBinsDiscretizer(5, subsample=None, strategy="uniform"), WHOLE, 1),
        (SplineTransformer(knots="quantile"), WHOLE, 2),
        (SplineTransformer(), WHOLE, 1),
    ],
    ids=repr,
)
def test_larger_data(
    transformer: Any, rows: np.ndarray, passes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as if all rows were too many to be held
    monkeypatch.setattr(quantile, "_HELD_SHARE", 2**60)
    lazy = da.from_array(rows, chunks=(2000, 3))
    with config.set(block_bytes=8 * 3 * 2000):
        ours = base.clone(transformer).fit(lazy)
    theirs = to_sklearn(base.clone(transformer)).fit(rows)
    assert ours.fit_report_.passes <= passes
    assert_same_fit(ours, theirs, tol=1e-12)
    found, expected = ours.transform(lazy).compute(), theirs.transform(rows)
    found, expected = (getattr(x, "toarray", lambda x=x: x)() for x in (found, expected))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [1, 7, 3000])
def test_quantiles_of_rows_are_those_of_numpy(rows: int, dtype: str) -> None:
    some = X[:rows].astype(dtype)
    some[:, 1] = np.round(some[:, 1])
    fractions = np.linspace(0, 1, min(rows, 301))
    found = quantiles_of_rows(some, fractions * 100 / 100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = np.nanpercentile(some, fractions * 100, axis=0)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_few_rows_are_held() -> None:
    lazy = da.from_array(X, chunks=(2000, 3))
    ours = QuantileTransformer(subsample=None).fit(lazy)
    assert ours.fit_report_.passes == 1
    expected = to_sklearn(QuantileTransformer(subsample=None)).fit(X)
    np.testing.assert_array_equal(ours.quantiles_, expected.quantiles_)
    view = View.whole(skdask.blocks.open(lazy))
    with config.set(memory_limit="40 MiB"):
        assert ours._held_rows(view) == len(X)
    with config.set(memory_limit="8 MiB"):
        assert ours._held_rows(view) is None


@pytest.mark.parametrize("ignored", [False, True])
def test_quantiles_of_sparse_rows(ignored: bool) -> None:
    lazy = da.from_array(THIN, chunks=(2000, 3)).map_blocks(sparse.csr_array)
    transformer = QuantileTransformer(
        n_quantiles=100, subsample=30_000, ignore_implicit_zeros=ignored
    )
    ours = base.clone(transformer).fit(lazy)
    theirs = to_sklearn(transformer).fit(sparse.csr_array(THIN))
    np.testing.assert_array_equal(ours.quantiles_, theirs.quantiles_)
    found = ours.transform(lazy).compute()
    np.testing.assert_allclose(
        found.toarray(), theirs.transform(sparse.csr_array(THIN)).toarray(), atol=1e-12
    )
    with pytest.raises(DataError, match="non-negative sparse"):
        QuantileTransformer(n_quantiles=9).fit(-lazy)


def test_subsample_has_its_size_and_is_named() -> None:
    lazy = da.from_array(X, chunks=(2000, 3))
    ours = QuantileTransformer(subsample=2000, random_state=3).fit(lazy)
    assert ours.fit_report_.passes == 1
    assert "quantiles of 2000 of 30000 rows" in ours.fit_report_.outcomes
    again = QuantileTransformer(subsample=2000, random_state=3).fit(lazy.rechunk((777, 3)))
    np.testing.assert_array_equal(ours.quantiles_, again.quantiles_)
    other = QuantileTransformer(subsample=2000, random_state=4).fit(lazy)
    assert (ours.quantiles_ != other.quantiles_).any()
    exact = np.nanpercentile(X, [25, 50, 75], axis=0)
    near = [np.interp(q, ours.references_, ours.quantiles_[:, 0]) for q in (0.25, 0.5, 0.75)]
    np.testing.assert_allclose(near, exact[:, 0], atol=0.1)
    binned = KBinsDiscretizer(4, subsample=3000, quantile_method="linear").fit(
        da.from_array(WHOLE, chunks=(2000, 3))
    )
    assert "bins of 3000 of 30000 rows" in binned.fit_report_.outcomes


def test_in_pipelines() -> None:
    lazy = da.from_array(WHOLE, chunks=(2000, 3))
    for steps in (
        [StandardScaler(), RobustScaler()],
        [PCA(2), RobustScaler(), QuantileTransformer(n_quantiles=50, subsample=30_000)],
        [QuantileTransformer(n_quantiles=50, subsample=30_000), RobustScaler()],
        [RobustScaler(), KBinsDiscretizer(3, encode="ordinal", quantile_method="linear")],
    ):
        ours = make_pipeline(*map(base.clone, steps)).fit(lazy)
        theirs = to_sklearn(make_pipeline(*map(base.clone, steps))).fit(WHOLE)
        np.testing.assert_allclose(
            ours.transform(lazy).compute(), theirs.transform(WHOLE), rtol=1e-6, atol=1e-6
        )


def test_what_is_refused() -> None:
    lazy = da.from_array(X, chunks=(2000, 3))
    for transformer in (
        KBinsDiscretizer(subsample=None, quantile_method="linear"),
        KBinsDiscretizer(quantile_method="linear"),
        SplineTransformer(knots="quantile"),
        SplineTransformer(),
    ):
        with pytest.raises(DataError, match=r"NaN[\s\S]*column 0"):
            transformer.fit(lazy)
    with pytest.raises(UnsupportedError, match="subsample"):
        KBinsDiscretizer(strategy="kmeans", subsample=None).fit(lazy)
    with pytest.raises(ValueError, match="Invalid quantile range"):
        RobustScaler(quantile_range=(90, 10)).fit(lazy)
    with pytest.raises(DataError, match="Cannot center sparse"):
        RobustScaler().fit(da.from_array(THIN, chunks=(2000, 3)).map_blocks(sparse.csr_array))
    with pytest.raises(ValueError, match="number of quantiles cannot be greater"):
        QuantileTransformer(n_quantiles=20, subsample=10).fit(lazy)
    nothing = da.from_array(np.full((10, 1), np.nan), chunks=(5, 1))
    assert np.isnan(RobustScaler().fit(nothing).center_).all()
