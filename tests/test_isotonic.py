"""What is its own in IsotonicRegression on blocks; the rest is in the table of cases."""

from __future__ import annotations

from pathlib import Path

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import isotonic

import skdask
from skdask import config
from skdask.exceptions import MemoryBudgetError
from skdask.isotonic import IsotonicRegression


def rows(n_rows: int = 500, slope: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=n_rows)
    return x, slope * x + random.normal(size=n_rows)


def test_one_dimensional_collections() -> None:
    x, y = rows()
    expected = isotonic.IsotonicRegression().fit(x, y)
    arrays = da.from_array(x, chunks=90), da.from_array(y, chunks=90)
    frame = dd.from_pandas(pd.DataFrame({"x": x, "y": y}), npartitions=3)
    for X, target in (arrays, (frame["x"], frame["y"])):
        ours = IsotonicRegression().fit(X, target)
        np.testing.assert_allclose(ours.y_thresholds_, expected.y_thresholds_, rtol=1e-12)
        np.testing.assert_allclose(ours.predict(X).compute(), expected.predict(x), rtol=1e-12)
        np.testing.assert_allclose(ours.transform(X).compute(), expected.predict(x), rtol=1e-12)
        assert ours.score(X, target) == pytest.approx(expected.score(x, y), rel=1e-12)
        assert ours.fit_report_.passes == 1


@pytest.mark.parametrize("slope", [0.3, -0.3])
def test_the_direction_is_that_of_all_rows(slope: float) -> None:
    x, y = rows(slope=slope)
    x, y = np.round(x, 1), np.round(y, 1)  # equal ranks
    ours = IsotonicRegression(increasing="auto").fit(
        da.from_array(x, chunks=90), da.from_array(y, chunks=90)
    )
    assert ours.increasing_ == (slope > 0)
    assert ours.fit_report_.passes == 2


def test_a_direction_in_doubt_is_warned_of() -> None:
    x, y = rows(slope=0.0)
    with pytest.warns(UserWarning, match="spans zero"):
        isotonic.IsotonicRegression(increasing="auto").fit(x, y)
    with pytest.warns(UserWarning, match="spans zero"):
        IsotonicRegression(increasing="auto").fit(
            da.from_array(x, chunks=90), da.from_array(y, chunks=90)
        )


def test_a_constant_target_does_not_rise() -> None:
    x, _ = rows()
    X, y = da.from_array(x, chunks=90), da.ones(500, chunks=90)
    with pytest.warns(UserWarning, match="spans zero"):
        assert not IsotonicRegression(increasing="auto").fit(X, y).increasing_


def test_more_values_than_memory_has_room_for() -> None:
    x, y = rows(200_000)
    with (
        config.set(memory_limit="64MiB", block_bytes="256KiB"),
        pytest.raises(MemoryBudgetError, match="distinct values"),
    ):
        IsotonicRegression().fit(skdask.blocks.open(x[:, np.newaxis], y))


def test_values_beyond_the_range_are_an_error_where_they_are_met() -> None:
    x, y = rows()
    X = da.from_array(x + 10.0, chunks=90)
    ours = IsotonicRegression(out_of_bounds="raise").fit(X, da.from_array(y, chunks=90))
    np.testing.assert_allclose(ours.predict(X).compute(), ours.to_sklearn().predict(x + 10.0))
    with pytest.raises(ValueError, match="interpolation range"):
        ours.predict(da.concatenate([X, X[:5] + 100.0])).compute()


def test_frames_where_they_are_asked_for() -> None:
    x, y = rows()
    X = da.from_array(x, chunks=90)
    ours = IsotonicRegression().fit(X, da.from_array(y, chunks=90))
    found = ours.set_output(transform="pandas").transform(X).compute()
    assert list(found.columns) == ["isotonicregression0"]
    np.testing.assert_allclose(found.to_numpy()[:, 0], ours.to_sklearn().predict(x))


def test_files(tmp_path: Path) -> None:
    x, y = rows()
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"x": x, "y": y}).to_parquet(path)
    ours = IsotonicRegression().fit(path, y="y")
    assert ours.score(path, y="y") == pytest.approx(ours.to_sklearn().score(x, y), rel=1e-12)


def test_several_features_are_refused_in_scikit_learns_words() -> None:
    with pytest.raises(ValueError, match="1d array or 2d array with 1 feature"):
        IsotonicRegression().fit(da.ones((10, 2), chunks=5), da.ones(10, chunks=5))
