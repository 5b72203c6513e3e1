"""Who is trained for how long, without data."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdask.model_selection.incremental.decisions import (
    Decision,
    best_of,
    has_levelled_off,
    hyperband_brackets,
    inverse_decay,
    successive_halving,
    train_all,
)


def rounds_of(decision: Decision) -> list[tuple[int, int]]:
    """How many models are trained to how many calls, the later ones being better."""
    found, targets = [], next(decision)
    while True:
        (calls,) = set(targets.values())
        found.append((len(targets), calls))
        try:
            targets = decision.send({model: float(model) for model in targets})
        except StopIteration:
            return found


def test_the_papers_example() -> None:
    # table 1 of the paper: R = 81, eta = 3
    expected = [
        [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
        [(34, 3), (11, 9), (3, 27), (1, 81)],
        [(15, 9), (5, 27), (1, 81)],
        [(8, 27), (2, 81)],
        [(5, 81)],
    ]
    brackets = hyperband_brackets(81, 3)
    assert [each.bracket for each in brackets] == [4, 3, 2, 1, 0]
    found = [
        rounds_of(successive_halving(range(each.n_models), each.calls, 3, 81)) for each in brackets
    ]
    assert found == expected


@given(max_iter=st.integers(1, 500), aggressiveness=st.sampled_from([2, 3, 4, 5]))
def test_brackets(max_iter: int, aggressiveness: int) -> None:
    brackets = hyperband_brackets(max_iter, aggressiveness)
    assert brackets[-1].calls == max_iter
    assert all(each.calls >= 1 for each in brackets)
    for each in brackets:
        rounds = rounds_of(
            successive_halving(range(each.n_models), each.calls, aggressiveness, max_iter)
        )
        assert len(rounds) == each.bracket + 1
        assert rounds[-1][1] <= max_iter < aggressiveness * rounds[-1][1] * 2


def test_halving_goes_on_until_one_is_left() -> None:
    assert rounds_of(successive_halving(range(9), 2, 3)) == [(9, 2), (3, 6), (1, 18)]
    assert rounds_of(successive_halving(range(9), 2, 3, most=7)) == [(9, 2), (3, 6)]


def test_inverse_decay() -> None:
    rounds = rounds_of(inverse_decay(range(12), 1.0, 1, 100))
    assert rounds[0] == (12, 1)
    # after t calls 12 / (1 + t) go on
    assert rounds == [(12, 1), (4, 2), (3, 3), (2, 4), (1, 6)]
    assert rounds_of(inverse_decay(range(4), 0.1, 2, 6))[-1][1] == 6


def test_all_are_trained_to_the_end() -> None:
    assert rounds_of(train_all([4, 7], 3, 8)) == [(2, 3), (2, 6), (2, 8)]


def test_best() -> None:
    assert best_of({0: 0.5, 1: math.nan, 2: 0.5, 3: 0.4}, [0, 1, 2, 3], 2) == [0, 2]
    assert best_of({0: math.nan, 1: math.nan}, [0, 1], 1) == [0]


@pytest.mark.parametrize(
    ("scores", "level"),
    [
        ([0.1, 0.2, 0.3, 0.4], False),
        ([0.1, 0.4, 0.4, 0.4], True),
        ([0.1, 0.4, 0.3, 0.42], False),
        ([0.4, 0.4], False),
        ([0.4, 0.1, math.nan, 0.4], True),
    ],
)
def test_levelling_off(scores: list[float], level: bool) -> None:
    history = list(enumerate(scores, 1))
    assert has_levelled_off(history, patience=2, tol=0.01) is level
