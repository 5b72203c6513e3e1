"""Folds on blocks are scikit-learn's folds on the same rows."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import model_selection
from sklearn.model_selection import GroupKFold, KFold, RepeatedKFold, StratifiedKFold

import skdask
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.routes.splits import fold_indices, split_rows


def folds_of(cv, y, classifier=False, groups=None):
    blocks = skdask.blocks.open(np.ones((len(y), 1)), np.asarray(y), groups=groups)
    split = split_rows(cv, blocks, classifier)
    return [test for _, test in fold_indices(split, len(y))]


@settings(max_examples=60, deadline=None)
@given(
    labels=st.lists(st.sampled_from(["b", "a", "d", "c"]), min_size=20, max_size=120),
    n_folds=st.integers(2, 7),
)
@pytest.mark.filterwarnings("ignore:The least populated class")
def test_stratified_folds(labels, n_folds):
    y = np.array(labels)
    try:
        expected = [test for _, test in StratifiedKFold(n_folds).split(y, y)]
    except ValueError as error:
        with pytest.raises(DataError, match=str(error).split("(")[0][:40]):
            folds_of(StratifiedKFold(n_folds), y)
        return
    for found, test in zip(folds_of(n_folds, y, classifier=True), expected, strict=True):
        np.testing.assert_array_equal(found, test)


@settings(max_examples=60, deadline=None)
@given(n_rows=st.integers(2, 300), n_folds=st.integers(2, 20))
def test_even_folds(n_rows, n_folds):
    y = np.arange(n_rows)
    if n_folds > n_rows:
        with pytest.raises(DataError, match="greater than the number of samples"):
            folds_of(n_folds, y)
        return
    expected = KFold(n_folds).split(y)
    for found, (_, test) in zip(folds_of(n_folds, y), expected, strict=True):
        np.testing.assert_array_equal(found, test)


@pytest.mark.parametrize(
    "cv",
    [
        KFold(5, shuffle=True, random_state=1),
        StratifiedKFold(3, shuffle=True, random_state=1),
        GroupKFold(4),
    ],
    ids=repr,
)
def test_numbered_folds(cv):
    random = np.random.default_rng(0)
    y, groups = random.integers(0, 3, 200), random.integers(0, 9, 200)
    expected = [test for _, test in cv.split(y, y, groups)]
    for found, test in zip(folds_of(cv, y, groups=groups), expected, strict=True):
        np.testing.assert_array_equal(found, test)


def test_pairs_of_indices():
    y = np.arange(10)
    pairs = [(np.arange(5, 10), np.arange(5)), (np.arange(5), np.arange(5, 10))]
    assert [test.tolist() for test in folds_of(pairs, y)] == [test.tolist() for _, test in pairs]


@pytest.mark.parametrize("cv", [RepeatedKFold(n_splits=2, n_repeats=2), [([0, 1], [2])]], ids=repr)
def test_folds_that_are_no_partition_are_refused(cv):
    with pytest.raises(UnsupportedError, match="exactly one test set"):
        folds_of(cv, np.arange(6))


def test_shuffling_more_rows_than_memory_is_refused():
    blocks = skdask.blocks.open(np.ones((100_000, 1)), np.ones(100_000))
    with (
        skdask.config.set(memory_limit="2MiB"),
        pytest.raises(MemoryBudgetError, match="without shuffling"),
    ):
        split_rows(KFold(3, shuffle=True), blocks, False)


def test_rare_classes_warn_as_scikit_learn():
    with pytest.warns(UserWarning, match="least populated class in y has only 2 members"):
        folds_of(3, ["a"] * 6 + ["b"] * 2, classifier=True)


def test_public_splitters_take_dask_input():
    X, y = da.ones((40, 2), chunks=10), da.from_array(np.arange(40) % 2, chunks=10)
    for splitter in (skdask.model_selection.KFold(4), skdask.model_selection.StratifiedKFold(4)):
        plain = getattr(model_selection, type(splitter).__name__)(4)
        expected = plain.split(X.compute(), y.compute())
        for (_, found), (_, test) in zip(splitter.split(X, y), expected, strict=True):
            np.testing.assert_array_equal(found, test)
