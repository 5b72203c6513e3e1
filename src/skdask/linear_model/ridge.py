"""Ridge from the moments: one pass, whatever the number of penalties and folds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import linear_model

from skdask.linear_model.moment_regressor import MomentRegressor
from skdask.linear_model.ridge_path import EXACT_SOLVERS, ridge_path
from skdask.mixins.fits import WeightedTargetFit
from skdask.passes import Algorithm, together
from skdask.routes.view import View
from skdask.statistics import MomentSummary


class Ridge(WeightedTargetFit, MomentRegressor, linear_model.Ridge):
    """Least squares with an l2 penalty on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.Ridge` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its solver runs on moment-equivalent rows; the
    stochastic solvers ``"sag"`` and ``"saga"`` are replaced by a direct one, which gives what
    they converge to.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> Ridge(alpha=17.5).fit(X, 2 * X[:, 0] + 1).coef_
    array([1.])
    """

    sums_over_rows = True

    def ridge_penalty(self) -> float:
        return float(np.min(self.alpha))

    def solver_changes(self, moments: MomentSummary) -> dict[str, Any]:
        return {"solver": "auto"} if self.solver in ("sag", "saga") else {}

    @staticmethod
    def algorithm_together(
        estimators: Sequence[Ridge], views: Sequence[View]
    ) -> Algorithm[list[tuple[str, ...]]]:
        """Fit several at once; those that differ in their penalty only share a decomposition."""
        paths: dict[Any, list[int]] = defaultdict(list)
        for position, (estimator, view) in enumerate(zip(estimators, views, strict=True)):
            own = position if not estimator._on_path() else None
            paths[id(view), estimator.fit_intercept, own].append(position)
        yield from together(
            [
                _fit_path([estimators[i] for i in positions], views[positions[0]])
                for positions in paths.values()
            ]
        )
        return [()] * len(estimators)

    def _on_path(self) -> bool:
        """Whether a decomposition that others share gives this estimator's solution."""
        penalty_is_one = np.ndim(self.alpha) == 0 and np.all(self.alpha > 0)
        return bool(penalty_is_one and not self.positive and self.solver in EXACT_SOLVERS)


def _fit_path(estimators: Sequence[Ridge], view: View) -> Algorithm[None]:
    first = estimators[0]
    if not first._on_path():
        yield from first.algorithm(view)
        return
    alphas = [float(estimator.alpha) for estimator in estimators]
    moments = yield from view.moments(True, "Ridge", min(alphas))
    if len(estimators) == 1 and moments.factor is not None:
        # rows keep the precision that products of them lose
        yield from first.algorithm(view)
        return
    path = ridge_path(moments, view.n_features, alphas, first.fit_intercept)
    for estimator, (coef, intercept) in zip(estimators, path, strict=True):
        one_target = view.facts.y_ndim == 1
        estimator.coef_ = coef[0] if one_target else coef
        estimator.intercept_ = 0.0
        if estimator.fit_intercept:
            estimator.intercept_ = intercept[0] if one_target else intercept
        estimator.n_iter_ = None
        estimator.solver_ = "cholesky" if estimator.solver == "auto" else estimator.solver
        estimator.finish(view)
