"""MultiTaskLasso and MultiTaskElasticNet from the moments: one pass."""

from __future__ import annotations

from typing import Any

from sklearn import linear_model

from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.linear_model.moment_regressor import MomentRegressor
from skdask.passes import Request
from skdask.routes.fitting import fit_on_blocks, forget_report
from skdask.routes.view import View
from skdask.statistics import MomentSummary


class _MultiTask(MomentRegressor):
    eps_: float

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Fit the model by coordinate descent.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows, n_targets), or list of str
            For a table, the names of its target columns; None for Blocks that carry them.
        sample_weight : array-like of shape (n_rows,) or str
            In memory from scikit-learn 1.9 on.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            weights = {} if sample_weight is None else {"sample_weight": sample_weight}
            return super().fit(X, y, **weights)  # type: ignore[misc]
        return fit_on_blocks(self, X, y, sample_weight)

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
        if self.warm_start and hasattr(self, "coef_"):  # type: ignore[attr-defined]
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
