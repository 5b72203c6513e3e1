"""LinearRegression from the moments: one pass, two where columns are nearly collinear."""

from __future__ import annotations

import numpy as np
from sklearn import linear_model

from skdask.linear_model.moment_regressor import MomentRegressor
from skdask.mixins.fits import WeightedTargetFit
from skdask.statistics import MomentSummary


class LinearRegression(WeightedTargetFit, MomentRegressor, linear_model.LinearRegression):
    """Ordinary least squares on data of any size, in one pass.

    Subclasses :class:`sklearn.linear_model.LinearRegression` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its solver runs on moment-equivalent
    rows; where the features are so nearly collinear that their scatter has lost digits, a second
    pass reads a QR factor of the rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LinearRegression
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> LinearRegression().fit(X, 2 * X[:, 0] + 1).coef_.round(6)
    array([2.])
    """

    def ridge_penalty(self) -> float:
        return 0.0

    def correct(self, moments: MomentSummary) -> None:
        # absent where scikit-learn solved by non-negative least squares
        singular = getattr(self, "singular_", None)
        if singular is not None:
            # scikit-learn has one a row where there are fewer rows than features
            kept = singular[: min(moments.count, len(singular))]
            self.singular_ = kept * np.sqrt(moments.weight / (len(moments.mean) + 1))
