"""What the regressors share that see the data only through its moments.

scikit-learn's own, unmodified solver is fitted on moment-equivalent rows: p + 1 rows with the
mean and covariance of all of them. Nothing of its mathematics is written again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import config_context

from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, equivalent_data, remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import MomentSummary


class MomentRegressor(LazyPredictor):
    """Fits its scikit-learn parent on moment-equivalent rows."""

    # whether the parent's objective is a sum over rows, so that their number matters
    sums_over_rows = False

    fit_intercept: bool
    coef_: Any
    intercept_: Any

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view.check_numeric_target()
        return (view.moments_request(True, type(self).__name__),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        name = type(self).__name__
        moments = yield from view.moments(True, name, self.ridge_penalty())
        plain = plain_copy(self, **self.solver_changes())
        self.hand_on_start(plain)
        X, y, weight = equivalent_data(moments, view)
        # parameters were checked before the pass, and the rows were made by us
        with config_context(skip_parameter_validation=True, assume_finite=True):
            if self.sums_over_rows:
                plain.fit(X, y, sample_weight=weight)
            else:
                plain.fit(X, y)
        take_over(self, plain)
        self.correct(moments)
        self.finish(view)
        return ()

    def finish(self, view: View) -> None:
        """Give the attributes the data's precision and names."""
        for name in ("coef_", "intercept_", "dual_gap_", "singular_"):
            value = getattr(self, name, None)
            # an intercept that was not fitted stays a plain 0.0
            if isinstance(value, np.ndarray | np.generic):
                setattr(self, name, as_dtype(value, view))
        remember_features(self, view)

    def ridge_penalty(self) -> float | None:
        """The penalty that decides whether the scatter is good enough; None if it always is."""
        return None

    def solver_changes(self) -> dict[str, Any]:
        """Parameters to change for a solver that suits a few rows."""
        return {}

    def hand_on_start(self, plain: Any) -> None:
        """Give the plain estimator a warm start."""

    def correct(self, moments: MomentSummary) -> None:
        """Mend the attributes that depend on the number of rows."""
