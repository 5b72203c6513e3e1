"""PoissonRegressor, GammaRegressor and TweedieRegressor: Newton's method over passes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import linear_model

from skdask.blocks import is_big
from skdask.metrics.deviance import problem_of
from skdask.metrics.scoring import default_score
from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.iterative import IterativeLinear, stacked
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.passes.request import ask
from skdask.routes.fitting import as_dtype
from skdask.routes.view import View, check_weight
from skdask.solvers.glm import GlmObjective, Penalty
from skdask.solvers.quasi_newton import Minimum
from skdask.statistics import TargetMoments, TargetSummary, TweedieProblem


class _GlmRegressor(WeightedTargetFit, IterativeLinear, LazyPredictor):
    """Half a deviance plus ``alpha / 2`` times the squared coefficients, in a few passes."""

    alpha: float
    fit_intercept: bool
    solver: str
    warm_start: bool

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """D^2, the share of the deviance explained; one pass over data on blocks."""
        if is_big(X):
            return default_score(self, X, y, sample_weight)
        return super().score(X, y, sample_weight)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view.check_numeric_target()
        return (Request(TargetMoments(self._problem(view)), view.rows, type(self).__name__),)

    def _problem(self, view: View) -> TweedieProblem:
        # the loss that scikit-learn's own methods predict and score with
        self._base_loss = self._get_loss()  # type: ignore[attr-defined]
        return problem_of(self._base_loss, view.weighted)

    def look(self, view: View) -> Algorithm[TargetSummary]:
        view.check_numeric_target()
        statistic = TargetMoments(self._problem(view))
        summary: TargetSummary = yield from ask(statistic, view.rows, type(self).__name__)
        check_weight(summary.weight)
        return summary

    def objectives(self, view: View, looked: TargetSummary) -> list[GlmObjective]:
        problem = self._problem(view)
        known = self.known_start(1, view.n_features, self.warm_start)
        first = np.zeros(view.n_features + 1)
        if known is not None:
            first = stacked(known)
        elif self.fit_intercept:
            first[-1] = problem.link(looked.mean)
        penalty = Penalty(self.alpha)
        name = type(self).__name__
        return [
            GlmObjective(problem, view.rows, view.affine, penalty, self.fit_intercept, name, first)
        ]

    def conclude(
        self, minima: list[Minimum], objectives: list[GlmObjective], view: View, n_rows: int
    ) -> tuple[str, ...]:
        (minimum,) = minima
        coef, intercept = minimum.theta[:-1].copy(), minimum.theta[-1]
        if self.solver == "lbfgs":
            # only this solver keeps the precision of the rows in scikit-learn
            coef, intercept = as_dtype(coef, view), as_dtype(intercept, view)
        self.coef_ = coef
        self.intercept_ = intercept if self.fit_intercept else 0.0
        self.n_iter_ = minimum.n_iter
        return (minimum.outcome,)


class PoissonRegressor(_GlmRegressor, linear_model.PoissonRegressor):
    """Generalised linear model of counts, on data of any size.

    Subclasses :class:`sklearn.linear_model.PoissonRegressor` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the penalised likelihood is maximised
    to `tol` in a few passes of Newton's method, whichever ``solver`` is named.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import PoissonRegressor
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> model = PoissonRegressor().fit(X, X[:, 0])
    >>> round(model.score(X, X[:, 0]), 2)
    0.9
    """


class GammaRegressor(_GlmRegressor, linear_model.GammaRegressor):
    """Generalised linear model of positive quantities, on data of any size.

    Subclasses :class:`sklearn.linear_model.GammaRegressor` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the penalised likelihood is maximised
    to `tol` in a few passes of Newton's method, whichever ``solver`` is named.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import GammaRegressor
    >>> X = da.arange(1, 11, chunks=5).reshape(10, 1)
    >>> model = GammaRegressor().fit(X, X[:, 0])
    >>> round(model.score(X, X[:, 0]), 2)
    0.88
    """


class TweedieRegressor(_GlmRegressor, linear_model.TweedieRegressor):
    """Generalised linear model of any Tweedie power and link, on data of any size.

    Subclasses :class:`sklearn.linear_model.TweedieRegressor` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the penalised likelihood is maximised
    to `tol` in a few passes, whichever ``solver`` is named: Newton's method, with Fisher's
    information in the place of a Hessian where that is not positive.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import TweedieRegressor
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> model = TweedieRegressor(power=1.5, alpha=0.1).fit(X, X[:, 0])
    >>> round(model.score(X, X[:, 0]), 2)
    0.68
    """
