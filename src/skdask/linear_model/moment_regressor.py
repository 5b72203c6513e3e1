"""What the regressors share that see the data only through its moments.

scikit-learn's own, unmodified solver is fitted on moment-equivalent rows: p + 1 rows with the
mean and covariance of all of them. Nothing of its mathematics is written again.
"""

from __future__ import annotations

from typing import Any

from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, equivalent_data, remember_features
from skdask.routes.lazy import LazyPredictor
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import MomentSummary


class MomentRegressor(LazyPredictor):
    """Fits its scikit-learn parent on moment-equivalent rows."""

    # whether the parent's objective is a sum over rows, so that their number matters
    sums_over_rows = False

    def first_requests(self, view: View) -> tuple[Request, ...]:
        view.check_numeric_target()
        return (view.moments_request(True, type(self).__name__),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        name = type(self).__name__
        moments = yield from view.moments(True, name, self.condition_limit(view))
        plain = plain_copy(self, **self.solver_changes())
        self.hand_on_start(plain)
        X, y, weight = equivalent_data(moments, view)
        if self.sums_over_rows:
            plain.fit(X, y, sample_weight=weight)
        else:
            plain.fit(X, y)
        take_over(self, plain)
        self.correct(moments)
        self.coef_ = as_dtype(self.coef_, view)
        if self.fit_intercept:  # type: ignore[attr-defined]
            self.intercept_ = as_dtype(self.intercept_, view)
        remember_features(self, view)  # type: ignore[arg-type]
        return ()

    def condition_limit(self, view: View) -> float:
        """Condition number of the features above which the QR form is read."""
        return float("inf")

    def solver_changes(self) -> dict[str, Any]:
        """Parameters to change for a solver that suits a few rows."""
        return {}

    def hand_on_start(self, plain: Any) -> None:
        """Give the plain estimator a warm start."""

    def correct(self, moments: MomentSummary) -> None:
        """Mend the attributes that depend on the number of rows."""
