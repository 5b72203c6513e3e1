"""SimpleImputer on blocks fills what scikit-learn fills."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import base
from sklearn import impute as theirs

from skdask.blocks.columns import plain_text
from skdask.exceptions import UnsupportedError
from skdask.impute import SimpleImputer
from skdask.routes.twins import to_sklearn

random = np.random.default_rng(0)
X = np.round(random.normal(size=(200, 4)) * 3)
X[random.random(X.shape) < 0.2] = np.nan
X[:, 3] = np.abs(X[:, 0])
X[:, 3][np.isnan(X[:, 3])] = 0.0


@pytest.mark.parametrize(
    "imputer",
    [
        SimpleImputer(),
        SimpleImputer(strategy="most_frequent"),
        SimpleImputer(strategy="median"),
        SimpleImputer(strategy="median", add_indicator=True),
        SimpleImputer(strategy="constant", fill_value=7.0),
        SimpleImputer(add_indicator=True),
        SimpleImputer(strategy="most_frequent", add_indicator=True),
    ],
    ids=repr,
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("named", [False, True])
def test_as_scikit_learn(imputer: Any, dtype: str, named: bool) -> None:
    rows: Any = X.astype(dtype)
    lazy: Any = da.from_array(rows, chunks=(30, 2))
    if named:
        rows = pd.DataFrame(rows, columns=list("abcd"))
        lazy = dd.from_pandas(rows, npartitions=5)
    ours = base.clone(imputer).fit(lazy)
    theirs = to_sklearn(base.clone(imputer)).fit(rows)
    assert ours.fit_report_.passes == 1
    tol = 1e-6 if dtype == "float32" else 1e-12
    assert ours.statistics_.dtype == theirs.statistics_.dtype
    found, expected = (one.statistics_.astype(float) for one in (ours, theirs))
    np.testing.assert_allclose(found, expected, rtol=tol)
    given = ours.transform(lazy).compute()
    assert given.dtype == theirs.transform(rows).dtype
    np.testing.assert_allclose(given, theirs.transform(rows), rtol=tol)


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
def test_text(strategy: str) -> None:
    frame = pd.DataFrame({"s": ["a", None, "b", "b", "a", "b"], "t": [None, "x"] * 3})
    lazy = dd.from_pandas(frame, npartitions=3)
    frame = plain_text(lazy.compute())
    ours = SimpleImputer(strategy=strategy).fit(lazy)
    theirs = to_sklearn(SimpleImputer(strategy=strategy)).fit(frame)
    assert ours.statistics_.tolist() == theirs.statistics_.tolist()
    given = ours.transform(lazy).compute()
    assert given.tolist() == theirs.transform(frame).tolist()


def test_a_column_without_values() -> None:
    rows = np.column_stack([X[:, :1], np.full(200, np.nan)])
    lazy = da.from_array(rows, chunks=(30, 2))
    with pytest.warns(UserWarning, match="Skipping features without any observed values"):
        ours = SimpleImputer().fit(lazy).transform(lazy).compute()
    assert ours.shape == (200, 1)
    kept = SimpleImputer(keep_empty_features=True).fit(lazy)
    assert kept.statistics_[1] == 0.0


def test_what_is_not_there() -> None:
    lazy = da.from_array(X, chunks=(30, 2))
    with pytest.raises(UnsupportedError, match="callable strategy"):
        SimpleImputer(strategy=np.nanmax).fit(lazy)
    with pytest.raises(UnsupportedError, match="missing_values=0"):
        SimpleImputer(missing_values=0).fit(lazy)


@pytest.mark.parametrize("strategy", ["mean", "median", "constant"])
def test_sparse_rows(strategy: str) -> None:
    rows = np.where(random.random(X.shape) < 0.5, X, 0.0)
    lazy = da.from_array(rows, chunks=(30, 4)).map_blocks(sparse.csr_array)
    ours = SimpleImputer(strategy=strategy).fit(lazy)
    theirs = to_sklearn(SimpleImputer(strategy=strategy)).fit(sparse.csr_array(rows))
    np.testing.assert_allclose(ours.statistics_, theirs.statistics_, rtol=1e-12)
    found, expected = ours.transform(lazy).compute(), theirs.transform(sparse.csr_array(rows))
    np.testing.assert_allclose(found.toarray(), expected.toarray(), rtol=1e-12)


def test_median_of_text_is_refused_with_the_column() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "s": ["x", "y"]})
    with pytest.raises(ValueError, match="'s'"):
        SimpleImputer(strategy="median").fit(dd.from_pandas(frame, npartitions=2))


def test_passes_of_the_median() -> None:
    rows = np.random.default_rng(1).normal(size=(50_000, 2))
    rows[::7, 0] = np.nan
    lazy = da.from_array(rows, chunks=(5000, 2))
    ours = SimpleImputer(strategy="median").fit(lazy)
    assert ours.fit_report_.passes == 2
    np.testing.assert_array_equal(ours.statistics_, np.nanmedian(rows, axis=0))


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
@pytest.mark.parametrize("dtype", ["object", "category"])
def test_columns_of_a_table_without_any_value_are_left_out(strategy: str, dtype: str) -> None:
    values = {"a": ["x", np.nan, "x", "y"], "b": [np.nan] * 4}
    frame = pd.DataFrame({name: pd.Series(part, dtype=dtype) for name, part in values.items()})
    found = SimpleImputer(strategy=strategy).fit_transform(as_partitions(frame))
    expected = theirs.SimpleImputer(strategy=strategy).fit_transform(frame)
    np.testing.assert_array_equal(found.compute(), expected)


def as_partitions(frame: pd.DataFrame) -> dd.DataFrame:
    # objects stay objects
    with dask.config.set({"dataframe.convert-string": False}):
        return dd.from_pandas(frame, npartitions=2)
