"""MinMaxScaler from the extremes of the columns: one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import preprocessing

from skdask.exceptions import SparseDataError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer, refuse_partial_fit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine, Extremes


class MinMaxScaler(FeaturesFit, LazyTransformer, preprocessing.MinMaxScaler):
    """Scale each feature to a given range, on data of any size.

    Subclasses :class:`sklearn.preprocessing.MinMaxScaler` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks are fitted in one pass,
    missing values left out.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import MinMaxScaler
    >>> MinMaxScaler().fit(da.arange(8, chunks=4).reshape(4, 2)).data_max_
    array([6., 7.])
    """

    def partial_fit(self, X: Any, y: Any = None) -> MinMaxScaler:
        """As scikit-learn, for in-memory data: `fit` streams by itself.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : Ignored

        Returns
        -------
        self
        """
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Extremes(), view.rows, "MinMaxScaler"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if view.facts.sparse:
            raise SparseDataError(
                "MinMaxScaler does not support sparse input. Consider using MaxAbsScaler instead."
            )
        extremes = yield from view.extremes("MinMaxScaler")
        # the scaler sees nothing but the two ends of each column
        ends = np.vstack([extremes.smallest, extremes.largest]).astype(view.facts.dtype)
        take_over(self, plain_copy(self).fit(ends))
        self.n_samples_seen_ = extremes.count
        remember_features(self, view)
        return ()

    @property
    def maps_rows(self) -> bool:
        """Clipping is not affine."""
        return bool(self.clip)

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        return Affine(self.scale_.astype(np.float64), self.min_.astype(np.float64))
