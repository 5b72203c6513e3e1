"""MinCovDet and EllipticEnvelope on more rows than their sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import pytest
import sklearn.covariance
from scipy import sparse

import skdask.blocks
from skdask import config
from skdask.covariance import EllipticEnvelope, MinCovDet
from skdask.exceptions import UnsupportedError
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler

N_ROWS = 3000
ROWS = np.random.default_rng(0).normal(size=(N_ROWS, 4)) @ np.diag([1.0, 20.0, 0.1, 5.0]) + 30.0
ROWS[::6] = np.random.default_rng(1).normal(size=(N_ROWS // 6, 4)) + [200.0, 0.0, 90.0, 40.0]


@pytest.fixture(autouse=True)
def small_sample() -> Iterator[None]:
    with config.set(sample_rows=300, block_bytes=8 * 4 * 500):
        yield


def lazy(rows: np.ndarray = ROWS) -> da.Array:
    return da.from_array(rows, chunks=(700, -1))


def log_determinant(model: Any) -> float:
    return float(np.linalg.slogdet(model.raw_covariance_)[1])


@pytest.mark.parametrize("fraction", [None, 0.75, 1.0])
def test_the_determinant_is_no_larger_than_scikit_learns(fraction: Any) -> None:
    """Either ends in one of many minima, which differ in the fifth digit by the random state."""
    with config.set(sample_rows=1000):
        ours = MinCovDet(support_fraction=fraction, random_state=0).fit(lazy())
    theirs = [
        sklearn.covariance.MinCovDet(support_fraction=fraction, random_state=seed).fit(ROWS)
        for seed in range(3)
    ]
    assert log_determinant(ours) <= np.median([log_determinant(each) for each in theirs]) + 1e-6
    for name in ("raw_location_", "raw_covariance_", "location_", "covariance_"):
        found, expected = getattr(ours, name), getattr(theirs[0], name)
        np.testing.assert_allclose(found, expected, rtol=0.1, atol=0.01 * abs(expected).max())


def test_dtypes_are_scikit_learns() -> None:
    rows = ROWS.astype(np.float32)
    ours = EllipticEnvelope(random_state=0).fit(lazy(rows))
    theirs = sklearn.covariance.EllipticEnvelope(random_state=0).fit(rows)
    for name, expected in vars(theirs).items():
        if hasattr(expected, "dtype"):
            assert getattr(ours, name).dtype == expected.dtype, name


def test_an_end_of_scikit_learns_steps_is_one_of_ours() -> None:
    """One more step from where ours have ended finds the same rows."""
    ours = MinCovDet(random_state=0).fit(lazy())
    distances = np.einsum(
        "ij,ij->i", (ROWS - ours.raw_location_) @ np.linalg.inv(ours.raw_covariance_),
        ROWS - ours.raw_location_,
    )  # fmt: skip
    n_support = int(np.ceil(0.5 * (N_ROWS + 4 + 1)))
    nearest = np.sort(np.argsort(distances)[:n_support])
    support = ours.raw_support_.compute()
    np.testing.assert_array_equal(np.flatnonzero(support), nearest)
    np.testing.assert_allclose(ROWS[support].mean(axis=0), ours.raw_location_)
    np.testing.assert_allclose(np.cov(ROWS[support].T, bias=True), ours.raw_covariance_)


@pytest.mark.parametrize("centred", [False, True])
def test_what_follows_from_the_raw_estimate_is_scikit_learns(centred: bool) -> None:
    rows = ROWS - np.median(ROWS, axis=0) if centred else ROWS
    ours = EllipticEnvelope(random_state=0, contamination=0.13, assume_centered=centred)
    ours.fit(lazy(rows))
    theirs = sklearn.covariance.MinCovDet(assume_centered=centred)
    theirs.raw_location_ = theirs.location_ = ours.raw_location_
    theirs.raw_covariance_ = ours.raw_covariance_
    theirs.raw_support_ = theirs.support_ = ours.raw_support_.compute()
    gap = rows - ours.raw_location_
    theirs.dist_ = np.einsum("ij,ij->i", gap @ np.linalg.inv(ours.raw_covariance_), gap)
    theirs.correct_covariance(rows)
    theirs.reweight_covariance(rows)
    np.testing.assert_allclose(ours.location_, theirs.location_, atol=1e-12)
    np.testing.assert_allclose(ours.covariance_, theirs.covariance_)
    np.testing.assert_array_equal(ours.support_.compute(), theirs.support_)
    np.testing.assert_allclose(ours.dist_.compute(), theirs.dist_)
    np.testing.assert_allclose(ours.offset_, np.percentile(-theirs.dist_, 13.0))


def test_passes() -> None:
    ours = EllipticEnvelope(random_state=0).fit(lazy())
    asked = [record.asked for record in ours.fit_report_.log]
    steps = sum("InnerMoments" in each and "DistanceRanks" not in each for each in asked) - 1
    assert ours.fit_report_.passes <= 1 + 3 * steps + 1 + 2
    assert "sample of 300 of 3,000 rows" in ours.fit_report_.outcomes[1]


def test_blocks_and_threads_make_no_difference() -> None:
    expected = MinCovDet(random_state=0).fit(lazy())
    for rows, threads in ((3000, 1), (70, 2)):
        with config.set(block_bytes=8 * 4 * rows, n_threads=threads):
            found = MinCovDet(random_state=0).fit(skdask.blocks.open(ROWS))
        np.testing.assert_allclose(found.covariance_, expected.covariance_)
        np.testing.assert_allclose(found.raw_location_, expected.raw_location_)


def test_rows_that_repeat() -> None:
    rows = np.repeat(np.round(ROWS[:600]), 5, axis=0)
    ours = MinCovDet(random_state=0).fit(lazy(rows))
    theirs = sklearn.covariance.MinCovDet(random_state=0).fit(rows)
    assert log_determinant(ours) <= log_determinant(theirs) + 1e-3


def test_predictions_are_lazy() -> None:
    ours = EllipticEnvelope(random_state=0).fit(lazy())
    plain = ours.to_sklearn()
    for method in ("predict", "decision_function", "score_samples", "mahalanobis"):
        found = getattr(ours, method)(lazy())
        assert isinstance(found, da.Array)
        np.testing.assert_allclose(found.compute(), getattr(plain, method)(ROWS))
    np.testing.assert_array_equal(
        EllipticEnvelope(random_state=0).fit_predict(lazy()).compute(), plain.predict(ROWS)
    )
    assert ours.score(ROWS, plain.predict(ROWS)) == 1.0
    assert MinCovDet(random_state=0).fit(lazy()).score(lazy()) == pytest.approx(
        MinCovDet(random_state=0).fit(lazy()).to_sklearn().score(ROWS)
    )


def test_after_a_scaler_and_from_a_frame() -> None:
    frame = pd.DataFrame(ROWS, columns=list("abcd"))
    lazily = skdask.blocks.open(frame)
    ours = make_pipeline(StandardScaler(), EllipticEnvelope(random_state=0)).fit(lazily)
    scaled = (ROWS - ROWS.mean(axis=0)) / ROWS.std(axis=0)
    alone = EllipticEnvelope(random_state=0).fit(lazy(scaled))
    np.testing.assert_allclose(ours[-1].covariance_, alone.covariance_, rtol=1e-3, atol=1e-3)
    named = EllipticEnvelope(random_state=0).fit(lazily)
    assert list(named.feature_names_in_) == list("abcd")
    assert named.support_.compute().sum() > 2000


def test_what_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="of a single column"):
        MinCovDet().fit(lazy(ROWS[:, :1]))
    with pytest.raises(TypeError, match="dense data is required"):
        MinCovDet().fit(lazy(ROWS).map_blocks(sparse.csr_array))
    ours = MinCovDet(random_state=0).fit(lazy())
    for method in (ours.correct_covariance, ours.reweight_covariance):
        with pytest.raises(UnsupportedError, match="is part of fit"):
            method(lazy())
    with pytest.warns(UserWarning, match="not full rank"):
        MinCovDet(random_state=0).fit(lazy(np.column_stack([ROWS, ROWS[:, 0]])))
