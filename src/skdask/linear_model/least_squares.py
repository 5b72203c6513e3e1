"""LinearRegression from the moments: one pass, two where columns are nearly collinear."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import linear_model

from skdask.blocks import is_big
from skdask.linear_model.moment_regressor import MomentRegressor
from skdask.routes.fitting import fit_on_blocks, forget_report
from skdask.statistics import MomentSummary


class LinearRegression(MomentRegressor, linear_model.LinearRegression):
    """Ordinary least squares on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.LinearRegression` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its solver runs on moment-equivalent
    rows; where the features are so nearly collinear that their scatter has lost digits, a second
    pass reads a QR factor of the rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LinearRegression
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> LinearRegression().fit(X, 2 * X[:, 0] + 1).coef_.round(6)
    array([2.])
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> LinearRegression:
        """Fit the linear model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
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

    def ridge_penalty(self) -> float:
        return 0.0

    def correct(self, moments: MomentSummary) -> None:
        # absent where scikit-learn solved by non-negative least squares
        singular = getattr(self, "singular_", None)
        if singular is not None:
            # scikit-learn has one a row where there are fewer rows than features
            kept = singular[: min(moments.count, len(singular))]
            self.singular_ = kept * np.sqrt(moments.weight / (len(moments.mean) + 1))
