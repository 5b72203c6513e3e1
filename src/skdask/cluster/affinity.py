"""AffinityPropagation of a sample; every row belongs to the exemplar next to it."""

from __future__ import annotations

from typing import Any

from sklearn import cluster

from skdask.cluster.sampled import SampledClusterer
from skdask.mixins.clusterer import LazyClusterer
from skdask.routes.lazy import bare_predictor


class AffinityPropagation(SampledClusterer, LazyClusterer, cluster.AffinityPropagation):
    """Clusters around exemplars, in rows of any number.

    Subclasses :class:`sklearn.cluster.AffinityPropagation` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is fitted on a uniform sample of
    ``skdask.config.get().sample_rows`` rows, 5000 unless set; every row
    gets the label of the exemplar next to it, as `predict` does.
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
    >>> from skdask.cluster import AffinityPropagation
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> AffinityPropagation(random_state=0).fit(X).labels_.compute()
    array([0, 0, 0, 1, 1, 1])
    """

    def _labeller(self, plain: Any, X: Any) -> Any:
        return bare_predictor(plain)
