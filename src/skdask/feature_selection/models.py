"""Models of some of the features: what the selectors that fit models have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.feature_selection import VarianceThreshold
from sklearn.metrics import check_scoring

from skdask._sklearn import validate_params
from skdask.exceptions import UnsupportedError
from skdask.feature_selection.selector import selection
from skdask.metrics.linear_scores import linear_scores
from skdask.metrics.scoring import Metric, by_predictions, has_deviance
from skdask.passes import Algorithm
from skdask.routes.fitting import takes_tables
from skdask.routes.twins import adopt, has_twin
from skdask.routes.view import View

# Entries of a matrix that picks columns out; above it the rows themselves are cut
_MOST_ENTRIES = 2**22


def model_of(estimator: Any, owner: Any) -> Any:
    """Our unfitted copy of the estimator that a selector asks.

    Raises
    ------
    UnsupportedError
        Where it cannot be fitted on blocks.
    """
    if not has_twin(estimator):
        raise UnsupportedError(
            f"{type(owner).__name__}: its estimator {type(estimator).__name__} cannot be fitted "
            "on blocks yet. Use another one, or select features on a sample of the rows that fits "
            "in memory."
        )
    ours = adopt(clone(estimator))
    validate_params(ours)
    if hasattr(ours, "check_steps"):
        ours.check_steps(has_y=True)
    return ours


def of_columns(view: View, columns: NDArray[np.intp]) -> View:
    """The view of some of the columns, without a pass where that is affine."""
    n_features = view.n_features
    if n_features * len(columns) > _MOST_ENTRIES:
        return view.selecting(columns.tolist())
    # what stands for the choice where rows have to go through it
    chooser = VarianceThreshold(0.5)
    chooser.variances_ = np.bincount(columns, minlength=n_features).astype(np.float64)
    chooser.n_features_in_ = n_features
    return view.through(selection(columns, n_features), None, chooser)


def fold_metric(estimator: Any, scoring: Any) -> Metric:
    """How models are scored on the folds.

    Raises
    ------
    UnsupportedError
        Where that cannot be computed from statistics, naming the scorer or the model.
    """
    metric = Metric(
        check_scoring(estimator, scoring), is_classifier(estimator), has_deviance(estimator)
    )
    linear = getattr(estimator, "searchable", True) and not by_predictions(estimator)
    if not linear or hasattr(estimator, "steps"):
        raise UnsupportedError(
            f"{type(estimator).__name__} is no linear model, and only those are scored on folds of "
            "blocks while features are selected. Use RFE or SelectFromModel, or a sample of the "
            "rows that fits in memory."
        )
    if metric.of_probabilities and not hasattr(estimator, "predict_proba"):
        raise UnsupportedError(f"{type(estimator).__name__} has no probabilities to score")
    return metric


def score_on_folds(
    models: Sequence[Any], views: Sequence[View], metric: Metric, asked_by: str
) -> Algorithm[list[float]]:
    """The metric of each model on the test rows of its view's fold."""
    return (yield from linear_scores(models, views, metric, asked_by))


def in_full_precision(view: View) -> View:
    """The view whose models are not rounded to float32: scores would lose their ninth digit."""
    return replace(view, facts=replace(view.facts, dtype=np.dtype(np.float64)))


def model_takes_tables(selector: Any) -> bool:
    """Whether the estimator of a selector takes frames."""
    return takes_tables(selector.estimator)
