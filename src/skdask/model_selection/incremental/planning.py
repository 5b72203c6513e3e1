"""The plan of a search over block-wise learning: its own decisions, made without data.

Scores are taken to be all equal, so models go on in the numbers that the search allows, and
nothing is learnt but how long one call of `partial_fit` takes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier

from skdask import config
from skdask.blocks import Blocks
from skdask.blocks.columns import plain_text
from skdask.model_selection.incremental.decisions import Targets
from skdask.model_selection.incremental.lesson import Model, Scores
from skdask.passes.blas import one_blas_thread
from skdask.routes.twins import to_sklearn
from skdask.rows import is_frame


@dataclass(frozen=True)
class Round:
    """Models that move on together.

    Attributes
    ----------
    n_models, first, last : int
        Their number, and the calls before and after.
    calls, scored : int
        Calls of all of them, and how many are scored then.
    """

    n_models: int
    first: int
    last: int
    calls: int
    scored: int

    def sentence(self) -> str:
        return (
            f"calls {self.first + 1} to {self.last} of {self.n_models:,} models, "
            f"{self.scored:,} of which are scored: {self.calls:,} visits in "
            f"{self.last - self.first:,} reads of a block"
        )


@dataclass
class OnPaper:
    """Trains nothing, and notes what would be trained."""

    models: dict[int, Model]
    main: str
    rounds: list[Round] = field(default_factory=list)

    def advance(self, stops: Targets) -> dict[int, Scores]:
        near = min(stops.values())
        lacking = [self.models[n] for n in stops if self.models[n].calls < near]
        first = min((model.calls for model in lacking), default=near)
        calls = sum(near - model.calls for model in lacking)
        for model in lacking:
            model.calls = near
        scored = [n for n, stop in stops.items() if stop == near]
        if lacking:
            self.rounds.append(Round(len(lacking), first, near, calls, len(scored)))
        return {n: {self.main: 0.0} for n in scored}


def seconds_of(rounds: list[Round], data: Blocks, estimator: Any) -> tuple[float | None, str]:
    """Predicted seconds, from one block that is read and learnt from; and how that was done."""
    threads = config.get().threads
    try:
        started = time.perf_counter()
        rows = next(iter(data.read(0))).rows
        block = replace(rows, X=plain_text(rows.X)) if is_frame(rows.X) else rows
        reading = time.perf_counter() - started
        learning, scoring = _measured(to_sklearn(clone(estimator)), block)
    except Exception as error:
        return None, f"as a call with the first block failed: {type(error).__name__}: {error}"
    total = 0.0
    for each in rounds:
        total += max((each.last - each.first) * reading, each.calls * learning / threads)
        total += each.scored * scoring / threads
    how = f"by a call with the first block ({learning * 1e3:.3g} ms) on {threads} threads"
    return total, how


def _measured(model: Any, block: Any) -> tuple[float, float]:
    given: dict[str, Any] = {}
    target = () if block.y is None else (block.y,)
    if is_classifier(model):
        given["classes"] = np.unique(block.y)
    with one_blas_thread():
        # the first call makes what the others find
        model.partial_fit(block.X, *target, **given)
        started = time.perf_counter()
        model.partial_fit(block.X, *target)
        learning = time.perf_counter() - started
        started = time.perf_counter()
        model.score(block.X, *target)
        return learning, time.perf_counter() - started
