"""VarianceThreshold from the moments of the columns: one pass."""

from __future__ import annotations

import numpy as np
from sklearn import feature_selection

from skdask.feature_selection.selector import BlockSelector
from skdask.mixins.fits import FeaturesFit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.view import View
from skdask.statistics import Extremes


class VarianceThreshold(FeaturesFit, BlockSelector, feature_selection.VarianceThreshold):
    """Leave out features that hardly vary, on data of any size.

    Subclasses :class:`sklearn.feature_selection.VarianceThreshold` and has its parameters and
    attributes. In-memory data is handed to it; Dask collections, files and blocks are fitted in
    one pass, missing values left out.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import VarianceThreshold
    >>> X = da.from_array([[0.0, 2.0], [0.0, 1.0], [0.0, 3.0]], chunks=2)
    >>> VarianceThreshold().fit(X).get_support()
    array([False,  True])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        self.choose_form(view)
        requests = [view.weighing(False).column_request("VarianceThreshold")]
        if self.threshold == 0:
            requests.append(Request(Extremes(), view.rows, "VarianceThreshold"))
        return tuple(requests)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        self.choose_form(view)
        if view.affine.by_column:
            yield self.first_requests(view)
        columns = yield from view.weighing(False).column_moments("VarianceThreshold")
        known = columns.count > 0
        variances = np.divide(
            columns.scatter, columns.weight, out=np.full(len(known), np.nan), where=known
        )
        if self.threshold == 0:
            # as scikit-learn: of constant columns the range is zero where the variance is rounding
            ends = yield from view.extremes("VarianceThreshold")
            variances = np.fmin(variances, ends.largest - ends.smallest)
        if np.all(~np.isfinite(variances) | (variances <= self.threshold)):
            raise ValueError(
                f"No feature in X meets the variance threshold {self.threshold:.5f}"
                + " (X contains only one sample)" * int(columns.count.max() == 1)
            )
        self.variances_ = variances
        remember_features(self, view)
        return ()
