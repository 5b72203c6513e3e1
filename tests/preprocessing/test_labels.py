"""Transformers of a target alone, on Dask collections."""

from __future__ import annotations

from typing import Any

import dask
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing

from skdask.exceptions import DataError, UnsupportedError
from skdask.preprocessing import (
    KernelCenterer,
    LabelBinarizer,
    LabelEncoder,
    MultiLabelBinarizer,
)

random = np.random.default_rng(0)
TARGETS = {
    "numbers": random.integers(-2, 3, 60),
    "two": random.integers(0, 2, 60) * 5,
    "reals": random.integers(0, 3, 60).astype(float),
    "truth": random.random(60) > 0.5,
    "words": random.choice(["low", "middle", "high"], 60),
    "one": np.ones(60, int),
}


def given(y: np.ndarray, form: str) -> Any:
    if form == "array":
        return da.from_array(y, chunks=13)
    series = dd.from_pandas(pd.Series(y, name="target"), npartitions=5)
    return series if form == "series" else series.to_frame()


@pytest.mark.parametrize("kind", list(TARGETS))
@pytest.mark.parametrize("form", ["array", "series", "frame"])
def test_label_encoder(kind: str, form: str) -> None:
    y = TARGETS[kind]
    ours, theirs = LabelEncoder(), preprocessing.LabelEncoder().fit(y)
    codes = ours.fit_transform(given(y, form))
    assert ours.fit_report_.passes == 1
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    if form == "array":
        assert ours.classes_.dtype == theirs.classes_.dtype
    np.testing.assert_array_equal(codes.compute(), theirs.transform(y))
    np.testing.assert_array_equal(ours.inverse_transform(codes).compute(), y)
    if kind == "truth":
        return  # every number is one
    new = np.array(["new"]) if kind == "words" else np.array([99])
    with pytest.raises(ValueError, match="previously unseen labels"):
        ours.transform(da.from_array(new)).compute()


@pytest.mark.parametrize("kind", list(TARGETS))
@pytest.mark.parametrize("form", ["array", "series"])
@pytest.mark.parametrize("thin", [False, True])
def test_label_binarizer(kind: str, form: str, thin: bool) -> None:
    y = TARGETS[kind]
    ours = LabelBinarizer(sparse_output=thin)
    theirs = preprocessing.LabelBinarizer(sparse_output=thin).fit(y)
    columns = ours.fit_transform(given(y, form))
    assert (ours.y_type_, ours.sparse_input_) == (theirs.y_type_, theirs.sparse_input_)
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    found, expected = columns.compute(), theirs.transform(y)
    if thin:
        found, expected = found.toarray(), expected.toarray()
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(ours.inverse_transform(columns).compute(), y)


def test_label_binarizer_of_indicators() -> None:
    Y = random.integers(0, 2, (60, 3))
    ours = LabelBinarizer().fit(da.from_array(Y, chunks=(13, 3)))
    theirs = preprocessing.LabelBinarizer().fit(Y)
    assert ours.y_type_ == theirs.y_type_ == "multilabel-indicator"
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    found = ours.transform(da.from_array(Y, chunks=(13, 3))).compute()
    np.testing.assert_array_equal(found, theirs.transform(Y))
    with pytest.raises(ValueError, match=r"(?i)multioutput"):
        LabelBinarizer().fit(da.from_array(Y * [1, 2, 3], chunks=(13, 3)))


@pytest.mark.parametrize("thin", [False, True])
def test_multi_label_binarizer(thin: bool) -> None:
    sets = [set(random.choice(list("abcd"), size).tolist()) for size in random.integers(0, 4, 40)]
    theirs = preprocessing.MultiLabelBinarizer(sparse_output=thin)
    expected = theirs.fit_transform(sets)
    objects = pd.Series([tuple(each) for each in sets], dtype=object)
    with dask.config.set({"dataframe.convert-string": False}):
        series = dd.from_pandas(objects, npartitions=3)
    with pytest.raises(DataError, match="convert-string"):
        MultiLabelBinarizer().fit(dd.from_pandas(objects, npartitions=3))
    for y in (db.from_sequence(sets, npartitions=3), series):
        ours = MultiLabelBinarizer(sparse_output=thin)
        found = ours.fit_transform(y).compute()
        assert ours.classes_.tolist() == theirs.classes_.tolist()
        if thin:
            np.testing.assert_array_equal(found.toarray(), expected.toarray())
        else:
            np.testing.assert_array_equal(found, expected)
    with pytest.raises(UnsupportedError, match="list of tuples"):
        ours.inverse_transform(da.from_array(np.ones((2, 4), int)))


def test_kernel_centerer() -> None:
    X = random.normal(size=(40, 3))
    K = X @ X.T
    lazy = da.from_array(K, chunks=(13, 17))
    ours, theirs = KernelCenterer().fit(lazy), preprocessing.KernelCenterer().fit(K)
    np.testing.assert_allclose(ours.K_fit_rows_, theirs.K_fit_rows_, atol=1e-12)
    np.testing.assert_allclose(ours.K_fit_all_, theirs.K_fit_all_, atol=1e-12)
    np.testing.assert_allclose(ours.transform(lazy).compute(), theirs.transform(K), atol=1e-12)
    with pytest.raises(ValueError, match="square matrix"):
        KernelCenterer().fit(lazy[:20])


def test_what_is_no_target() -> None:
    with pytest.raises(DataError, match="Bag"):
        LabelEncoder().fit(db.from_sequence([1, 2]))
