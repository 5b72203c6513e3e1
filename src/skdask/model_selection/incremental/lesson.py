"""What is done with one model: it learns from a block, and is scored.

The same on the threads of this process and on the workers of a cluster, to which a lesson and its
models are sent.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from inspect import signature
from traceback import format_exc
from typing import Any

from sklearn import config_context

from skdask._sklearn import score_fitted, scorer_names
from skdask.rows import Rows

# By "test_" or "train_" and the name of a metric
Scores = dict[str, float]


@dataclass
class Model:
    """An estimator and what it has done.

    Attributes
    ----------
    estimator : estimator with partial_fit
    calls : int
        Calls of `partial_fit` so far.
    fit_seconds, score_seconds : list of float
    failure : str
        The traceback of a call that failed, after which it learns no more.
    """

    estimator: Any
    calls: int = 0
    fit_seconds: list[float] = field(default_factory=list)
    score_seconds: list[float] = field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True)
class Lesson:
    """How models learn and are scored.

    Attributes
    ----------
    params : dict
        Given to every call of `partial_fit`.
    weighted : bool
        Whether `partial_fit` is given the weights of the rows.
    scorer : callable
        By one metric or by several.
    weighted_scores : bool
    error_score : "raise" or number
    settings : dict
        scikit-learn's.
    test, train : Rows or None
        Rows by which models are scored.
    """

    params: dict[str, Any]
    weighted: bool
    scorer: Any
    weighted_scores: bool
    error_score: Any
    settings: dict[str, Any]
    test: Rows
    train: Rows | None = None

    def learn(self, model: Model, block: Rows) -> None:
        """One call of `partial_fit`, with the training rows of a block."""
        started = time.perf_counter()
        if block.n_rows and not model.failure:
            target = () if block.y is None else (block.y,)
            accepted = signature(model.estimator.partial_fit).parameters
            given = {
                name: value
                for name, value in self.params.items()
                if name != "classes" or name in accepted
            }
            if self.weighted:
                given["sample_weight"] = block.sample_weight
            try:
                with config_context(**self.settings):
                    model.estimator.partial_fit(block.X, *target, **given)
            except Exception:
                if self.error_score == "raise":
                    raise
                model.failure = format_exc()
        model.calls += 1
        model.fit_seconds.append(time.perf_counter() - started)

    def score(self, model: Model) -> Scores:
        """The model's scores by all metrics."""
        started = time.perf_counter()
        found: Scores = {}
        for part, rows in (("test", self.test), ("train", self.train)):
            if rows is not None:
                found |= {f"{part}_{name}": s for name, s in self._scores_of(model, rows).items()}
        model.score_seconds.append(time.perf_counter() - started)
        return found

    def _scores_of(self, model: Model, rows: Rows) -> Scores:
        if model.failure:
            return dict.fromkeys(scorer_names(self.scorer) or ["score"], float(self.error_score))
        params = {"sample_weight": rows.sample_weight} if self.weighted_scores else {}
        with config_context(**self.settings):
            scores = score_fitted(
                model.estimator, rows.X, rows.y, self.scorer, params, self.error_score
            )
        if isinstance(scores, dict):
            return {name: float(score) for name, score in scores.items()}
        return {"score": float(scores)}
