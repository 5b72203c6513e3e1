"""What is known answers requests without the data."""

from __future__ import annotations

import numpy as np
import pytest

from skdask.passes import Knowledge, Request, RowSet
from skdask.rows import Rows
from skdask.statistics import ColumnMoments, Extremes, Factor, Moments

random = np.random.default_rng(0)
FOLDS = [random.normal(size=(n, 3)) for n in (10, 0, 25, 7)]
FOLDS[2] = FOLDS[2] * 1e6 + 1e8


def knowing(statistic, with_target=False):
    knowledge = Knowledge(3, len(FOLDS))
    parts = [
        statistic.update(statistic.zero(), Rows(len(X), X, X[:, 0] + 1.0 if with_target else None))
        for X in FOLDS
    ]
    knowledge.learn(statistic, parts)
    return knowledge


def rows_of(rows):
    return np.vstack([X for fold, X in enumerate(FOLDS) if rows.includes(fold)])


@pytest.mark.parametrize(
    "rows", [RowSet(), RowSet(0), RowSet(0, True), RowSet(2, True), RowSet(1, True)], ids=str
)
def test_folds_and_what_is_left_of_them(rows):
    knowledge = knowing(Moments())
    request = Request(Moments(), rows)
    assert knowledge.covers(request)
    X = rows_of(rows)
    found = knowledge.answer(request)
    np.testing.assert_allclose(found.mean, X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.scatter / len(X), np.cov(X.T, bias=True), rtol=1e-10)
    assert knowledge.answer(request) is found


def test_layers_are_merged_apart():
    knowledge = Knowledge(3, len(FOLDS), (range(2), range(2, 4)))
    parts = [Moments().update(Moments().zero(), Rows(len(X), X)) for X in FOLDS]
    knowledge.learn(Moments(), parts)
    for rows, alone in ((RowSet(), 0), (RowSet(1, True), 0), (RowSet(2, True), 3)):
        found = knowledge.answer(Request(Moments(), rows))
        np.testing.assert_allclose(found.mean, FOLDS[alone].mean(axis=0), rtol=1e-12)


def test_derivation():
    knowledge = knowing(Moments(True), with_target=True)
    for statistic in (Moments(), ColumnMoments()):
        for rows in (RowSet(), RowSet(2, rest=True), RowSet(0)):
            request = Request(statistic, rows)
            assert knowledge.covers(request)
            np.testing.assert_allclose(
                knowledge.answer(request).mean, rows_of(rows).mean(axis=0), rtol=1e-12
            )


@pytest.mark.parametrize(
    "statistic",
    [Extremes(), Factor(), Moments(weighted=True), ColumnMoments(weighted=True)],
    ids=str,
)
def test_other_things_are_not_known(statistic):
    knowledge = knowing(Moments(True), with_target=True)
    assert not knowledge.covers(Request(statistic))
    with pytest.raises(KeyError, match="nothing is known"):
        knowledge.answer(Request(statistic))


def test_held_bytes():
    assert Knowledge(3, 1).held_bytes(3) == 0
    assert knowing(Moments()).held_bytes(3) == 12 * Moments().state_bytes(3)
