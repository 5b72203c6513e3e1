"""SpectralBiclustering and SpectralCoclustering of a sample; other rows follow the next of it.

Columns are clustered by what all sampled rows say of them. Which rows a bicluster has is as long
as the data, so ``rows_`` and ``row_labels_`` are lazy.
"""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
from numpy.typing import NDArray
from sklearn import cluster

from skdask.blocks import is_big
from skdask.cluster.sampled import SampledFit
from skdask.exceptions import UnsupportedError
from skdask.routes.twins import to_sklearn


class SampledBiclusters(SampledFit):
    """Biclusters whose rows are lazy after a fit on blocks."""

    row_labels = "row_labels_"
    rows_: Any
    columns_: NDArray[np.bool_]

    def _label(self, labels: da.Array) -> None:
        super()._label(labels)
        self.rows_ = labels[np.newaxis, :] == self._labels_of_biclusters()[:, np.newaxis]

    def _labels_of_biclusters(self) -> NDArray[np.intp]:
        """The label that the rows of each bicluster have."""
        return np.arange(len(self.columns_))

    def get_indices(self, i: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Row and column indices of the bicluster, in memory.

        Parameters
        ----------
        i : int
            The bicluster.

        Returns
        -------
        row_ind, col_ind : ndarray
        """
        return np.flatnonzero(np.asarray(self.rows_[i])), np.flatnonzero(self.columns_[i])

    def get_submatrix(self, i: int, data: Any) -> Any:
        """The submatrix of the bicluster, of data in memory.

        Parameters
        ----------
        i : int
            The bicluster.
        data : array-like of shape (n_rows, n_features)

        Returns
        -------
        ndarray of shape (n_rows of the bicluster, n_columns of it)
        """
        if is_big(data):
            raise UnsupportedError(
                f"get_submatrix of {type(self).__name__} takes rows in memory. Of a Dask Array "
                "take X[row_labels_ == label][:, columns_[i]], which is lazy."
            )
        return super().get_submatrix(i, data)  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed.

        Lazy ``row_labels_`` and ``rows_`` stay behind.
        """
        return to_sklearn(self)


class SpectralCoclustering(SampledBiclusters, cluster.SpectralCoclustering):
    """Clusters of rows and columns that go together, in rows of any number.

    Subclasses :class:`sklearn.cluster.SpectralCoclustering` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is fitted on a uniform sample of
    ``skdask.config.get().sample_rows`` rows, 5000 unless set; other rows get the label of the
    sampled row with the most alike proportions (by the cosine, as a row's sum does not matter).
    Data of no more rows give scikit-learn's own result.

    Attributes
    ----------
    row_labels_ : ndarray or Dask Array of shape (n_rows,)
        Of all rows; a Dask Array after a fit on blocks.
    rows_ : ndarray or Dask Array of shape (n_clusters, n_rows)
        As ``row_labels_``.
    fit_report_ : FitReport
        What the fit read and cost, and how large the sample was; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import SpectralCoclustering
    >>> X = da.from_array([[9.0, 9.0, 1.0], [8.0, 9.0, 1.0], [1.0, 1.0, 9.0]], chunks=(2, 3))
    >>> model = SpectralCoclustering(n_clusters=2, random_state=0).fit(X)
    >>> model.rows_.sum(axis=1).compute().tolist() in ([1, 2], [2, 1])
    True
    """

    def _metric(self) -> dict[str, Any]:
        return {"metric": "cosine"}


class SpectralBiclustering(SampledBiclusters, cluster.SpectralBiclustering):
    """A checkerboard of clusters of rows and of columns, in rows of any number.

    Subclasses :class:`sklearn.cluster.SpectralBiclustering` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is fitted on a uniform sample of
    ``skdask.config.get().sample_rows`` rows, 5000 unless set; other rows get the label of the
    sampled row next to them. Data of no more rows give scikit-learn's own result.

    Attributes
    ----------
    row_labels_ : ndarray or Dask Array of shape (n_rows,)
        Of all rows; a Dask Array after a fit on blocks.
    rows_ : ndarray or Dask Array of shape (n_row_clusters * n_column_clusters, n_rows)
        As ``row_labels_``.
    fit_report_ : FitReport
        What the fit read and cost, and how large the sample was; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import SpectralBiclustering
    >>> X = da.from_array([[9.0, 9.0, 1.0], [8.0, 9.0, 1.0], [1.0, 1.0, 9.0]], chunks=(2, 3))
    >>> model = SpectralBiclustering(
    ...     n_clusters=2, n_components=1, n_best=1, random_state=0
    ... ).fit(X)
    >>> model.rows_.shape
    (4, 3)
    """

    def _labels_of_biclusters(self) -> NDArray[np.intp]:
        pair = isinstance(self.n_clusters, tuple)
        n_rows, n_columns = self.n_clusters if pair else (self.n_clusters,) * 2
        return np.repeat(np.arange(n_rows), n_columns)
