"""GaussianNB from the moments of the columns within each class: one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import naive_bayes

from skdask.exceptions import DataError
from skdask.naive_bayes.methods import NaiveBayes, sorted_labels
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.view import View
from skdask.statistics import ClassMoments, ClassSummary


class GaussianNB(NaiveBayes, naive_bayes.GaussianNB):
    """Gaussian naive Bayes on data of any size, in one pass.

    Subclasses :class:`sklearn.naive_bayes.GaussianNB` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from the mean and the variance of each
    column within each class.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.naive_bayes import GaussianNB
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> GaussianNB().fit(X, y).predict(X[3:7]).compute()
    array([0, 0, 1, 1])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(ClassMoments("columns", view.weighted), view.rows, "GaussianNB"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        found = yield from view.class_moments("columns", "GaussianNB")
        # the smoothing looks at the rows without their weights
        plain = found
        if view.weighted:
            plain = yield from view.weighing(False).class_moments("columns", "GaussianNB")
        self.epsilon_ = as_dtype(self.var_smoothing * _largest_variance(plain), view)
        self.classes_ = sorted_labels(found.classes)
        self.class_count_ = as_dtype(found.weights, view)
        self.class_prior_ = as_dtype(self._priors_of(found), view)
        self.theta_ = as_dtype(found.means, view)
        weights = np.where(found.weights > 0.0, found.weights, 1.0)[:, np.newaxis]
        self.var_ = as_dtype(found.spread / weights + self.epsilon_, view)
        remember_features(self, view)
        return ()

    def _priors_of(self, found: ClassSummary) -> Any:
        """Those that were given, checked as scikit-learn does, else the classes' shares."""
        if self.priors is None:
            return found.weights / found.weights.sum()
        priors = np.asarray(self.priors, dtype=np.float64)
        if len(priors) != len(found.classes):
            raise DataError("Number of priors must match number of classes.")
        if not np.isclose(priors.sum(), 1.0):
            raise DataError("The sum of the priors should be 1.")
        if (priors < 0).any():
            raise DataError("Priors must be non-negative.")
        return priors


def _largest_variance(found: ClassSummary) -> Any:
    shares = found.weights / found.weights.sum()
    gaps = found.means - shares @ found.means
    variances = found.spread.sum(axis=0) / found.weights.sum() + shares @ np.square(gaps)
    return variances.max()
