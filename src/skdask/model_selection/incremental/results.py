"""What is left of a search over block-wise learning: `cv_results_`, the history, the best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from skdask._sklearn import masked_parameters
from skdask.model_selection.incremental.lesson import Model
from skdask.model_selection.incremental.rounds import Rounds

Results = dict[str, Any]


def results_of(
    models: dict[int, Model],
    candidates: list[dict[str, Any]],
    brackets: Sequence[int],
    rounds: Rounds,
    main: str,
) -> Results:
    """The table of all candidates; the metric that decided is there without its name too."""
    last = [rounds.history[number][-1] for number in models]
    found: Results = {"params": candidates}
    for key in last[0][1]:
        scores = np.array([each[key] for _, each in last])
        part, _, name = key.partition("_")
        found[f"mean_{key}"] = scores
        if part == "test":
            found[f"rank_{key}"] = rankdata(-comparable(scores), method="min").astype(np.int32)
        if f"test_{name}" == main:
            found[f"{part}_score"] = scores.copy()
    found["model_id"] = np.arange(len(candidates))
    found["partial_fit_calls"] = np.array([calls for calls, _ in last])
    for name in ("fit", "score"):
        seconds = [getattr(model, f"{name}_seconds") or [0.0] for model in models.values()]
        key = f"{'partial_' if name == 'fit' else ''}{name}_time"
        found[f"mean_{key}"] = np.array([np.mean(each) for each in seconds])
        found[f"std_{key}"] = np.array([np.std(each) for each in seconds])
    found["bracket"] = np.array(brackets)
    return found | masked_parameters(candidates)


def comparable(scores: Any) -> Any:
    """Scores of which none is NaN."""
    return np.where(np.isnan(scores), -np.inf, scores)


def history_of(
    candidates: list[dict[str, Any]], brackets: Sequence[int], rounds: Rounds, main: str
) -> list[dict[str, Any]]:
    """Every score in the order of time."""
    scores = {(n, calls): found for n, h in rounds.history.items() for calls, found in h}
    return [
        {
            "model_id": number,
            "params": candidates[number],
            "partial_fit_calls": calls,
            "score": scores[number, calls][main],
            **(scores[number, calls] if len(scores[number, calls]) > 1 else {}),
            "elapsed_wall_time": since,
            "bracket": brackets[number],
        }
        for number, calls, since in rounds.order
    ]
