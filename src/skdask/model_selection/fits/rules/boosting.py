"""Boosted models that differ in the number of rounds: each is a stage of the longest.

A round sees the rounds before it only, so the model of fewer rounds is the same model earlier on;
with early stopping too, as far as it is decided round by round from rows that are set aside
before the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)

from skdask._sklearn import boosting_stages
from skdask.model_selection.fits.rules.base import Rule


class BoostingRounds(Rule):
    """`n_estimators` of gradient boosting, `max_iter` of its histogram form."""

    parameters: ClassVar = {
        GradientBoostingClassifier: "n_estimators",
        GradientBoostingRegressor: "n_estimators",
        HistGradientBoostingClassifier: "max_iter",
        HistGradientBoostingRegressor: "max_iter",
    }

    def holds(self, estimator: Any) -> bool:
        return not estimator.warm_start

    def lead(self, values: Sequence[Any]) -> int:
        return max(values)

    def models(self, fitted: Any, values: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        wanted = defaultdict(list)
        rounds = _rounds(fitted)
        for position, value in enumerate(values):
            # one that was to go on for longer stopped early too
            wanted[min(value, rounds)].append(position)
        name = self.parameters[type(fitted)]
        for number, stage in enumerate(boosting_stages(fitted, X), 1):
            for position in wanted.get(number, ()):
                setattr(stage, name, values[position])
                yield position, stage
            if number == max(wanted):
                return


def _rounds(fitted: Any) -> int:
    return int(fitted.n_iter_ if hasattr(fitted, "n_iter_") else fitted.n_estimators_)
