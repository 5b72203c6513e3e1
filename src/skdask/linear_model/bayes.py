"""BayesianRidge and ARDRegression from the moments: one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model

from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.linear_model.moment_regressor import MomentRegressor, UnweightedMomentRegressor
from skdask.mixins.fits import WeightedTargetFit
from skdask.routes.fitting import as_dtype, equivalent_data
from skdask.routes.view import View
from skdask.statistics import MomentSummary

Matrix = NDArray[np.float64]

_IN_DATA_DTYPE = (
    "coef_",
    "intercept_",
    "X_offset_",
    "X_scale_",
    "sigma_",
    "alpha_",
    "lambda_",
    "scores_",
)


class _WithStd:
    """predict with the standard deviation of each prediction, in memory."""

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths.

        ``return_std=True`` takes rows in memory.
        """
        if not return_std:
            return super().predict(X)  # type: ignore[misc]
        if is_big(X):
            raise UnsupportedError(
                f"{type(self).__name__}.predict(return_std=True) takes rows in memory; on Dask "
                "collections use X.map_blocks with predict of to_sklearn()"
            )
        return super(MomentRegressor, self).predict(X, return_std)  # type: ignore[misc]


class BayesianRidge(WeightedTargetFit, _WithStd, MomentRegressor, linear_model.BayesianRidge):
    """Bayesian ridge regression on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.BayesianRidge` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its iterations run on moment-equivalent rows that
    weigh as much as all rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import BayesianRidge
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> BayesianRidge().fit(X, 2 * X[:, 0] + 1).coef_.round(4)
    array([2.])
    """

    sums_over_rows = True
    in_data_dtype = _IN_DATA_DTYPE

    def ridge_penalty(self) -> float:
        return 0.0


class ARDRegression(_WithStd, UnweightedMomentRegressor, linear_model.ARDRegression):
    """Bayesian regression with a penalty for each feature on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.ARDRegression` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its iterations run on a few rows with the scatter of
    all of them, and take the same steps.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import ARDRegression
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> ARDRegression().fit(X, 2 * X[:, 0] + 1).coef_.round(4)
    array([2.])
    """

    in_data_dtype = _IN_DATA_DTYPE

    def ridge_penalty(self) -> float:
        return 0.0

    def solver_changes(self, moments: MomentSummary) -> dict[str, Any]:
        # the number of rows only ever comes with alpha_1: n - gamma + 2 alpha_1 in the update,
        # n / 2 + alpha_1 in the score. The rows are centred already, or not to be.
        lacking = moments.count - _row_count(moments)
        return {"alpha_1": self.alpha_1 + lacking / 2, "fit_intercept": False}

    def rows_to_fit(self, moments: MomentSummary, view: View) -> tuple[Any, Any, Any]:
        """Rows with the scatter of all of them, and with their variance of y.

        scikit-learn starts from the variance, which divides by the number of rows. So the rows
        are reflected until y has the mean that leaves the right variance over a few rows.
        """
        n_rows = _row_count(moments)
        X, y, _ = equivalent_data(moments, view)
        rows = np.column_stack([X, y])
        if self.fit_intercept:
            rows -= moments.mean
        rows *= np.sqrt(moments.count / n_rows)
        target = rows[:, -1]
        squares = target @ target
        variance = moments.variance[-1]
        if squares > 0.0 and moments.count > n_rows:
            mean = np.sqrt(max(squares / n_rows - variance, 0.0))
            rows = _with_mean_of_last(rows, mean)
        return rows[:, :-1], rows[:, -1], None

    def correct(self, moments: MomentSummary) -> None:
        mean_X, mean_y = moments.mean[:-1], moments.mean[-1]
        if self.fit_intercept:
            self.X_offset_ = mean_X
            self.intercept_ = mean_y - mean_X @ self.coef_

    def finish(self, view: View) -> None:
        super().finish(view)
        if self.fit_intercept:
            self.intercept_ = as_dtype(self.intercept_, view)


def _row_count(moments: MomentSummary) -> int:
    return len(moments.mean) + 1


def _with_mean_of_last(rows: Matrix, mean: float) -> Matrix:
    """The rows reflected, which keeps all products of columns, so that the last has this mean."""
    n_rows, last = len(rows), rows[:, -1]
    length = np.linalg.norm(last)
    along = np.ones(n_rows) / np.sqrt(n_rows)
    across = np.zeros(n_rows)
    across[:2] = np.array([1.0, -1.0]) / np.sqrt(2.0)
    share = min(mean * np.sqrt(n_rows) / length, 1.0)
    wanted = share * along + np.sqrt(1.0 - share**2) * across
    mirror = last / length - wanted
    size = mirror @ mirror
    if size == 0.0:
        return rows
    return rows - np.outer(2.0 / size * mirror, mirror @ rows)
