"""Forests that differ in `n_estimators`: the smaller ones are the first trees of the largest.

Trees draw their seeds one after the other, so with the same `random_state` a smaller forest has
the first seeds of a larger one. A model of a size knows its answer for the rows: the running sum
of the trees' answers, added in the order in which scikit-learn adds them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import partial
from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from skdask._sklearn import forest_rows
from skdask.model_selection.fits.rules.base import Rule


class ForestSizes(Rule):
    """`n_estimators` of random forests and extra trees."""

    parameters = dict.fromkeys(
        (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor),
        "n_estimators",
    )

    def holds(self, estimator: Any) -> bool:
        # what is out of bag depends on all trees, and a warm start on the fit before
        return not (estimator.warm_start or estimator.oob_score)

    def lead(self, values: Sequence[Any]) -> int:
        return max(values)

    def models(self, fitted: Any, values: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        method = "predict_proba" if hasattr(fitted, "predict_proba") else "predict"
        if fitted.n_outputs_ > 1 and method == "predict_proba":
            return
        rows = forest_rows(fitted, X)
        total, first = 0.0, 0
        for position in np.argsort(values, kind="stable").tolist():
            size = values[position]
            for tree in fitted.estimators_[first:size]:
                total = total + getattr(tree, method)(rows, check_input=False)
            first = size
            yield position, _of_size(fitted, size, method, total / size)


def _of_size(fitted: Any, size: int, method: str, answer: Any) -> Any:
    model = copy(fitted)
    model.n_estimators = size
    model.estimators_ = fitted.estimators_[:size]
    vars(model)[method] = partial(_known, answer)
    return model


def _known(answer: Any, X: Any) -> Any:
    return answer
