"""Lars and LassoLars from the moments: one pass, the whole path of penalties."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model

from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model.moment_regressor import UnweightedMomentRegressor, without_gram
from skdask.passes import Algorithm
from skdask.routes.fitting import (
    equivalent_data,
    fit_on_blocks,
    forget_report,
)
from skdask.routes.view import View
from skdask.statistics import MomentSummary

Matrix = NDArray[np.float64]


# of a path by least angles
PATH_ATTRIBUTES = ("coef_", "intercept_", "alphas_", "coef_path_")


class _LeastAngle(UnweightedMomentRegressor):
    in_data_dtype = PATH_ATTRIBUTES

    def fit(self, X: Any, y: Any = None, Xy: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column; None for Blocks that carry it.
        Xy : array-like, default=None
            As in scikit-learn, for in-memory data; on blocks it saves nothing and is not used.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super(UnweightedMomentRegressor, self).fit(X, y, Xy)  # type: ignore[misc]
        return fit_on_blocks(self, X, y)

    def ridge_penalty(self) -> float:
        return 0.0

    def solver_changes(self, moments: MomentSummary) -> dict[str, Any]:
        if self.jitter is not None:  # type: ignore[attr-defined]
            raise UnsupportedError(
                f"{type(self).__name__}(jitter=...) adds noise to the target row by row, which "
                "moments do not know; leave jitter=None on blocks"
            )
        return without_gram(self)


class Lars(_LeastAngle, linear_model.Lars):
    """Least angle regression on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.Lars` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its algorithm runs on moment-equivalent rows; where
    the features are nearly collinear a second pass reads a QR factor of the rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Lars
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> Lars().fit(X, 2 * X[:, 0] + 1).coef_.round(6)
    array([2.])
    """


class LassoLars(_LeastAngle, linear_model.LassoLars):
    """Lasso by least angle regression on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.LassoLars` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its algorithm runs on moment-equivalent rows; where
    the features are nearly collinear a second pass reads a QR factor of the rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LassoLars
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> LassoLars(alpha=0.1).fit(X, 2 * X[:, 0] + 1).coef_.round(4)
    array([1.9657])
    """


class LassoLarsIC(UnweightedMomentRegressor, linear_model.LassoLarsIC):
    """Lasso whose penalty an information criterion chooses, on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.LassoLarsIC` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its path runs on moment-equivalent rows, and the
    criterion counts all rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LassoLarsIC
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> LassoLarsIC().fit(X, da.from_array([1.0, 3, 5, 8, 9, 11], chunks=2)).coef_.round(4)
    array([2.0286])
    """

    in_data_dtype = ("coef_", "intercept_", "alphas_", "alpha_", "noise_variance_")

    def fit(self, X: Any, y: Any = None, copy_X: bool | None = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        copy_X : bool, default=None
            As in scikit-learn, for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super(UnweightedMomentRegressor, self).fit(X, y, copy_X)
        return fit_on_blocks(self, X, y)

    def ridge_penalty(self) -> float:
        return 0.0

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view = view.weighing(False)
        moments = yield from view.moments(True, type(self).__name__, 0.0)
        X, y, weight = equivalent_data(moments, view)
        mean_X, mean_y = moments.mean[:-1], moments.mean[-1]
        if not self.fit_intercept:
            mean_X, mean_y = np.zeros_like(mean_X), 0.0
        X, y = X - mean_X, y - mean_y
        self.alphas_, _, path, self.n_iter_ = linear_model.lars_path(
            X,
            y,
            Gram=without_gram(self).get("precompute", self.precompute),
            method="lasso",
            verbose=self.verbose,
            max_iter=self.max_iter,
            eps=self.eps,
            return_n_iter=True,
            positive=self.positive,
        )
        self.noise_variance_ = self.noise_variance
        if self.noise_variance is None:
            self.noise_variance_ = self._variance_of_noise(X, y, moments)
        residuals = weight[0] * np.square(y[:, np.newaxis] - X @ path).sum(axis=0)
        self.criterion_ = self._criterion_of(residuals, path, moments.count)
        best = int(np.argmin(self.criterion_))
        self.alpha_ = self.alphas_[best]
        self.coef_ = path[:, best]
        self.intercept_ = mean_y - mean_X @ self.coef_ if self.fit_intercept else 0.0
        self.finish(view)
        return ()

    def _variance_of_noise(self, X: Matrix, y: Matrix, moments: MomentSummary) -> np.float64:
        """What least squares leaves unexplained, over the rows that it has to spare."""
        spare = moments.count - X.shape[1] - self.fit_intercept
        if spare <= 0:
            raise DataError(
                f"You are using {type(self).__name__} in the case where the number of samples is "
                "smaller than the number of features. In this setting, getting a good estimate "
                "for the variance of the noise is not possible. Provide an estimate of the noise "
                "variance in the constructor."
            )
        ols = linear_model.LinearRegression(positive=self.positive, fit_intercept=False).fit(X, y)
        unexplained = np.square(y - ols.predict(X)).sum() * moments.count / len(X)
        return unexplained / spare

    def _criterion_of(self, residuals: Matrix, path: Matrix, n_rows: int) -> Matrix:
        """Minus twice the log likelihood, and the price of each coefficient that is not zero."""
        price = 2.0 if self.criterion == "aic" else np.log(n_rows)
        degrees = (np.abs(path) > np.finfo(path.dtype).eps).sum(axis=0)
        variance = self.noise_variance_
        fit: Matrix = n_rows * np.log(2 * np.pi * variance) + residuals / variance
        return fit + price * degrees
