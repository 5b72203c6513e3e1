"""The suites that ship fail where they should."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from skdask.rows import Rows
from skdask.statistics import MomentSummary, Statistic
from skdask.testing import assert_close, check_statistic_laws

ROWS = Rows(30, np.random.default_rng(0).normal(size=(30, 2)), sample_weight=np.ones(30))


@dataclass(frozen=True)
class Total(Statistic):
    """The sum of each column, right in every way."""

    weighted: bool = False

    def zero(self):
        return np.zeros(2)

    def update(self, state, rows):
        weight = rows.sample_weight if self.weighted else np.ones(rows.n_rows)
        return state + weight @ rows.X

    def merge(self, left, right):
        return left + right

    def value(self, state):
        return state

    def state_bytes(self, n_columns):
        return 8 * n_columns


class Mean(Total):
    """Means do not merge by adding."""

    def update(self, state, rows):
        return state + (rows.X.mean(axis=0) if rows.n_rows else 0.0)


class NotAssociative(Total):
    def merge(self, left, right):
        return left - right


class WithoutIdentity(Total):
    def zero(self):
        return np.ones(2)


class WritesToRows(Total):
    def update(self, state, rows):
        rows.X[:] *= 1.0
        return super().update(state, rows)


class WritesToStates(Total):
    def merge(self, left, right):
        left += right
        return left


class FusesWrongly(Total):
    @classmethod
    def update_many(cls, statistics, states, rows):
        return list(states)


class LargerThanSaid(Total):
    def state_bytes(self, n_columns):
        return 8


class DerivesWrongly(Total):
    def derivable_from(self):
        return (Total(),)

    def derive(self, source, state, n_features):
        return 2.0 * state


class IgnoresWeights(Total):
    def update(self, state, rows):
        return state + rows.X.sum(axis=0)


class ComparedByIdentity(Total):
    __eq__ = object.__eq__
    __hash__ = object.__hash__


@pytest.mark.parametrize("weighted", [False, True])
def test_a_right_one_passes(weighted):
    check_statistic_laws(Total(weighted), ROWS)
    check_statistic_laws(Total(weighted), ROWS, cuts=[0, 5, 5, 30], companions=[Total()])


@pytest.mark.parametrize(
    "statistic",
    [
        Mean(),
        NotAssociative(),
        WithoutIdentity(),
        WritesToRows(),
        WritesToStates(),
        FusesWrongly(),
        LargerThanSaid(),
        DerivesWrongly(),
        IgnoresWeights(weighted=True),
        ComparedByIdentity(),
    ],
    ids=lambda statistic: type(statistic).__name__,
)
def test_wrong_ones_do_not(statistic):
    with pytest.raises((AssertionError, ValueError)):
        check_statistic_laws(statistic, ROWS)


def test_closeness():
    assert_close((1.0, [np.array([1, 2])]), (1.0 + 1e-12, [np.array([1, 2])]))
    for found, expected in (
        (1.0, 1.0 + 1e-6),
        ((1.0,), (1.0, 1.0)),
        ([1.0], (1.0,)),
        (np.array([1, 2]), np.array([1, 3])),
        (np.ones(2), np.ones(3)),
        (np.nan, 1.0),
    ):
        with pytest.raises(AssertionError):
            assert_close(found, expected)
    assert_close(np.nan, np.nan)


def test_factors_are_compared_by_what_they_factor():
    factor = np.triu(np.arange(1.0, 5.0).reshape(2, 2))
    one, other = (MomentSummary(3, 3.0, np.ones(2), factor=sign * factor) for sign in (1, -1))
    assert_close(one, other)
    with pytest.raises(AssertionError):
        assert_close(one, MomentSummary(3, 3.0, np.ones(2), factor=2.0 * factor))
