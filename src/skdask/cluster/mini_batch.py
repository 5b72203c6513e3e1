"""MiniBatchKMeans: scikit-learn's own steps, on batches drawn from a sample of the rows.

Mini batches are random rows, and a fit converges after a few hundred of them. So one pass draws a
uniform sample that is as large as a block, and the batches are drawn from that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import cluster

from skdask.cluster.scores import InertiaScore
from skdask.exceptions import DataError
from skdask.mixins.clusterer import LazyDistances
from skdask.mixins.transformer import refuse_partial_fit
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import remember_features
from skdask.routes.kmeans_starts import GATHERED_BYTES
from skdask.routes.sampling import WHOLE
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics.lloyd import Inertia
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import SampledRows


class MiniBatchKMeans(InertiaScore, LazyDistances, cluster.MiniBatchKMeans):
    """K-means by mini batches, on data of any size.

    Subclasses :class:`sklearn.cluster.MiniBatchKMeans` and has its parameters and attributes.
    In-memory data is handed to it. On blocks one pass draws a uniform sample of 16 MiB of rows,
    on which scikit-learn's own fit draws its batches; where that holds all rows the result is
    scikit-learn's. With ``compute_labels`` a second pass takes the inertia of all rows. Use
    `KMeans` where every row must have its say.

    Attributes
    ----------
    labels_ : ndarray or Dask Array of shape (n_rows,)
        After a fit on blocks it is lazy, as are the results of `predict`.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import MiniBatchKMeans
    >>> X = da.from_array([[1.0], [2.0], [9.0], [10.0]], chunks=(2, 1))
    >>> model = MiniBatchKMeans(n_clusters=2, random_state=0, n_init=3).fit(X)
    >>> int((model.labels_ == model.labels_[0]).sum())
    2
    """

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> MiniBatchKMeans:
        """One step on rows in memory."""
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y, sample_weight)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (self._sample_request(view),)

    def _sample_request(self, view: View) -> Request:
        size = GATHERED_BYTES // (8 * view.facts.n_features)
        return view.sample_request(size, self.random_state, "MiniBatchKMeans")

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        request = self._sample_request(view)
        sample: SampledRows = yield from ask(request.statistic, view.rows, request.asked_by)
        if sample.count < self.n_clusters:
            raise DataError(f"n_samples={sample.count} should be >= n_clusters={self.n_clusters}.")
        weight = sample.rows.sample_weight if view.weighted else None
        plain = plain_copy(self).fit(view.show(sample.rows.X), None, weight)
        take_over(self, plain)
        self.__dict__.pop("labels_", None)
        remember_features(self, view)
        if sample.is_whole:
            return WHOLE
        if self.compute_labels:
            mapped = Mapped(view.affine, np.zeros(view.n_features), view.weighted)
            inertia = Inertia(mapped, self.cluster_centers_)
            self.inertia_ = yield from ask(inertia, view.rows, request.asked_by)
        return (f"batches were drawn from {sample.rows.n_rows:,} of {sample.count:,} rows",)
