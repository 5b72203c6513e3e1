"""OrthogonalMatchingPursuit from the moments: one pass."""

from __future__ import annotations

from typing import Any

from sklearn import linear_model

from skdask.linear_model.moment_regressor import UnweightedMomentRegressor
from skdask.statistics import MomentSummary


class OrthogonalMatchingPursuit(UnweightedMomentRegressor, linear_model.OrthogonalMatchingPursuit):
    """Greedy least squares with few coefficients on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.OrthogonalMatchingPursuit` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its algorithm runs on moment-equivalent
    rows; where the features are nearly collinear a second pass reads a QR factor of the rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import OrthogonalMatchingPursuit
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1]], chunks=(2, 2))
    >>> OrthogonalMatchingPursuit().fit(X, 2 * X[:, 0] + 1).coef_.round(6)
    array([2., 0.])
    """

    in_data_dtype = ("coef_", "intercept_")

    def ridge_penalty(self) -> float:
        return 0.0

    def solver_changes(self, moments: MomentSummary) -> dict[str, Any]:
        if self.tol is None:
            return {}
        # it bounds a sum over rows, of which there are fewer
        return {"tol": self.tol * (len(moments.mean) + 1) / moments.count}
