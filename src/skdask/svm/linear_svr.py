"""LinearSVR: the tube of a regression and its square."""

from __future__ import annotations

import numpy as np
from sklearn import svm

from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.iterative import IterativeLinear, stacked
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.passes.request import ask
from skdask.routes.view import View, check_weight
from skdask.solvers.glm import GlmObjective, Penalty
from skdask.solvers.quasi_newton import Minimum
from skdask.statistics import SquaredTube, TargetMoments, TargetSummary
from skdask.statistics.glm import Problem
from skdask.statistics.kinked import Tube


class LinearSVR(WeightedTargetFit, IterativeLinear, LazyPredictor, svm.LinearSVR):
    """Linear support vector regression on data of any size.

    Subclasses :class:`sklearn.svm.LinearSVR` and has its parameters and attributes. In-memory
    data is handed to it. On blocks the ``"epsilon_insensitive"`` loss is minimised by the rows near
    the tube's edges, with a proof of how near the minimum is, the squared one by Newton's method
    on the rows outside the tube. The intercept is penalised through ``intercept_scaling`` as in
    liblinear.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    ``dual`` and ``random_state`` do not matter on blocks. ``loss="epsilon_insensitive"`` is refused
    there with more than 2047 columns.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.svm import LinearSVR
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> model = LinearSVR(loss="squared_epsilon_insensitive", C=100)
    >>> model.fit(X, 2.0 * X[:, 0]).coef_.round(2)
    array([2.])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view.check_numeric_target()
        statistic = TargetMoments(self._problem(view))
        return (Request(statistic, view.rows, "LinearSVR"),)

    def _problem(self, view: View) -> Problem:
        kind = Tube if self.loss == "epsilon_insensitive" else SquaredTube
        return kind(self.epsilon, view.weighted)

    def look(self, view: View) -> Algorithm[TargetSummary]:
        """The target's moments."""
        view.check_numeric_target()
        statistic = TargetMoments(self._problem(view))
        summary: TargetSummary = yield from ask(statistic, view.rows, "LinearSVR")
        check_weight(summary.weight)
        return summary

    def objectives(self, view: View, looked: TargetSummary) -> list[GlmObjective]:
        known = self.known_start(1, view.n_features, False)
        first = np.zeros(view.n_features + 1)
        if known is not None:
            first = stacked(known)
        elif self.fit_intercept:
            first[-1] = looked.mean
        penalty = Penalty(1.0 / self.C).over(looked.weight, self.intercept_scaling)
        problem = self._problem(view)
        return [
            GlmObjective(
                problem, view.rows, view.affine, penalty, self.fit_intercept, "LinearSVR", first
            )
        ]

    def conclude(
        self, minima: list[Minimum], objectives: list[GlmObjective], view: View, n_rows: int
    ) -> tuple[str, ...]:
        (minimum,) = minima
        self.coef_ = minimum.theta[:-1].copy()
        self.intercept_ = minimum.theta[-1:].copy() if self.fit_intercept else 0.0
        self.n_iter_ = minimum.n_iter
        return (minimum.outcome,)
