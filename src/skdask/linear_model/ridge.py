"""Ridge from the moments: one pass, whatever the number of penalties and folds."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import linear_model

from skdask.blocks import is_big
from skdask.linear_model.moment_regressor import MomentRegressor
from skdask.routes.fitting import fit_on_blocks
from skdask.routes.view import ILL_CONDITIONED, View


class Ridge(MomentRegressor, linear_model.Ridge):
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

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Ridge:
        """Fit the ridge model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column.
        sample_weight : array-like of shape (n_rows,) or str, default=None

        Returns
        -------
        self
        """
        if not is_big(X):
            return super().fit(X, y, sample_weight)
        return fit_on_blocks(self, X, y, sample_weight)

    def condition_limit(self, view: View) -> float:
        # any sizeable penalty bounds the condition; without one this is least squares
        return ILL_CONDITIONED if np.min(self.alpha) <= 0 else float("inf")

    def solver_changes(self) -> dict[str, Any]:
        return {"solver": "auto"} if self.solver in ("sag", "saga") else {}
