"""Every splitter of scikit-learn's as cv: its folds, its scores, in the passes of one fit."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from sklearn import model_selection as theirs
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePGroupsOut,
    LeavePOut,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdask
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.model_selection import GridSearchCV, cross_validate
from skdask.routes.splits import fold_indices, split_rows

N_ROWS = 120
RANDOM = np.random.default_rng(0)
GROUPS = RANDOM.integers(0, 6, N_ROWS) * 10
X = RANDOM.normal(size=(N_ROWS, 4)) + [0, 5, 0, -3]
Y = X @ [1.0, -2.0, 0.0, 0.5] + RANDOM.normal(size=N_ROWS)
CLASSES = np.where(np.median(Y) < Y, "yes", "no")

SPLITTERS = [
    KFold(4),
    KFold(4, shuffle=True, random_state=0),
    StratifiedKFold(4),
    StratifiedKFold(3, shuffle=True, random_state=0),
    GroupKFold(3),
    StratifiedGroupKFold(3),
    RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
    RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
    ShuffleSplit(4, test_size=0.3, random_state=0),
    ShuffleSplit(3, test_size=0.2, train_size=0.5, random_state=0),
    StratifiedShuffleSplit(3, test_size=0.25, random_state=0),
    GroupShuffleSplit(3, test_size=0.4, random_state=0),
    TimeSeriesSplit(4),
    TimeSeriesSplit(3, gap=2, test_size=10, max_train_size=40),
    PredefinedSplit(np.arange(N_ROWS) % 4 - 1),
    LeaveOneGroupOut(),
    LeavePGroupsOut(2),
    LeaveOneOut(),
]
GROUPED = (
    GroupKFold,
    StratifiedGroupKFold,
    GroupShuffleSplit,
    LeaveOneGroupOut,
    LeavePGroupsOut,
)


def groups_for(splitter):
    return GROUPS if isinstance(splitter, GROUPED) else None


@pytest.mark.parametrize("splitter", SPLITTERS, ids=repr)
def test_sets_are_scikit_learns(splitter):
    groups = groups_for(splitter)
    blocks = skdask.blocks.open(X, CLASSES, groups=groups)
    split = split_rows(splitter, blocks, True, overlapping=True)
    expected = list(splitter.split(X, CLASSES, groups))
    found = list(fold_indices(split, N_ROWS))
    assert split.n_splits == len(expected) == len(found)
    for ours, other in zip(found, expected, strict=True):
        for one, two in zip(ours, other, strict=True):
            np.testing.assert_array_equal(one, np.sort(two))


@pytest.mark.parametrize(
    "splitter", [s for s in SPLITTERS if not isinstance(s, LeaveOneOut)], ids=repr
)
def test_scores_are_scikit_learns(splitter):
    groups = groups_for(splitter)
    models = [
        (make_pipeline(StandardScaler(), Ridge(3.0)), CLASSES == "yes", 1e-9),
        (LogisticRegression(C=0.3, tol=1e-9, max_iter=1000), CLASSES, 1e-5),
    ]
    for model, y, tol in models:
        y = y.astype(float) if y.dtype == bool else y
        ours = cross_validate(
            model,
            da.from_array(X, chunks=(35, 4)),
            da.from_array(y, chunks=35),
            groups=groups,
            cv=splitter,
            scoring=None if y.dtype.kind == "f" else "neg_log_loss",
            return_train_score=True,
            return_indices=True,
        )
        expected = theirs.cross_validate(
            clone(model),
            X,
            y,
            groups=groups,
            cv=splitter,
            scoring=None if y.dtype.kind == "f" else "neg_log_loss",
            return_train_score=True,
        )
        for key in ("test_score", "train_score"):
            np.testing.assert_allclose(ours[key], expected[key], rtol=tol, atol=tol)
        assert len(ours["indices"]["test"]) == len(ours["test_score"])


def test_leave_one_out_of_a_regression():
    model = Ridge(1.0)
    ours = cross_validate(
        model,
        da.from_array(X, chunks=(50, 4)),
        da.from_array(Y, chunks=50),
        cv=LeaveOneOut(),
        scoring="neg_mean_squared_error",
    )
    expected = theirs.cross_validate(
        model, X, Y, cv=LeaveOneOut(), scoring="neg_mean_squared_error"
    )
    np.testing.assert_allclose(ours["test_score"], expected["test_score"], rtol=1e-8)


def test_pairs_left_out():
    rows = slice(12)
    blocks = skdask.blocks.open(X[rows], Y[rows])
    split = split_rows(LeavePOut(2), blocks, False, overlapping=True)
    expected = list(LeavePOut(2).split(X[rows]))
    assert split.n_splits == len(expected) == 66
    found = sorted(tuple(test) for _, test in fold_indices(split, 12))
    assert found == sorted(tuple(test) for _, test in expected)
    ours = cross_validate(Ridge(), da.from_array(X[rows], chunks=(5, 4)), Y[rows], cv=LeavePOut(2))
    scores = theirs.cross_validate(Ridge(), X[rows], Y[rows], cv=LeavePOut(2))
    np.testing.assert_allclose(ours["test_score"], scores["test_score"], rtol=1e-8)


@pytest.mark.parametrize(
    "splitter",
    [ShuffleSplit(5, train_size=0.5, random_state=1), RepeatedKFold(n_repeats=3, random_state=1)],
    ids=repr,
)
def test_searches_over_layers_share_one_pass(splitter):
    pipeline, grid = make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 10.0]}
    ours = GridSearchCV(pipeline, grid, cv=splitter).fit(
        da.from_array(X, chunks=(35, 4)), da.from_array(Y, chunks=35)
    )
    expected = theirs.GridSearchCV(pipeline, grid, cv=splitter).fit(X, Y)
    assert ours.fit_report_.passes == 1
    assert ours.n_splits_ == expected.n_splits_
    for key in ("split4_test_score", "mean_test_score", "std_test_score"):
        np.testing.assert_allclose(ours.cv_results_[key], expected.cv_results_[key], rtol=1e-9)
    # of all rows, of which the random splits leave some out
    np.testing.assert_allclose(
        ours.best_estimator_[-1].coef_, expected.best_estimator_[-1].coef_, rtol=1e-9
    )
    plain = GridSearchCV(pipeline, grid, cv=splitter, share=False).fit(
        da.from_array(X, chunks=(35, 4)), da.from_array(Y, chunks=35)
    )
    np.testing.assert_allclose(
        plain.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"], rtol=1e-9
    )


def test_masks_and_pairs_of_rows():
    test = np.arange(N_ROWS) % 3 == 0
    pairs = [(~test, test), (np.arange(0, 40), np.arange(40, 60))]
    blocks = skdask.blocks.open(X, Y)
    found = list(fold_indices(split_rows(pairs, blocks, False, overlapping=True), N_ROWS))
    np.testing.assert_array_equal(found[0][1], np.flatnonzero(test))
    np.testing.assert_array_equal(found[1][0], np.arange(40))


def test_rows_that_count_twice_are_no_group_by():
    blocks = skdask.blocks.open(X, Y)
    with pytest.raises(UnsupportedError, match="in both sets, or twice in one"):
        split_rows([([0, 0, 1], [2])], blocks, False, overlapping=True)


def test_layers_count_against_the_limit():
    blocks = skdask.blocks.open(np.ones((50_000, 1)), np.ones(50_000))
    with skdask.config.set(memory_limit="3MiB"), pytest.raises(MemoryBudgetError, match="to split"):
        split_rows(ShuffleSplit(500, random_state=0), blocks, False, overlapping=True)
