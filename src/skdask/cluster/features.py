"""FeatureAgglomeration from moments: distances between columns need no rows.

Rows with the mean and the covariance of all rows have the inner products of all columns, up to a
factor. So scikit-learn's own fit finds the same tree on them, in one pass over the data.
"""

from __future__ import annotations

import numpy as np
from sklearn import cluster

from skdask.exceptions import DataError, UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine

# Distances that follow from inner products, and whether they grow with the rows
_METRICS = {"euclidean": True, "l2": True, "cosine": False}


class FeatureAgglomeration(FeaturesFit, LazyTransformer, cluster.FeatureAgglomeration):
    """Clusters of similar features, on data of any size and in one pass.

    Subclasses :class:`sklearn.cluster.FeatureAgglomeration` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the tree comes from the moments, for
    the metrics "euclidean", "l2" and "cosine" and every linkage.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import FeatureAgglomeration
    >>> X = da.from_array([[1.0, 1.1, 5.0], [2.0, 2.1, 7.0], [4.0, 4.0, 1.0]], chunks=(2, 3))
    >>> FeatureAgglomeration(n_clusters=2).fit(X).labels_
    array([0, 0, 1])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.weighing(False).moments_request(False, "FeatureAgglomeration"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.metric not in _METRICS:
            raise UnsupportedError(
                f"FeatureAgglomeration on blocks with metric={self.metric!r}: distances come from "
                f"moments there; use one of {', '.join(map(repr, _METRICS))}."
            )
        if view.n_features < 2:
            raise DataError(
                f"Found array with {view.n_features} feature(s) while a minimum of 2 is required "
                "by FeatureAgglomeration."
            )
        moments = yield from view.weighing(False).moments(False, "FeatureAgglomeration")
        rows = moments.equivalent_rows()
        # squared distances are sums over rows, of which there are fewer
        scale = np.sqrt(moments.count / len(rows)) if _METRICS[self.metric] else 1.0
        threshold = self.distance_threshold
        limit = None if threshold is None else threshold / scale
        plain = plain_copy(self, distance_threshold=limit).fit(rows)
        if hasattr(plain, "distances_"):
            plain.distances_ *= scale
        take_over(self, plain)
        remember_features(self, view)
        return ()

    def affine(self) -> Affine:
        """What transform does, once fitted: the means of the clusters' features."""
        if self.pooling_func is not np.mean:
            raise UnsupportedError(
                "FeatureAgglomeration before another step on blocks pools by numpy.mean; leave "
                "pooling_func out, or transform the rows first."
            )
        members = self.labels_[:, np.newaxis] == np.arange(self.n_clusters_)
        return Affine(members / members.sum(axis=0), np.zeros(self.n_clusters_))
