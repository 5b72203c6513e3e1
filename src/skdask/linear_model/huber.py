"""HuberRegressor: coefficients and scale together by Newton's method over passes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import linear_model

from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.mixins.iterative import IterativeLinear
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import equivalent_data, fit_on_blocks, forget_report
from skdask.routes.view import View
from skdask.solvers.glm import GlmObjective, Penalty
from skdask.solvers.quasi_newton import Minimum
from skdask.statistics import HuberProblem, MomentSummary

# scikit-learn's bound of the scale
_SMALLEST_SCALE = 10.0 * float(np.finfo(np.float64).eps)


class HuberRegressor(IterativeLinear, LazyPredictor, linear_model.HuberRegressor):
    """Linear regression that outliers do not pull far, on data of any size.

    Subclasses :class:`sklearn.linear_model.HuberRegressor` and has its parameters and
    attributes. In-memory data is handed to it. On blocks coefficients, intercept and scale are
    found together in a few passes: one for the least squares fit to start from, then Newton's
    method.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    ``outliers_`` is as long as the rows, so a fit on blocks does not set it. Rows are outliers
    where ``abs(y - model.predict(X)) > model.scale_ * model.epsilon``, which Dask computes lazily.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import HuberRegressor
    >>> X = da.arange(100, chunks=50).reshape(100, 1)
    >>> y = 2.0 * X[:, 0] + X[:, 0] ** 2 % 7 + da.where(X[:, 0] == 90, 1000.0, 0.0)
    >>> HuberRegressor().fit(X, y).coef_.round(1)
    array([2.])
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> HuberRegressor:
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
        self.__dict__.pop("outliers_", None)
        return fit_on_blocks(self, X, y, sample_weight)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view.check_numeric_target()
        return (view.moments_request(True, "HuberRegressor"),)

    def look(self, view: View) -> Algorithm[MomentSummary]:
        summary = yield from view.moments(True, "HuberRegressor")
        n_targets = len(summary.mean) - view.n_features
        if n_targets != 1:
            raise DataError(
                f"y should be a 1d array, got {n_targets} columns instead; fit one model a target."
            )
        return summary

    def objectives(self, view: View, looked: MomentSummary) -> list[GlmObjective]:
        n_features = view.n_features
        first = np.zeros((2, n_features + 1))
        known = self.known_start(1, n_features, self.warm_start)
        if known is not None and hasattr(self, "scale_"):
            first[0, :-1], first[0, -1] = known[0][0], known[1][0]
            first[1, -1] = self.scale_
        else:
            first[0], first[1, -1] = _least_squares(looked, view, self.fit_intercept)
        return [
            GlmObjective(
                HuberProblem(self.epsilon, view.weighted),
                view.rows,
                view.affine,
                Penalty(2.0 * self.alpha / looked.weight),
                self.fit_intercept,
                "HuberRegressor",
                first.ravel(),
            )
        ]

    def conclude(
        self, minima: list[Minimum], objectives: list[GlmObjective], view: View, n_rows: int
    ) -> tuple[str, ...]:
        (minimum,) = minima
        theta = minimum.theta.reshape(2, -1)
        self.coef_ = theta[0, :-1].copy()
        self.intercept_ = theta[0, -1] if self.fit_intercept else 0.0
        self.scale_ = theta[1, -1]
        self.n_iter_ = minimum.n_iter
        return (minimum.outcome,)

    def start_near(self, models: Any) -> None:
        """Start the next fit on blocks from the mean of other fits, such as those of the folds."""
        super().start_near(models)
        self.scale_ = float(np.mean([model.scale_ for model in models]))


def _least_squares(
    moments: MomentSummary, view: View, fit_intercept: bool
) -> tuple[np.ndarray, float]:
    """Coefficients with the intercept last, and the residuals' standard deviation."""
    X, y, _ = equivalent_data(moments, view)
    design = np.column_stack([X, np.full(len(X), float(fit_intercept))])
    # of a target in columns, the only one
    found = np.linalg.lstsq(design, y.ravel(), rcond=None)[0]
    spread = float(np.sqrt(np.mean(np.square(y.ravel() - design @ found))))
    return found, max(spread, _SMALLEST_SCALE)
