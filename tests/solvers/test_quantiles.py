"""Quantiles of blocks are NumPy's of all rows, to the bit, whatever the blocks and the memory."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.utils.stats import _weighted_percentile

import skdask.blocks
from skdask import config
from skdask.exceptions import DataError
from skdask.passes import FitReport, run
from skdask.solvers import order_statistics
from skdask.solvers.quantiles import Quantiles, quantiles
from skdask.statistics import Affine
from skdask.statistics.series import Features, Series, Target

METHODS = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
]
FRACTIONS = np.array([0.25, 0.5, 0.75, 0.0, 1.0, 0.1, 1 / 3])


def made(n_rows: int, dtype: str = "float64") -> np.ndarray:
    random = np.random.default_rng(n_rows)
    X = random.normal(size=(n_rows, 4))
    X[:, 1] = np.round(X[:, 1] * 3)
    X[:, 2] = random.exponential(size=n_rows) ** 5
    X[:, 3] = np.arange(n_rows) // 7
    X[random.random(X.shape) < 0.1] = np.nan
    return X.astype(dtype)


def found(
    X: Any, fractions: Any, series: Series | None = None, weight: Any = None, **more: Any
) -> tuple[Quantiles, FitReport]:
    y = more.pop("y", None)
    with config.set(block_bytes=more.pop("block_bytes", 8 * 4 * 500)):
        blocks = skdask.blocks.open(X, y, weight)
        algorithm = quantiles(
            series or Series(weighted=weight is not None), fractions, X.shape[1], **more
        )
        done = run([algorithm], blocks, what="quantiles")
    return done.results[0], done.report


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_as_numpy(method: str, dtype: str) -> None:
    for n_rows in (1, 2, 7, 203, 20_000):
        X = made(n_rows, dtype)
        for fractions in (FRACTIONS, np.linspace(0, 1, 50)):
            ours, _ = found(X, fractions, method=method, dtype=X.dtype)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = np.nanquantile(X, fractions, axis=0, method=method)
            assert ours.values.dtype == theirs.dtype
            np.testing.assert_array_equal(ours.values, theirs)
            np.testing.assert_array_equal(ours.missing, np.isnan(X).sum(axis=0))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_median_is_rounded_as_numpys(dtype: str) -> None:
    for n_rows in (1, 2, 203, 5000):
        X = made(n_rows, dtype)
        ours, _ = found(X, [0.5], method="median", dtype=X.dtype)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.testing.assert_array_equal(ours.values[0], np.nanmedian(X, axis=0))


@pytest.mark.parametrize("average", [False, True])
def test_weighted_as_scikit_learn(average: bool) -> None:
    random = np.random.default_rng(0)
    method = "averaged_inverted_cdf" if average else "inverted_cdf"
    # averaging over the largest value it takes a missing one for the next
    fractions = np.delete(FRACTIONS, 4) * 100 / 100  # as it rounds percentages
    for n_rows in (7, 203, 20_000):
        X = made(n_rows)
        for weight in (random.integers(0, 4, n_rows).astype(float), random.random(n_rows)):
            ours, _ = found(X, fractions, weight=weight, method=method)
            theirs = _weighted_percentile(X, weight, fractions * 100, average=average)
            np.testing.assert_array_equal(ours.values, theirs.T)


def test_within_classes_and_of_targets() -> None:
    X = made(3000)
    y = np.random.default_rng(1).integers(0, 3, 3000)
    ours, _ = found(X, FRACTIONS, Series(classes=np.arange(3)), y=y)
    theirs = [np.nanquantile(X[y == k], FRACTIONS, axis=0) for k in range(3)]
    np.testing.assert_array_equal(ours.values, np.hstack(theirs))
    y = np.column_stack([X[:, 2], np.arange(3000.0)])
    y[np.isnan(y)] = 0.5
    ours, _ = found(X, FRACTIONS, Series(Target()), y=y)
    np.testing.assert_array_equal(ours.values, np.quantile(y, FRACTIONS, axis=0))


def test_through_a_map_and_of_sparse_rows() -> None:
    X = made(3000)
    affine = Affine(np.array([2.0, -1.0, 1.0, 0.5]), np.array([0.0, 1.0, 0.0, -2.0]))
    ours, _ = found(X, FRACTIONS, Series(Features(affine)))
    np.testing.assert_array_equal(ours.values, np.nanquantile(affine.apply(X), FRACTIONS, axis=0))
    thin = np.where(np.random.default_rng(2).random(X.shape) < 0.3, X, 0.0)
    ours, _ = found(sparse.csr_array(thin), FRACTIONS, block_bytes=4000)
    np.testing.assert_array_equal(ours.values, np.nanquantile(thin, FRACTIONS, axis=0))


@pytest.mark.parametrize("n_fractions", [3, 1000])
@pytest.mark.parametrize("weighted", [False, True])
def test_little_memory_takes_more_passes(
    n_fractions: int, weighted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X = made(60_000)
    fractions = np.linspace(0, 1, n_fractions)
    weight = np.random.default_rng(0).random(60_000) if weighted else None
    more: dict[str, Any] = {"weight": weight, "block_bytes": 8 * 4 * 4000}
    if weighted:
        more["method"] = "inverted_cdf"
    expected, report = found(X, fractions, **more)
    assert report.passes == 2
    monkeypatch.setattr(order_statistics, "_STATE_BYTES", 4 * 32 * 300)
    monkeypatch.setattr(order_statistics, "_FEWEST_POINTS", 64)
    ours, tight = found(X, fractions, **more)
    assert report.passes < tight.passes <= 5
    np.testing.assert_array_equal(ours.values, expected.values)


def test_passes_and_bits() -> None:
    few, report = found(made(3000), FRACTIONS)
    assert report.passes == 1
    X = made(200_000)
    assert np.isfinite(few.values).all()
    results = []
    for threads in (1, 3):
        with config.set(n_threads=threads):
            ours, report = found(X, FRACTIONS, block_bytes=8 * 4 * 4000)
        assert report.passes == 2
        results.append(ours.values)
    np.testing.assert_array_equal(*results)
    np.testing.assert_array_equal(results[0], np.nanquantile(X, FRACTIONS, axis=0))


def test_columns_that_repeat_take_one_pass() -> None:
    X = np.random.default_rng(0).integers(0, 1000, (100_000, 3)).astype(float)
    ours, report = found(X, FRACTIONS, block_bytes=8 * 3 * 4000)
    assert report.passes == 1
    np.testing.assert_array_equal(ours.values, np.quantile(X, FRACTIONS, axis=0))


def test_bad_values() -> None:
    X = made(100)
    with pytest.raises(DataError, match="NaN"):
        found(X, FRACTIONS, with_missing=False)
    X[50, 2] = np.inf
    with pytest.raises(DataError, match="infinity"):
        found(X, FRACTIONS)
    X[:, 2] = np.nan
    ours, _ = found(X, FRACTIONS)
    assert np.isnan(ours.values[:, 2]).all()
