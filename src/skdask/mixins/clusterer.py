"""A clusterer's methods: labels of all rows are lazy on Dask collections, Blocks and paths."""

from __future__ import annotations

from typing import Any, Self

from skdask.blocks import is_big
from skdask.mixins.fits import WeightedFeaturesFit
from skdask.routes.fitting import forget_report
from skdask.routes.lazy import apply_lazily, fitted_columns
from skdask.routes.twins import to_sklearn


class LazyLabels:
    """fit_predict that stays lazy: what a fit on blocks has left as ``labels_``."""

    def fit_predict(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, then the cluster of each row: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return self.fit(X, y, **fit_params).labels_  # type: ignore[attr-defined]
        forget_report(self)
        return super().fit_predict(X, y, **fit_params)  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed.

        Lazy ``labels_`` stay behind.
        """
        return to_sklearn(self)


class LazyClusterer(LazyLabels):
    """predict that stays lazy; ``labels_`` of a fit on blocks is its result on those rows."""

    def predict(self, X: Any) -> Any:
        """The cluster of each row: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict", X)
        return super().predict(X)  # type: ignore[misc]


class LazyDistances(WeightedFeaturesFit, LazyClusterer):
    """A clusterer that also transforms rows, to their distances from the centres."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find the clusters.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        super().fit(X, y, sample_weight)
        if is_big(X) and getattr(self, "compute_labels", True):
            label_lazily(self, X)
        return self

    def transform(self, X: Any) -> Any:
        """Distances from the centres: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "transform", X)
        return super().transform(X)  # type: ignore[misc]

    def fit_predict(  # type: ignore[override]
        self, X: Any, y: Any = None, sample_weight: Any = None
    ) -> Any:
        """Fit, then the cluster of each row: lazily for Dask collections, Blocks and paths."""
        return super().fit_predict(X, y, sample_weight=sample_weight)

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Fit, then transform the same rows: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return self.fit(X, y, sample_weight).transform(fitted_columns(self, X))
        forget_report(self)
        return super().fit_transform(X, y, sample_weight)  # type: ignore[misc]


def label_lazily(estimator: Any, X: Any) -> Any:
    """Give a freshly fitted clusterer the labels of the rows that it was fitted on, lazily."""
    estimator.labels_ = estimator.predict(fitted_columns(estimator, X))
    return estimator
