"""The last part of the fit of naive Bayes: from counts and moments to probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture._gaussian_mixture import (
    _estimate_gaussian_parameters,
)
from sklearn.naive_bayes import ComplementNB


def gaussian_moments(
    X: NDArray[np.float64], shares: NDArray[np.float64], plain: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights, means and covariances of components that rows in memory belong to by shares."""
    weights, means, covariances = _estimate_gaussian_parameters(
        X, shares, plain.reg_covar, plain.covariance_type
    )
    return weights, means, covariances


def set_discrete_counts(
    model: Any,
    classes: NDArray[Any],
    class_count: NDArray[np.float64],
    feature_count: NDArray[np.float64],
) -> None:
    """The last part of the fit of a discrete naive Bayes: from counts to probabilities."""
    model.classes_ = classes
    model.class_count_ = class_count
    model.feature_count_ = feature_count
    if isinstance(model, ComplementNB):
        model.feature_all_ = feature_count.sum(axis=0)
    model._update_feature_log_prob(model._check_alpha())
    model._update_class_log_prior(class_prior=model.class_prior)


def set_category_counts(
    model: Any,
    classes: NDArray[Any],
    class_count: NDArray[np.float64],
    category_counts: Sequence[NDArray[np.float64]],
    n_categories: NDArray[np.int64],
) -> None:
    """The same for CategoricalNB, whose counts have as many columns as there are categories."""
    highest = (n_categories - 1)[np.newaxis]
    model.classes_ = classes
    model.class_count_ = class_count
    model.n_categories_ = model._validate_n_categories(highest, model.min_categories)
    model.category_count_ = [
        np.pad(counts, [(0, 0), (0, int(number) - counts.shape[1])])
        for counts, number in zip(category_counts, model.n_categories_, strict=True)
    ]
    model._update_feature_log_prob(model._check_alpha())
    model._update_class_log_prior(class_prior=model.class_prior)
