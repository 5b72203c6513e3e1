"""What the regressors share that see the data only through its moments.

scikit-learn's own, unmodified solver is fitted on moment-equivalent rows: p + 1 rows with the
mean and covariance of all of them. Nothing of its mathematics is written again.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn import config_context

from skdask.blocks import is_big
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import (
    as_dtype,
    equivalent_data,
    fit_on_blocks,
    forget_report,
    remember_features,
)
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import MomentSummary


class MomentRegressor(LazyPredictor):
    """Fits its scikit-learn parent on moment-equivalent rows."""

    # whether the parent's objective is a sum over rows, so that their number matters
    sums_over_rows = False
    # attributes that scikit-learn leaves in the precision of the data
    in_data_dtype: ClassVar[tuple[str, ...]] = ("coef_", "intercept_", "dual_gap_", "singular_")

    fit_intercept: bool
    coef_: Any
    intercept_: Any

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view.check_numeric_target()
        return (self.seen(view).moments_request(True, type(self).__name__),)

    def seen(self, view: View) -> View:
        """The rows as this estimator weighs them."""
        return view

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        name, view = type(self).__name__, self.seen(view)
        moments = yield from view.moments(True, name, self.ridge_penalty())
        plain = plain_copy(self, **self.solver_changes(moments))
        self.hand_on_start(plain)
        X, y, weight = self.rows_to_fit(moments, view)
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

    def rows_to_fit(self, moments: MomentSummary, view: View) -> tuple[Any, Any, Any]:
        """Moment-equivalent rows as (X, y, sample_weight)."""
        return equivalent_data(moments, view)

    def finish(self, view: View) -> None:
        """Give the attributes the data's precision and names."""
        for name in self.in_data_dtype:
            value = getattr(self, name, None)
            # an intercept that was not fitted stays a plain 0.0
            if isinstance(value, list):  # one array a target
                setattr(self, name, [as_dtype(each, view) for each in value])
            elif isinstance(value, np.ndarray | np.generic):
                setattr(self, name, as_dtype(value, view))
        remember_features(self, view)

    def ridge_penalty(self) -> float | None:
        """The penalty that decides whether the scatter is good enough; None if it always is."""
        return None

    def solver_changes(self, moments: MomentSummary) -> dict[str, Any]:
        """Parameters to change for a solver that suits a few rows."""
        return {}

    def hand_on_start(self, plain: Any) -> None:
        """Give the plain estimator a warm start."""

    def correct(self, moments: MomentSummary) -> None:
        """Mend the attributes that depend on the number of rows."""


class UnweightedMomentRegressor(MomentRegressor):
    """The same for a parent whose fit takes no sample weights."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column; None for Blocks that carry it.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y)  # type: ignore[misc]
        return fit_on_blocks(self, X, y)

    def seen(self, view: View) -> View:
        return view.weighing(False)


def without_gram(estimator: Any) -> dict[str, Any]:
    """A Gram matrix that was given saves scikit-learn reading all rows; here nothing reads them."""
    return {"precompute": "auto"} if hasattr(estimator.precompute, "__array__") else {}
