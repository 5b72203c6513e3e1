"""RobustScaler from exact quantiles of the columns: two passes mostly."""

from __future__ import annotations

import numpy as np
from scipy import stats
from sklearn import preprocessing

from skdask._sklearn import scale_without_zeros
from skdask.exceptions import DataError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request, together
from skdask.routes.fitting import remember_features
from skdask.routes.quantiles import quantile_request, quantiles_of
from skdask.routes.view import View
from skdask.solvers.quantiles import Quantiles
from skdask.statistics import Affine


class RobustScaler(FeaturesFit, LazyTransformer, preprocessing.RobustScaler):
    """Scale features by their median and a range of quantiles, on data of any size.

    Subclasses :class:`sklearn.preprocessing.RobustScaler` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks are fitted with the same
    quantiles to the bit, in two passes mostly and in one where rows are few or values repeat.
    Missing values are left out; sparse rows are taken without centring.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import RobustScaler
    >>> RobustScaler().fit(da.arange(9, chunks=3).reshape(9, 1)).center_
    array([4.])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (quantile_request(view.weighing(False), 2, "RobustScaler"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        low, high = self.quantile_range
        if not 0 <= low <= high <= 100:
            raise ValueError(f"Invalid quantile range: {self.quantile_range}")
        if view.facts.sparse and self.with_centering:
            raise DataError(
                "Cannot center sparse matrices: use `with_centering=False` instead. See docstring "
                "for motivation and alternatives."
            )
        rows = view.weighing(False)
        ends = np.array([low, high], dtype=np.float64) / 100
        middle, quantiles = yield from together(
            [
                quantiles_of(rows, [0.5, 0.5], "RobustScaler", method="median"),
                quantiles_of(rows, ends, "RobustScaler"),
            ]
        )
        self._take(middle, quantiles)
        remember_features(self, view)
        return ()

    def _take(self, middle: Quantiles, quantiles: Quantiles) -> None:
        self.center_ = middle.values[0] if self.with_centering else None
        self.scale_ = None
        if not self.with_scaling:
            return
        low, high = self.quantile_range
        scale = scale_without_zeros(quantiles.values[1] - quantiles.values[0])
        if self.unit_variance:
            scale = scale / (stats.norm.ppf(high / 100.0) - stats.norm.ppf(low / 100.0))
        self.scale_ = scale

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        ones = np.ones(self.n_features_in_)
        factor = ones if self.scale_ is None else ones / self.scale_
        offset = 0.0 * ones if self.center_ is None else -factor * self.center_
        return Affine(factor, offset)
