"""Lasso and ElasticNet from the moments: one pass, whatever the penalties and folds."""

from __future__ import annotations

from typing import Any

from sklearn import linear_model

from skdask.blocks import is_big
from skdask.linear_model.moment_regressor import MomentRegressor
from skdask.routes.fitting import fit_on_blocks, forget_report


class _CoordinateDescent(MomentRegressor):
    """What Lasso and ElasticNet share: the start that warm_start keeps."""

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, check_input: bool = True
    ) -> Any:
        """Fit the model by coordinate descent.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column; None for Blocks that carry it.
        sample_weight : array-like of shape (n_rows,) or str
        check_input : bool, default=True
            As in scikit-learn, for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, sample_weight, check_input)  # type: ignore[misc]
        return fit_on_blocks(self, X, y, sample_weight)

    def hand_on_start(self, plain: Any) -> None:
        if self.warm_start and hasattr(self, "coef_"):  # type: ignore[attr-defined]
            plain.coef_ = self.coef_.astype("float64")


class ElasticNet(_CoordinateDescent, linear_model.ElasticNet):
    """Least squares with l1 and l2 penalties on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.ElasticNet` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its coordinate descent runs on moment-equivalent
    rows and takes the same iterations.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import ElasticNet
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> ElasticNet(alpha=0.1).fit(X, 2 * X[:, 0]).coef_.round(4)
    array([1.9494])
    """


class Lasso(_CoordinateDescent, linear_model.Lasso):
    """Least squares with an l1 penalty on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.Lasso` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its coordinate descent runs on moment-equivalent
    rows and takes the same iterations.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Lasso
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> Lasso(alpha=0.1).fit(X, 2 * X[:, 0]).coef_.round(4)
    array([1.9657])
    """
