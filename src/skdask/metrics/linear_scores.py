"""Scores of fitted models on the rows that they were not fitted on, from statistics.

Linear regressors are scored from moments, which costs no pass where those are known; linear
classifiers, and what is scored by its deviance, by the scores of raw rows, all of them in one
pass; any other model by what it predicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from skdask.metrics.deviance import problem_of
from skdask.metrics.from_confusion import label_score, mean_log_loss
from skdask.metrics.from_moments import METRICS, ResidualMoments
from skdask.metrics.scoring import Metric, has_deviance
from skdask.passes import Algorithm, Request
from skdask.routes.view import View
from skdask.statistics import LogisticProblem, Moments, ResponseScores
from skdask.statistics.class_scores import ClassScores


def raw_coefficients(estimator: Any, view: View) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients and intercepts on raw rows: (n_features, n_outputs) and (n_outputs,)."""
    if hasattr(estimator, "linear_form"):
        # its intercept_ is not what a row of zeros is predicted
        return view.affine.pull_back(*estimator.linear_form())
    return view.affine.pull_back(*_form(estimator))


def _form(estimator: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    coef = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64)).T
    intercept = np.asarray(estimator.intercept_, dtype=np.float64)
    if intercept.shape != coef.shape[1:]:
        intercept = np.broadcast_to(intercept, coef.shape[1:])
    return coef, intercept


def raw_coefficients_of(
    models: Sequence[Any], view: View
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The same of several models, with their axis before that of the outputs."""
    if hasattr(models[0], "linear_form"):
        forms = [model.linear_form() for model in models]
    else:
        forms = [_form(model) for model in models]
    coef = np.stack([coef for coef, _ in forms], axis=1)
    intercept = np.stack([np.atleast_1d(intercept) for _, intercept in forms])
    raw, moved = view.affine.pull_back(coef.reshape(len(coef), -1), intercept.ravel())
    return raw.reshape(-1, *coef.shape[1:]), moved.reshape(intercept.shape)


def linear_scores(
    models: Sequence[Any], views: Sequence[View], metric: Metric, asked_by: str
) -> Algorithm[list[float]]:
    """The metric of each model on the test rows of the fold whose training rows its view has.

    Parameters
    ----------
    models : sequence of fitted linear models
        All of one class.
    views : sequence of View
    metric : Metric
    asked_by : str
    """
    classifier, deviance = is_classifier(models[0]), has_deviance(models[0])
    requests, forms = [], []
    for model, view in zip(models, views, strict=True):
        coef, intercept = raw_coefficients(model, view)
        forms.append((coef, intercept))
        whole = np.vstack([coef, intercept])
        asked: Any = Moments(True)
        if classifier:
            asked = ClassScores(LogisticProblem(model.classes_), whole)
        elif deviance:
            asked = ResponseScores(problem_of(model._base_loss, False), whole)
        requests.append(Request(asked, replace(view.rows, rest=False), asked_by))
    found = yield tuple(requests)
    return [
        _score(metric, model, form, value)
        for model, form, value in zip(models, forms, found, strict=True)
    ]


def _score(metric: Metric, model: Any, form: tuple[Any, Any], found: Any) -> float:
    if is_classifier(model):
        if metric.of_probabilities:
            return metric.sign * mean_log_loss(found)
        return metric.sign * label_score(metric.function, found, model.classes_, **metric.kwargs)
    if has_deviance(model):
        return metric.of_response(problem_of(model._base_loss, False), found)
    coef, intercept = form
    residuals = ResidualMoments(found, coef[:, np.newaxis, :], intercept[np.newaxis, :])
    return metric.sign * float(METRICS[metric.function](residuals)[0])
