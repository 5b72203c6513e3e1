"""Who is trained for how long: generators that yield targets and are sent scores.

A target is how many calls of `partial_fit` a model is to have made, from its first one on. No data
and no models here, so that a decision can be replayed from the scores alone.

Hyperband is successive halving with several numbers of first calls, side by side: Li, Jamieson,
DeSalvo, Rostamizadeh and Talwalkar, "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
Optimization", JMLR 18 (2018), algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

Targets = dict[int, int]
Scores = dict[int, float]
Decision = Generator[Targets, Scores, None]


def train_all(models: Sequence[int], step: int, most: int) -> Decision:
    """Every model to the end, scored after so many calls each time."""
    calls = 0
    while calls < most:
        calls = min(calls + step, most)
        yield dict.fromkeys(models, calls)


def inverse_decay(models: Sequence[int], rate: float, step: int, most: int) -> Decision:
    """After t calls the best n / (1 + t)^rate of n models go on, until one is left."""

    def kept(calls: int) -> int:
        return max(1, int(len(models) / (1 + calls) ** rate))

    calls, going_on = 1, list(models)
    while True:
        scores = yield dict.fromkeys(going_on, calls)
        if len(going_on) == 1 or calls >= most:
            return
        following = min(calls + step, most)
        while following < most and kept(following) == kept(calls):
            following += 1
        going_on = best_of(scores, going_on, kept(following))
        calls = following


def successive_halving(
    models: Sequence[int], calls: int, aggressiveness: float, most: int | None = None
) -> Decision:
    """The best 1 in `aggressiveness` go on for as many times longer."""
    rung, going_on = 0, list(models)
    while True:
        target = round(calls * aggressiveness**rung)
        if most is not None and target > most:
            return
        scores = yield dict.fromkeys(going_on, target)
        rung += 1
        # 1e-9: 9 / 3 ** 2 is one model, whatever it is in floating point
        count = math.floor(len(models) * aggressiveness**-rung + 1e-9)
        if count < 1:
            return
        going_on = best_of(scores, going_on, count)


@dataclass(frozen=True)
class Bracket:
    """One successive halving of Hyperband: how many models, and their first calls."""

    bracket: int
    n_models: int
    calls: int


def hyperband_brackets(max_iter: int, aggressiveness: float) -> list[Bracket]:
    """From many models and few calls to few models and all calls."""
    most = math.floor(math.log(max_iter, aggressiveness) + 1e-9)
    return [
        Bracket(
            s,
            math.ceil((most + 1) / (s + 1) * aggressiveness**s - 1e-9),
            int(max_iter / aggressiveness**s + 1e-9),
        )
        for s in range(most, -1, -1)
    ]


def best_of(scores: Scores, models: Iterable[int], count: int) -> list[int]:
    """The models with the best scores, the first of equal ones, in their order."""
    known = {model: _comparable(scores[model]) for model in models}
    best = sorted(known, key=lambda model: (-known[model], model))[:count]
    return sorted(best)


def _comparable(score: float) -> float:
    return -math.inf if math.isnan(score) else score


def has_levelled_off(history: Sequence[tuple[int, float]], patience: int, tol: float) -> bool:
    """Whether a model's last `patience` calls have not made its best score better by `tol`.

    Parameters
    ----------
    history : sequence of (calls, score)
    patience : int
    tol : float
    """
    last, _ = history[-1]
    before = [score for calls, score in history if calls <= last - patience]
    since = [score for calls, score in history if calls > last - patience]
    return bool(before) and max(map(_comparable, since)) < max(map(_comparable, before)) + tol
