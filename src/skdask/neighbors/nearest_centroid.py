"""NearestCentroid from the moments of the columns within each class, or their exact medians."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import neighbors
from sklearn.utils.metaestimators import available_if

from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.mixins.fits import TargetFit
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.lazy import apply_lazily
from skdask.routes.quantiles import quantiles_of
from skdask.routes.view import View
from skdask.statistics import ClassSummary
from skdask.statistics.classes import ClassMomentsOfAny


def _is_euclidean(model: Any) -> bool:
    return bool(model.metric == "euclidean")


class NearestCentroid(TargetFit, LazyPredictor, neighbors.NearestCentroid):
    """Labels of the nearest centroid of a class, on data of any size.

    Subclasses :class:`sklearn.neighbors.NearestCentroid` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from the means of the classes in one
    pass, or for ``metric="manhattan"`` from their exact medians in three mostly.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.neighbors import NearestCentroid
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> y = (X[:, 0] > 5.0).astype(int)
    >>> NearestCentroid().fit(X, y).predict(X).compute()
    array([0, 0, 0, 1, 1, 1])
    """

    # no linear model, whose scores would follow from statistics
    scored_by_predictions = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(ClassMomentsOfAny("columns"), view.rows, "NearestCentroid"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view = view.weighing(False)
        found = yield from view.class_moments("columns", "NearestCentroid", ClassMomentsOfAny)
        classes = found.classes
        if len(classes) < 2:
            raise DataError(
                f"The number of classes has to be greater than one; got {len(classes)} class"
            )
        centroids = found.means
        if self.metric == "manhattan":
            medians = yield from quantiles_of(
                view, [0.5], "NearestCentroid", method="median", classes=classes, with_missing=False
            )
            centroids = medians.values[0].reshape(len(classes), -1).astype(np.float64)
        self.classes_ = classes
        self.class_prior_ = self._priors_of(found)
        self._set_centroids(found, centroids)
        remember_features(self, view)
        return ()

    def _priors_of(self, found: ClassSummary) -> NDArray[np.float64]:
        """Those that were given, checked as scikit-learn does, else of the classes."""
        if isinstance(self.priors, str):
            n_classes = len(found.classes)
            if self.priors == "uniform":
                return np.full(n_classes, 1.0 / n_classes)
            shares: NDArray[np.float64] = found.counts / float(found.counts.sum())
            return shares
        priors = np.asarray(self.priors)
        if (priors < 0).any():
            raise DataError("priors must be non-negative")
        if not np.isclose(priors.sum(), 1.0):
            warnings.warn(
                "The priors do not sum to 1. Normalizing such that it sums to one.",
                UserWarning,
                stacklevel=2,
            )
            return np.asarray(priors / priors.sum())
        return priors

    def _set_centroids(self, found: ClassSummary, centroids: NDArray[np.float64]) -> None:
        """The centroids, shrunk towards that of all rows as scikit-learn does."""
        counts = found.counts.astype(np.float64)[:, np.newaxis]
        n_rows, whole = counts.sum(), (counts * found.means).sum(axis=0) / counts.sum()
        # about the centroids, which medians have further from the rows than means
        squares = (found.spread + counts * np.square(found.means - centroids)).sum(axis=0)
        spread = np.sqrt(squares / (n_rows - len(counts)))
        if (spread == 0).any():
            warnings.warn(
                "self.within_class_std_dev_ has at least 1 zero standard deviation."
                "Inputs within the same classes for at least 1 feature are identical.",
                stacklevel=2,
            )
        if not found.spread.any() and (found.means == found.means[0]).all():
            raise DataError("All features have zero variance. Division by zero.")
        scale = np.sqrt(1.0 / counts - 1.0 / n_rows) * (spread + np.median(spread))
        deviations = (centroids - whole) / scale
        if self.shrink_threshold:
            shrunk = np.clip(np.abs(deviations) - self.shrink_threshold, 0, None)
            deviations = shrunk * np.sign(deviations)
            centroids = whole + scale * deviations
        self.centroids_ = centroids
        self.within_class_std_dev_ = spread
        self.deviations_ = deviations

    @available_if(_is_euclidean)
    def decision_function(self, X: Any) -> Any:
        """Confidence scores of the classes."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)

    @available_if(_is_euclidean)
    def predict_proba(self, X: Any) -> Any:
        """Class probabilities of shape (n_rows, n_classes)."""
        if is_big(X):
            return apply_lazily(self, "predict_proba", X)
        return super().predict_proba(X)

    @available_if(_is_euclidean)
    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the class probabilities."""
        if is_big(X):
            return apply_lazily(self, "predict_log_proba", X)
        return super().predict_log_proba(X)
