"""AdaBoost models that differ in `n_estimators`: the shorter are the first rounds of the longest.

A round sees the rounds before it only, and draws from the random state after them. What each
round's estimator says of the rows is asked once; models of all lengths weigh the same answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any, ClassVar

from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor

from skdask._sklearn import adaptive_rows
from skdask.model_selection.fits.rules.base import Rule


class AdaptiveRounds(Rule):
    """`n_estimators` of AdaBoost."""

    parameters: ClassVar = {AdaBoostClassifier: "n_estimators", AdaBoostRegressor: "n_estimators"}

    def lead(self, values: Sequence[Any]) -> int:
        return max(values)

    def models(self, fitted: Any, values: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        rows = adaptive_rows(fitted, X)
        said = [_Says(estimator.predict(rows)) for estimator in fitted.estimators_]
        for position, value in enumerate(values):
            model = copy(fitted)
            model.n_estimators = value
            # one that was to go on for longer ended early too
            model.estimators_ = said[:value]
            model.estimator_weights_ = fitted.estimator_weights_[:value]
            model.estimator_errors_ = fitted.estimator_errors_[:value]
            yield position, model


class _Says:
    """An estimator that knows its answer for the rows."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def predict(self, X: Any) -> Any:
        return self._answer
