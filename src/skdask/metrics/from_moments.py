"""Regression metrics of linear predictions from the moments of the rows: no pass of their own.

The residuals of linear predictions have a mean and a scatter that follow from those of [X, y].
All candidates of a fold are scored by one matrix product.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning

from skdask.statistics import MomentSummary

Vector = NDArray[np.float64]


class ResidualMoments:
    """Sums over rows of the residuals of several linear models, each shape (n_models, n_targets).

    Parameters
    ----------
    moments : MomentSummary
        Of [X, y].
    coef : ndarray of shape (n_features, n_models, n_targets)
    intercept : ndarray of shape (n_models, n_targets)
    """

    def __init__(self, moments: MomentSummary, coef: Vector, intercept: Vector) -> None:
        n_features, n_models, n_targets = coef.shape
        weights = np.empty((n_features + n_targets, n_models, n_targets))
        weights[:n_features] = -coef
        weights[n_features:] = np.eye(n_targets)[:, np.newaxis, :]
        flat = weights.reshape(len(weights), -1)
        if moments.factor is not None:
            scattered = np.square(moments.factor @ flat).sum(axis=0)
        else:
            scattered = np.einsum("ij,ij->j", flat, moments.gram @ flat)
        mean = (moments.mean @ flat).reshape(n_models, n_targets) - intercept
        self.count = moments.count
        self.weight = moments.weight
        self.centred = np.maximum(scattered.reshape(n_models, n_targets), 0.0)
        self.squares = self.centred + moments.weight * mean**2
        self.total = np.diagonal(moments.gram)[n_features:]


def _explained(error: Vector, total: Vector) -> Vector:
    """1 - error / total, with scikit-learn's values for a constant target."""
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1.0 - error / total
    share[:, total == 0.0] = np.where(error[:, total == 0.0] == 0.0, 1.0, 0.0)
    return share.mean(axis=1)


def _r2(residuals: ResidualMoments) -> Vector:
    if residuals.count < 2:
        warnings.warn(
            "R^2 score is not well-defined with less than two samples.",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return np.full(len(residuals.squares), np.nan)
    return _explained(residuals.squares, residuals.total)


def _mean_squared_error(residuals: ResidualMoments) -> Vector:
    return (residuals.squares / residuals.weight).mean(axis=1)


def _root_mean_squared_error(residuals: ResidualMoments) -> Vector:
    return np.sqrt(residuals.squares / residuals.weight).mean(axis=1)


def _explained_variance(residuals: ResidualMoments) -> Vector:
    return _explained(residuals.centred, residuals.total)


# scikit-learn's metric functions that are functions of the moments
METRICS: dict[Callable[..., float], Callable[[ResidualMoments], Vector]] = {
    metrics.r2_score: _r2,
    metrics.mean_squared_error: _mean_squared_error,
    metrics.root_mean_squared_error: _root_mean_squared_error,
    metrics.explained_variance_score: _explained_variance,
}
