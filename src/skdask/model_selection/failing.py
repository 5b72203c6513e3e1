"""Candidates that cannot be fitted at all: they are scored as failures, the others searched.

A parameter that scikit-learn refuses is found before anything is read, for all candidates
together; only then is each looked at by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from traceback import format_exc
from typing import Any

from skdask._sklearn import settle_failures
from skdask.exceptions import SkdaskError
from skdask.model_selection.evaluate import Evaluation, Question

Outcome = dict[str, Any]


def failing(question: Question) -> dict[int, str]:
    """Tracebacks of the candidates that are refused, by their numbers."""
    try:
        question.compiled()
    except SkdaskError:
        raise
    except (ValueError, TypeError):
        found = {}
        for number, candidate in enumerate(question.candidates):
            try:
                replace(question, candidates=[candidate]).compiled()
            except SkdaskError:
                continue
            except (ValueError, TypeError):
                found[number] = format_exc()
        return found
    return {}


def with_failures(
    outcomes: Sequence[Outcome], failures: dict[int, str], n_folds: int, error_score: Any
) -> list[Outcome]:
    """Outcomes of all candidates, from those that were searched; warns of the others."""
    found = iter(outcomes)
    scores: Any = error_score
    first = outcomes[0]
    if isinstance(first["test_scores"], dict):
        scores = dict.fromkeys(first["test_scores"], error_score)
    parts: Outcome = {name: scores for name in ("test_scores", "train_scores") if name in first}
    every: list[Outcome] = []
    for number in range(len(outcomes) // n_folds + len(failures)):
        for _ in range(n_folds):
            failed = failures.get(number)
            if failed is None:
                every.append({"fit_error": None, **next(found)})
                continue
            every.append({"fit_error": failed, "fit_time": 0.0, "score_time": 0.0, **parts})
    settle_failures(every, None, error_score)
    return every


def renumbered(found: Evaluation, failures: dict[int, str]) -> Evaluation:
    """An evaluation whose candidates have the numbers that they have among all."""
    count = len(next(iter(found.scores.test.values()))) + len(failures)
    numbers = [number for number in range(count) if number not in failures]
    iterated = {numbers[own]: each for own, each in found.scores.iterated.items()}
    return replace(found, scores=replace(found.scores, iterated=iterated))
