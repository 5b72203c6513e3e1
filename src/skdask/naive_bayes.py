"""GaussianNB from the moments of the columns within each class: one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import naive_bayes

from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.mixins.predictor import LazyProbabilities
from skdask.mixins.transformer import refuse_partial_fit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, fit_on_blocks, forget_report, remember_features
from skdask.routes.lazy import apply_lazily
from skdask.routes.view import View
from skdask.statistics import ClassMoments, ClassSummary

__all__ = ["GaussianNB"]


class GaussianNB(LazyProbabilities, naive_bayes.GaussianNB):
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

    # a search scores linear models only
    searchable = False

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> GaussianNB:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, sample_weight)
        return fit_on_blocks(self, X, y, sample_weight)

    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None
    ) -> GaussianNB:
        """Fit on one more batch of rows in memory."""
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y, classes, sample_weight)

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
        # text comes out as text of a fixed width, as scikit-learn's union of labels does
        text = found.classes.dtype == object
        self.classes_ = np.asarray(found.classes.tolist()) if text else found.classes
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

    def predict_joint_log_proba(self, X: Any) -> Any:
        """Joint log probabilities of rows and classes: lazily for Dask collections and files."""
        if is_big(X):
            return apply_lazily(self, "predict_joint_log_proba", X)
        return super().predict_joint_log_proba(X)


def _largest_variance(found: ClassSummary) -> Any:
    shares = found.weights / found.weights.sum()
    gaps = found.means - shares @ found.means
    variances = found.spread.sum(axis=0) / found.weights.sum() + shares @ np.square(gaps)
    return variances.max()
