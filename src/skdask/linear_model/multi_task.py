"""MultiTaskLasso and MultiTaskElasticNet from the moments: one pass."""

from __future__ import annotations

from typing import Any

from sklearn import linear_model

from skdask._sklearn import MULTI_TASK_WEIGHS
from skdask.exceptions import DataError
from skdask.linear_model.moment_regressor import MomentRegressor, UnweightedMomentRegressor
from skdask.mixins.fits import WeightedTargetFit
from skdask.passes import Request
from skdask.routes.view import View
from skdask.statistics import MomentSummary


class _Weighted(WeightedTargetFit, MomentRegressor):
    """As scikit-learn's are from 1.9 on."""


_Regressor: Any = _Weighted if MULTI_TASK_WEIGHS else UnweightedMomentRegressor


class _MultiTask(_Regressor):
    eps_: float

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        check_several_targets(self, view)
        return super().first_requests(view)

    def algorithm(self, view: View) -> Any:
        """Fit from the statistics of a view of the rows."""
        check_several_targets(self, view)
        return (yield from super().algorithm(view))

    def correct(self, moments: MomentSummary) -> None:
        # a tolerance of a sum over rows
        self.eps_ *= moments.count / (len(moments.mean) + 1)

    def hand_on_start(self, plain: Any) -> None:
        if self.warm_start and hasattr(self, "coef_"):
            plain.coef_ = self.coef_.astype("float64")


def check_several_targets(estimator: Any, view: View) -> None:
    """scikit-learn's error for a target of one dimension."""
    if view.facts.y_ndim == 1:
        single = type(estimator).__name__.removeprefix("MultiTask")
        raise DataError(f"For mono-task outputs, use {single}")


class MultiTaskElasticNet(_MultiTask, linear_model.MultiTaskElasticNet):
    """ElasticNet that selects features for several targets at once, in one pass.

    Subclasses :class:`sklearn.linear_model.MultiTaskElasticNet` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its coordinate descent runs on
    moment-equivalent rows and takes the same iterations.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import MultiTaskElasticNet
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> MultiTaskElasticNet(alpha=0.1).fit(X, da.hstack([X, 2 * X])).coef_.round(4)
    array([[0.9756],
           [1.9512]])
    """


class MultiTaskLasso(_MultiTask, linear_model.MultiTaskLasso):
    """Lasso that selects features for several targets at once, in one pass.

    Subclasses :class:`sklearn.linear_model.MultiTaskLasso` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its coordinate descent runs on
    moment-equivalent rows and takes the same iterations.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import MultiTaskLasso
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> MultiTaskLasso(alpha=0.1).fit(X, da.hstack([X, 2 * X])).coef_.round(4)
    array([[0.9847],
           [1.9693]])
    """
