"""StandardScaler from the column moments: one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import preprocessing

from skdask._sklearn import scale_of_columns
from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.mixins.fits import WeightedFeaturesFit
from skdask.mixins.transformer import LazyProjector, LazyTransformer, refuse_partial_fit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.lazy import apply_lazily, inverse_lazily
from skdask.routes.view import View
from skdask.statistics import Affine, ColumnMoments


class _LazyWithCopy(LazyTransformer):
    """The same with the parameter of StandardScaler's methods, which blocks have no use for."""

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """Transform X: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        if is_big(X):
            return apply_lazily(self, "transform", X)
        return super(LazyProjector, self).transform(X, copy=copy)  # type: ignore[misc]

    def inverse_transform(self, X: Any, copy: bool | None = None) -> Any:
        """Undo transform: lazily for Dask collections, else as scikit-learn."""
        if is_big(X):
            return inverse_lazily(self, X)
        return super(LazyTransformer, self).inverse_transform(X, copy=copy)  # type: ignore[misc]


class StandardScaler(WeightedFeaturesFit, _LazyWithCopy, preprocessing.StandardScaler):
    """Centre features on their mean and scale them to unit variance, on data of any size.

    Subclasses :class:`sklearn.preprocessing.StandardScaler` and has its parameters and
    attributes. In-memory data is handed to it; Dask collections, files and blocks are fitted in
    one pass, missing values left out, sample weights taken into account.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import StandardScaler
    >>> X = da.arange(8, chunks=4).reshape(4, 2)
    >>> scaler = StandardScaler().fit(X)
    >>> scaler.mean_
    array([3., 4.])
    >>> scaler.transform(X)
    dask.array<..., shape=(4, 2), dtype=float64, chunksize=(2, 2), chunktype=numpy.ndarray>
    """

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> StandardScaler:
        """As scikit-learn, for in-memory data: `fit` streams by itself.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : Ignored
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        self
        """
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y, sample_weight)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(ColumnMoments(view.weighted), view.rows, "StandardScaler"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if view.facts.sparse and self.with_mean:
            raise DataError(
                "Cannot center sparse matrices: pass `with_mean=False` instead. See docstring for "
                "motivation and alternatives."
            )
        columns = yield from view.column_moments("StandardScaler")
        # float64 as scikit-learn's, which counts only where there is nothing to learn
        seen = columns.weight if self.with_mean or self.with_std else columns.count
        self.n_samples_seen_ = seen[0] if seen.min() == seen.max() else seen
        with np.errstate(invalid="ignore"):
            variance = columns.scatter / columns.weight
        mean = np.where(columns.weight > 0, columns.mean, np.nan)
        scale = scale_of_columns(variance, mean, self.n_samples_seen_)
        self.mean_ = mean if self.with_mean or self.with_std else None
        self.var_ = variance if self.with_std else None
        self.scale_ = scale if self.with_std else None
        remember_features(self, view)
        return ()

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        ones = np.ones(self.n_features_in_)
        factor = ones if self.scale_ is None else ones / self.scale_
        mean = self.mean_ if self.with_mean else None
        offset = 0.0 * ones if mean is None else -factor * mean
        return Affine(factor, offset)
