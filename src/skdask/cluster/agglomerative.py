"""AgglomerativeClustering of a sample; other rows follow the sampled row next to them."""

from __future__ import annotations

from sklearn import cluster

from skdask.cluster.sampled import SampledClusterer


class AgglomerativeClustering(SampledClusterer, cluster.AgglomerativeClustering):
    """Hierarchical clustering of rows of any number.

    Subclasses :class:`sklearn.cluster.AgglomerativeClustering` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is fitted on a uniform sample of
    ``skdask.config.get().sample_rows`` rows, 5000 unless set; other rows get the
    label of the sampled row next to them.
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
    >>> from skdask.cluster import AgglomerativeClustering
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> sorted(set(AgglomerativeClustering(2).fit(X).labels_.compute().tolist()))
    [0, 1]
    """
