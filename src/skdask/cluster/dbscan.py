"""DBSCAN of a sample; other rows belong to the core sample next to them."""

from __future__ import annotations

from typing import Any

from sklearn import cluster

from skdask.cluster.sampled import NearestLabels, SampledClusterer


class DBSCAN(SampledClusterer, cluster.DBSCAN):
    """Clusters of high density, in rows of any number.

    Subclasses :class:`sklearn.cluster.DBSCAN` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is fitted on a uniform sample of
    ``skdask.config.get().sample_rows`` rows, 5000 unless set; a row
    gets the label of the core sample next to it, or -1 where that is further than ``eps``. So
    ``eps`` and ``min_samples`` are about the density of the sample.
    Data of no more rows give scikit-learn's own result.

    Attributes
    ----------
    labels_ : ndarray or Dask Array of shape (n_rows,)
        Of all rows; a Dask Array after a fit on blocks. Other attributes are those of the sample.
    fit_report_ : FitReport
        What the fit read and cost, and how large the sample was; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import DBSCAN
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> DBSCAN(eps=1.0, min_samples=2).fit(X).labels_.compute()
    array([0, 0, 0, 1, 1, 1])
    """

    def fit(  # type: ignore[override]
        self, X: Any, y: Any = None, sample_weight: Any = None
    ) -> Any:
        """Find the clusters; weights are those of the rows, or of the rows of the sample."""
        return super().fit(X, y, sample_weight=sample_weight)

    def fit_predict(  # type: ignore[override]
        self, X: Any, y: Any = None, sample_weight: Any = None
    ) -> Any:
        """Find the clusters and return ``labels_``."""
        return self.fit(X, y, sample_weight).labels_

    def _labeller(self, plain: Any, X: Any) -> Any:
        labels = plain.labels_[plain.core_sample_indices_]
        return NearestLabels(plain.components_, labels, self.eps, self._metric())
