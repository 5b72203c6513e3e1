"""QuantileRegressor: the rows near the plane decide, in a handful of passes."""

from __future__ import annotations

import numpy as np
from sklearn import linear_model

from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.iterative import IterativeLinear
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.passes.request import ask
from skdask.routes.view import View, check_weight
from skdask.solvers.glm import GlmObjective, Penalty
from skdask.solvers.quasi_newton import Minimum
from skdask.statistics import TargetMoments, TargetSummary
from skdask.statistics.kinked import Pinball


class QuantileRegressor(
    WeightedTargetFit, IterativeLinear, LazyPredictor, linear_model.QuantileRegressor
):
    """Linear regression of a quantile, on data of any size.

    Subclasses :class:`sklearn.linear_model.QuantileRegressor` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the linear program of all rows is solved
    by those near the plane, the others being linear, in a handful of passes. The last pass proves
    how near the minimum is; ``fit_report_`` tells.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    ``solver`` and ``solver_options`` do not matter on blocks. More than 2047 columns are refused
    there. Where several planes are equally good, as with few distinct targets, another one than
    scikit-learn's may be found.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import QuantileRegressor
    >>> X = da.arange(100, chunks=50).reshape(100, 1)
    >>> y = 2.0 * X[:, 0] + X[:, 0] % 3
    >>> QuantileRegressor(quantile=0.9, alpha=0).fit(X, y).coef_.round(2)
    array([2.])
    """

    # of the passes, not of a linear program: scikit-learn has no such parameters
    tol = 1e-9
    max_iter = 100

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view.check_numeric_target()
        statistic = TargetMoments(Pinball(self.quantile, view.weighted))
        return (Request(statistic, view.rows, "QuantileRegressor"),)

    def look(self, view: View) -> Algorithm[TargetSummary]:
        """The target's moments."""
        self._check_supported()
        view.check_numeric_target()
        statistic = TargetMoments(Pinball(self.quantile, view.weighted))
        summary: TargetSummary = yield from ask(statistic, view.rows, "QuantileRegressor")
        check_weight(summary.weight)
        return summary

    def _check_supported(self) -> None:
        if self.solver == "interior-point":
            raise ValueError(f"Solver {self.solver} is not anymore available in SciPy >= 1.11.0.")

    def objectives(self, view: View, looked: TargetSummary) -> list[GlmObjective]:
        first = np.zeros(view.n_features + 1)
        if self.fit_intercept:
            first[-1] = looked.mean
        problem, penalty = Pinball(self.quantile, view.weighted), Penalty(0.0, self.alpha)
        return [
            GlmObjective(
                problem, view.rows, view.affine, penalty, self.fit_intercept,
                "QuantileRegressor", first,
            )
        ]  # fmt: skip

    def conclude(
        self, minima: list[Minimum], objectives: list[GlmObjective], view: View, n_rows: int
    ) -> tuple[str, ...]:
        (minimum,) = minima
        self.coef_ = minimum.theta[:-1].copy()
        self.intercept_ = minimum.theta[-1] if self.fit_intercept else 0.0
        self.n_iter_ = minimum.n_iter
        return (minimum.outcome,)
