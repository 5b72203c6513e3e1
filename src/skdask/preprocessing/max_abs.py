"""MaxAbsScaler from the extremes of the columns: one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import preprocessing

from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer, refuse_partial_fit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine, Extremes


class MaxAbsScaler(FeaturesFit, LazyTransformer, preprocessing.MaxAbsScaler):
    """Scale each feature by its largest absolute value, on data of any size.

    Subclasses :class:`sklearn.preprocessing.MaxAbsScaler` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks, sparse ones too, are fitted
    in one pass, missing values left out.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import MaxAbsScaler
    >>> MaxAbsScaler().fit(da.from_array([[1.0], [-4.0]])).max_abs_
    array([4.])
    """

    def partial_fit(self, X: Any, y: Any = None) -> MaxAbsScaler:
        """As scikit-learn, for in-memory data: `fit` streams by itself.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : Ignored

        Returns
        -------
        self
        """
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Extremes(), view.rows, "MaxAbsScaler"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        extremes = yield from view.extremes("MaxAbsScaler")
        # the scaler sees nothing but the two ends of each column
        ends = np.vstack([extremes.smallest, extremes.largest]).astype(view.facts.dtype)
        take_over(self, plain_copy(self).fit(ends))
        self.n_samples_seen_ = extremes.count
        remember_features(self, view)
        return ()

    @property
    def maps_rows(self) -> bool:
        """Clipping is not affine."""
        return bool(getattr(self, "clip", False))

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        scale = self.scale_.astype(np.float64)
        return Affine(1.0 / scale, np.zeros(len(scale)))
