"""scikit-learn's deviances as problems of ours, and scores of models whose mean is not linear.

D^2 compares a model's deviance with that of the mean alone. The null model's deviance is a
function of the target's mean, which is not known before the pass; but a Tweedie loss is linear in
the target (least squares but for the scatter), so mean and scatter of the same pass are enough.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import metrics

from skdask.statistics import ResponseTotals, TweedieProblem


def problem_of(base_loss: Any, weighted: bool) -> TweedieProblem:
    """The problem of a loss of scikit-learn's generalised linear models."""
    name = type(base_loss).__name__
    power = {"HalfSquaredError": 0.0, "HalfPoissonLoss": 1.0, "HalfGammaLoss": 2.0}.get(name)
    if power is None:
        power = float(base_loss.closs.power)
    log_link = name not in ("HalfSquaredError", "HalfTweedieLossIdentity")
    return TweedieProblem(power, log_link, name, weighted)


def d2_score(problem: TweedieProblem, totals: ResponseTotals) -> float:
    """The share of the deviance that a model explains."""
    weight = totals.target.weight
    mean = np.array([[totals.target.mean]])
    predicted = np.log(mean) if problem.log_link else mean
    null = float(problem.loss([problem], predicted.copy(), mean[0])[0][0, 0])
    if problem.power == 0.0:
        null += 0.5 * totals.target.scatter / weight
    least = totals.least / weight
    return 1.0 - (totals.loss / weight - least) / (null - least)


def _mean_squared_error(totals: ResponseTotals) -> float:
    return totals.squares / totals.target.weight


def _r2(totals: ResponseTotals) -> float:
    return 1.0 - totals.squares / totals.target.scatter if totals.target.count > 1 else np.nan


# scikit-learn's metric functions that are functions of these totals
RESPONSE_METRICS: dict[Callable[..., float], Callable[[ResponseTotals], float]] = {
    metrics.r2_score: _r2,
    metrics.mean_squared_error: _mean_squared_error,
    metrics.root_mean_squared_error: lambda totals: float(np.sqrt(_mean_squared_error(totals))),
}
