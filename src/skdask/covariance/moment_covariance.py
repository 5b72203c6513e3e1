"""What the covariance estimators share: scikit-learn's own on moment-equivalent rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context

from skdask.blocks import is_big
from skdask.metrics.own_score import own_score
from skdask.mixins.fits import FeaturesFit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import (
    as_dtype,
    remember_features,
)
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import plain_copy, take_over, to_sklearn
from skdask.routes.view import View, check_least_rows
from skdask.statistics import MomentSummary


class MomentCovariance(FeaturesFit):
    """Fits its scikit-learn parent on moment-equivalent rows; scores from moments."""

    assume_centered: bool
    location_: Any
    # rows that scikit-learn asks for
    least_rows = 1

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.weighing(False).moments_request(False, type(self).__name__),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        moments = yield from view.weighing(False).moments(False, type(self).__name__)
        check_least_rows(moments.count, view.n_features, self.least_rows, type(self).__name__)
        warn_of_a_single_row(moments)
        rows = centred_rows(moments, self.assume_centered)
        self.fit_plain(plain_copy(self), rows)
        self.locate(moments, view)
        if self.assume_centered:
            in_data_dtype(self, view)
        remember_features(self, view)
        return ()

    def locate(self, moments: MomentSummary, view: View) -> None:
        """Set the location, which the rows that were fitted do not tell."""
        if not self.assume_centered:
            self.location_ = as_dtype(moments.mean, view)

    def fit_plain(self, plain: Any, rows: NDArray[np.float64]) -> None:
        """Fit scikit-learn's estimator and take its attributes over."""
        with config_context(skip_parameter_validation=True, assume_finite=True):
            plain.fit(rows)
        take_over(self, plain)

    def score(self, X_test: Any, y: Any = None) -> float:
        """Mean log-likelihood of the rows; one pass over data on blocks."""
        if not is_big(X_test):
            return float(super().score(X_test, y))  # type: ignore[misc]
        return own_score(self, X_test)

    def score_view(self, view: View) -> Algorithm[float]:
        """Mean log-likelihood of the rows of a view."""
        moments = yield from view.weighing(False).moments(False, type(self).__name__)
        plain = to_sklearn(self)
        vars(plain).pop("feature_names_in_", None)
        return float(plain.score(moments.equivalent_rows()))

    def mahalanobis(self, X: Any) -> Any:
        """Squared Mahalanobis distances of rows: lazily for Dask collections and files."""
        if is_big(X):
            return apply_lazily(self, "mahalanobis", X)
        return super().mahalanobis(X)  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)


def warn_of_a_single_row(moments: MomentSummary) -> None:
    """scikit-learn's warning."""
    if moments.count == 1:
        warnings.warn(
            "Only one sample available. You may want to reshape your data array", stacklevel=2
        )


def in_data_dtype(estimator: Any, view: View) -> None:
    """Give the matrices the precision of the data, as scikit-learn leaves them."""
    for name in ("covariance_", "precision_"):
        if getattr(estimator, name) is not None:
            setattr(estimator, name, as_dtype(getattr(estimator, name), view))


def centred_rows(moments: MomentSummary, assume_centered: bool) -> NDArray[np.float64]:
    """Moment-equivalent rows; around zero, where their mean is taken out anyway."""
    rows = moments.equivalent_rows()
    return rows if assume_centered else rows - moments.mean
