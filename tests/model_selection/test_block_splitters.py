"""Splitters that hold nothing of the rows: their guarantees, and the same folds everywhere."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import model_selection as theirs
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

import skdask
from skdask import linear_model as ours
from skdask.exceptions import DataError
from skdask.model_selection import (
    BlockKFold,
    BlockShuffleSplit,
    GridSearchCV,
    HashedGroupKFold,
    HashedKFold,
    HashedShuffleSplit,
    HashedStratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from skdask.passes.fold_rules import RuleFolds
from skdask.passes.folds import LayeredFolds
from skdask.passes.hashing import hash_of_labels
from skdask.routes.splits import split_positions, split_rows

N_ROWS = 400
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N_ROWS, 3))
Y = X @ [1.0, -1.0, 0.5] + RANDOM.normal(size=N_ROWS)
CLASSES = np.array(["ant", "bee", "cow"])[RANDOM.choice(3, N_ROWS, p=[0.6, 0.3, 0.1])]
GROUPS = RANDOM.integers(0, 60, N_ROWS)

pytestmark = pytest.mark.filterwarnings("ignore:The groups parameter is ignored")

SPLITTERS = [
    BlockKFold(3, block_rows=25),
    BlockKFold(4, block_rows=7, shuffle=True, random_state=1),
    BlockShuffleSplit(3, block_rows=11, test_size=0.2, random_state=0),
    BlockShuffleSplit(2, block_rows=11, test_size=0.2, train_size=0.4, random_state=0),
    HashedKFold(3, random_state=2),
    HashedStratifiedKFold(3, random_state=2),
    HashedGroupKFold(3, random_state=2),
    HashedShuffleSplit(3, test_size=0.25, random_state=4),
    HashedShuffleSplit(2, test_size=50, train_size=0.5, random_state=4),
    TimeSeriesSplit(3),
    TimeSeriesSplit(4, gap=5, max_train_size=90, test_size=40),
]


def lazy(values, chunks=70):
    return da.from_array(values, chunks=(chunks, *values.shape[1:]))


def opened(y=Y, rows=16):
    with skdask.config.set(block_bytes=8 * 3 * rows):
        return skdask.blocks.open(lazy(X), lazy(y, 130), groups=lazy(GROUPS, 90))


def cut_into_folds(folds, blocks):
    """Numbers of the rows that a pass meets in each fold."""
    met = {}
    for unit in range(len(blocks.units)):
        for block in blocks.read(unit):
            for fold, rows in folds.segments(block.numbered()):
                met.setdefault(fold, []).append(np.asarray(rows.numbers))
    return {fold: np.concatenate(parts) for fold, parts in met.items()}


@pytest.mark.parametrize("cv", SPLITTERS, ids=str)
@pytest.mark.parametrize("rows", [1, 16, 400])
def test_passes_meet_the_rows_that_split_gives(cv, rows):
    blocks = opened(CLASSES, rows)
    split = split_rows(cv, blocks, True, overlapping=True)
    met = cut_into_folds(split.folds, blocks)
    pairs = list(cv.split(X, CLASSES, GROUPS))
    assert split.n_splits == len(pairs) == cv.get_n_splits()
    for test, (train, expected) in zip(split.tests, pairs, strict=True):
        np.testing.assert_array_equal(np.sort(met[test]), expected)
        layer = split.folds.layer_of(test)
        rest = [met[fold] for fold in layer if fold != test and fold in met]
        np.testing.assert_array_equal(np.sort(np.concatenate(rest)), train)
        assert not set(train) & set(expected)
    assert not split.folds.is_held
    if isinstance(split.folds, LayeredFolds):
        assert set(met[0]) == set(range(N_ROWS))
    again = split_positions(cv, blocks, True)
    for (train, test), (own_train, own_test) in zip(pairs, again, strict=True):
        np.testing.assert_array_equal(train, own_train)
        np.testing.assert_array_equal(test, own_test)


@pytest.mark.parametrize("cv", SPLITTERS, ids=str)
def test_cross_validation_is_scikit_learns_on_the_same_folds(cv):
    model = make_pipeline(StandardScaler(), Ridge())
    expected = theirs.cross_validate(model, X, Y, cv=_for(cv, Y), groups=GROUPS)
    for share in (True, False):
        found = cross_validate(
            model, lazy(X), lazy(Y, 50), cv=_for(cv, Y), groups=lazy(GROUPS, 60), share=share
        )
        np.testing.assert_allclose(found["test_score"], expected["test_score"], rtol=1e-9)


def _for(cv, y):
    """A splitter for a target of numbers."""
    if isinstance(cv, HashedStratifiedKFold):
        return HashedKFold(cv.n_splits, random_state=cv.random_state)
    return cv


@pytest.mark.parametrize(
    "cv", [SPLITTERS[1], SPLITTERS[5], SPLITTERS[6], SPLITTERS[7], SPLITTERS[10]], ids=str
)
def test_searches_and_curves(cv):
    model = LogisticRegression(tol=1e-10, max_iter=500)
    grid = {"C": [0.1, 1.0]}
    given = lazy(X), lazy(CLASSES, 50)
    search = GridSearchCV(model, grid, cv=cv).fit(*given, groups=lazy(GROUPS))
    expected = theirs.GridSearchCV(model, grid, cv=cv).fit(X, CLASSES, groups=GROUPS)
    for name in ("mean_test_score", "split1_test_score"):
        np.testing.assert_allclose(search.cv_results_[name], expected.cv_results_[name], rtol=1e-9)
    if isinstance(cv, HashedStratifiedKFold):
        return
    options = {"cv": cv, "train_sizes": [0.5, 1.0]}
    found = learning_curve(Ridge(), lazy(X), lazy(Y), groups=lazy(GROUPS), **options)
    of_theirs = theirs.learning_curve(Ridge(), X, Y, groups=GROUPS, **options)
    np.testing.assert_array_equal(found[0], of_theirs[0])
    np.testing.assert_allclose(found[2], of_theirs[2], rtol=1e-9)


@pytest.mark.parametrize("cv", [SPLITTERS[0], SPLITTERS[5], SPLITTERS[6]], ids=str)
def test_predictions_indices_and_fits_in_memory(cv):
    y = CLASSES if isinstance(cv, HashedStratifiedKFold) else Y
    model = LogisticRegression() if y is CLASSES else Ridge()
    options = {"cv": cv}
    found = cross_val_predict(model, lazy(X), lazy(y), groups=lazy(GROUPS), **options).compute()
    expected = theirs.cross_val_predict(model, X, y, groups=GROUPS, **options)
    if y is CLASSES:
        assert (found == expected).mean() > 0.99
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    result = cross_validate(
        model, lazy(X), lazy(y), groups=lazy(GROUPS), return_indices=True, **options
    )
    for one, (_, other) in zip(result["indices"]["test"], cv.split(X, y, GROUPS), strict=True):
        np.testing.assert_array_equal(one, other)
    if y is not CLASSES:
        tree = DecisionTreeRegressor(max_depth=3, random_state=0)
        result = cross_validate(tree, lazy(X), lazy(y), groups=lazy(GROUPS), **options)
        expected = theirs.cross_validate(tree, X, y, groups=GROUPS, **options)
        np.testing.assert_allclose(result["test_score"], expected["test_score"], rtol=1e-9)


def test_an_estimator_that_validates_within_its_fit():
    cv = HashedKFold(4, random_state=0)
    model = ours.LassoCV(cv=cv).fit(lazy(X), lazy(Y))
    expected = clone(model).fit(X, Y)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-7)


sizes = st.integers(500, 3000)
seeds = st.integers(0, 2**31 - 1)


@settings(deadline=None, max_examples=25)
@given(sizes, st.integers(2, 7), st.integers(1, 50), seeds, st.booleans())
def test_sizes_of_folds_of_stretches(n_rows, n_splits, block_rows, seed, shuffle):
    cv = BlockKFold(
        n_splits, block_rows=block_rows, shuffle=shuffle, random_state=seed if shuffle else None
    )
    tests = [test for _, test in cv.split(np.empty((n_rows, 1)))]
    counts = [len(test) for test in tests]
    assert max(counts) - min(counts) <= block_rows
    np.testing.assert_array_equal(np.sort(np.concatenate(tests)), np.arange(n_rows))
    for test in tests:  # rows of a stretch stay together
        stretches, own = np.unique(test // block_rows, return_counts=True)
        whole = stretches < n_rows // block_rows
        assert (own[whole] == block_rows).all()


@settings(deadline=None, max_examples=25)
@given(sizes, st.floats(0.1, 0.8), st.integers(1, 20), seeds)
def test_sizes_of_drawn_stretches(n_rows, test_size, block_rows, seed):
    cv = BlockShuffleSplit(2, block_rows=block_rows, test_size=test_size, random_state=seed)
    for train, test in cv.split(np.empty((n_rows, 1))):
        assert abs(len(test) - test_size * n_rows) <= 2 * block_rows
        assert len(train) + len(test) == n_rows


@settings(deadline=None, max_examples=25)
@given(sizes, st.integers(2, 7), seeds)
def test_sizes_of_hashed_folds(n_rows, n_splits, seed):
    y = np.arange(n_rows) % 3
    for _, test in HashedKFold(n_splits, random_state=seed).split(y):
        # six standard deviations
        assert abs(len(test) - n_rows / n_splits) < 6 * np.sqrt(n_rows / n_splits)
        counts = np.bincount(y[test], minlength=3)
        expected = n_rows / n_splits / 3
        assert (abs(counts - expected) < 6 * np.sqrt(expected) + 1).all()
    for train, test in HashedShuffleSplit(2, test_size=0.3, random_state=seed).split(y):
        assert abs(len(test) - 0.3 * n_rows) < 6 * np.sqrt(0.3 * n_rows)
        assert len(train) + len(test) == n_rows


@settings(deadline=None, max_examples=25)
@given(sizes, st.integers(2, 7), seeds, st.integers(2, 5))
def test_classes_are_shared_evenly(n_rows, n_splits, seed, n_classes):
    y = np.random.default_rng(seed).integers(0, n_classes, n_rows) ** 2
    cv = HashedStratifiedKFold(n_splits, random_state=seed)
    tests = [test for _, test in cv.split(y, y)]
    counts = np.array([np.bincount(y[test], minlength=y.max() + 1) for test in tests])
    assert (counts.max(axis=0) - counts.min(axis=0) <= 1).all()
    np.testing.assert_array_equal(np.sort(np.concatenate(tests)), np.arange(n_rows))


@settings(deadline=None, max_examples=25)
@given(sizes, st.integers(2, 4), seeds)
def test_groups_are_never_divided(n_rows, n_splits, seed):
    groups = np.random.default_rng(seed).integers(0, 200, n_rows)
    names = np.array([f"g{group}" for group in groups], dtype=object)
    for own in (groups, groups.astype(np.float32), names):
        for train, test in HashedGroupKFold(n_splits, random_state=seed).split(own, groups=own):
            assert not set(own[train]) & set(own[test])


def test_random_states():
    rows = np.empty((N_ROWS, 1))

    def tests(cv):
        return [test.tolist() for _, test in cv.split(rows)]

    for kind in (HashedKFold, HashedShuffleSplit):
        assert tests(kind(3, random_state=0)) == tests(kind(3, random_state=0))
        assert tests(kind(3, random_state=0)) != tests(kind(3, random_state=1))
        assert tests(kind(3)) != tests(kind(3))
        one, other = tests(HashedShuffleSplit(2, random_state=0))
        assert one != other
    drawing = HashedKFold(3, random_state=np.random.RandomState(0))
    assert tests(drawing) != tests(drawing)
    assert repr(HashedKFold(3, random_state=1)) == "HashedKFold(n_splits=3, random_state=1)"
    assert "block_rows=10000" in repr(BlockShuffleSplit())
    # a row keeps its fold when rows are added after it
    fewer = HashedKFold(3, random_state=0).split(rows[:300])
    for (_, test), (_, more) in zip(fewer, HashedKFold(3, random_state=0).split(rows), strict=True):
        assert test.tolist() == more[more < 300].tolist()


def test_groups_are_hashed_by_value():
    whole = hash_of_labels(np.array([3, 70]))
    assert (whole == hash_of_labels(np.array([3.0, 70.0], np.float32))).all()
    assert (whole == hash_of_labels(np.array([3, 70], dtype=object))).all()
    mixed = hash_of_labels(np.array([3.0, 70.0, 0.5]))
    assert (mixed[:2] == whole).all()
    words = hash_of_labels(np.array(["a", "bee"]))
    assert (words == hash_of_labels(np.array(["a", "bee"], dtype=object))).all()
    with pytest.raises(ValueError, match="NaN"):
        hash_of_labels(np.array([1.0, np.nan]))


def test_what_cannot_be_split():
    with pytest.raises(ValueError, match="'groups' parameter"):
        split_rows(HashedGroupKFold(3), skdask.blocks.open(lazy(X), lazy(Y)), False)
    with pytest.raises(ValueError, match="'groups' parameter"):
        next(HashedGroupKFold(3).split(X))
    with pytest.raises(ValueError, match="continuous"):
        next(HashedStratifiedKFold(3).split(X, Y))
    with pytest.raises(ValueError, match="continuous"):
        split_rows(HashedStratifiedKFold(3), opened(), True)
    with pytest.raises(DataError, match="empty"):
        split_rows(BlockKFold(3), opened(), False)
    with pytest.raises(DataError, match="empty"):
        next(BlockKFold(3).split(X))
    with pytest.raises(ValueError, match="block_rows"):
        BlockKFold(3, block_rows=0)
    with pytest.raises(ValueError, match="test_size=0"):
        next(HashedShuffleSplit(2, test_size=0).split(X))
    with pytest.raises(ValueError, match="greater than the number of members"):
        split_rows(HashedStratifiedKFold(399), opened(CLASSES), True)
    for cv in (TimeSeriesSplit(500), TimeSeriesSplit(3, test_size=140)):
        with pytest.raises(ValueError, match=r"for number of samples|greater than the number"):
            next(cv.split(X))
        with pytest.raises(ValueError, match=r"for number of samples|greater than the number"):
            split_rows(cv, opened(), False, overlapping=True)


def test_no_memory_is_needed_a_row():
    many = da.ones((10**6, 1), chunks=10**5)
    for cv in (BlockKFold(3), HashedKFold(3, random_state=0), BlockShuffleSplit(2, random_state=0)):
        with skdask.config.set(memory_limit=16_000_000):
            blocks = skdask.blocks.open(many)
            split = split_rows(cv, blocks, False, overlapping=True)
        parts = split.folds.parts[1:] if isinstance(split.folds, LayeredFolds) else [split.folds]
        assert all(isinstance(part, RuleFolds) for part in parts)
