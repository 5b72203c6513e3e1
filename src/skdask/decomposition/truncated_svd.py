"""TruncatedSVD from the moments about zero: one pass, then an eigenproblem of the columns' size.

The right singular vectors of the rows are the eigenvectors of their products. A matrix of products
has the square of the number of columns in entries: with too many columns for the memory limit, as
those of words are, products with a few directions take its place, over several passes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn import decomposition
from sklearn.utils.extmath import svd_flip

from skdask.decomposition.wide import Search, find_leading, too_wide
from skdask.exceptions import DataError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.view import View
from skdask.statistics import Affine

Array = NDArray[np.float64]


class TruncatedSVD(FeaturesFit, LazyTransformer, decomposition.TruncatedSVD):
    """Leading singular vectors of data of any size, exact and in one pass.

    Subclasses :class:`sklearn.decomposition.TruncatedSVD` and has its parameters and attributes.
    In-memory data is handed to it. On blocks both algorithms give the exact singular vectors: the
    eigenvectors of the products of the columns. Where the columns are so many that eight such
    matrices do not fit into the memory limit, one pass for the means is followed by ``n_iter + 1``
    passes at most, or with ``"arpack"`` by as many as it takes; these hold
    ``n_components + n_oversamples`` columns a thread and twenty times as many beside.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import TruncatedSVD
    >>> X = da.from_array([[0.0, 0.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(2, 2))
    >>> TruncatedSVD(n_components=1).fit(X).singular_values_.round(4)
    array([8.3666])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view = view.weighing(False)
        if too_wide(view):
            return (view.column_request("TruncatedSVD"),)
        return (view.moments_request(False, "TruncatedSVD"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.n_components > view.n_features:
            raise DataError(
                f"n_components({self.n_components}) must be <= n_features({view.n_features})."
            )
        if too_wide(view):
            return (yield from self._over_passes(view))
        moments = yield from view.weighing(False).moments(False, "TruncatedSVD")
        n_rows, n_features = moments.count, view.n_features
        kept = min(self.n_components, n_rows)
        covariance = moments.gram / n_rows
        products = covariance + np.outer(moments.mean, moments.mean)
        squares, vectors = linalg.eigh(
            products, subset_by_index=(n_features - kept, n_features - 1)
        )
        squares, components = squares[::-1] * n_rows, vectors[:, ::-1].T
        variances = np.einsum("ij,jk,ik->i", components, covariance, components)
        self._set(squares, components, variances, float(np.trace(covariance)), view)
        return ()

    def _over_passes(self, view: View) -> Algorithm[tuple[str, ...]]:
        """The same for columns whose products with each other have no room."""
        view = view.weighing(False)
        columns = yield from view.column_moments("TruncatedSVD")
        n_rows = int(columns.count.max())
        search = Search(
            min(self.n_components, n_rows), self.n_oversamples, self.n_iter,
            self.get_params()["algorithm"] == "arpack", self.tol, self.random_state,
        )  # fmt: skip
        found, told = yield from find_leading(search, columns, view, "TruncatedSVD", centred=False)
        components = found.vectors.T
        variances = found.values / n_rows - np.square(components @ columns.mean)
        self._set(found.values, components, variances, float(columns.scatter.sum()) / n_rows, view)
        return told

    def _set(
        self, squares: Array, components: Array, variances: Array, total: float, view: View
    ) -> None:
        _, components = svd_flip(None, components, u_based_decision=False)
        # in rows, as what is pickled, so that both give the same bits
        self.components_ = as_dtype(np.ascontiguousarray(components), view)
        self.singular_values_ = as_dtype(np.sqrt(np.maximum(squares, 0.0)), view)
        self.explained_variance_ = as_dtype(variances, view)
        self.explained_variance_ratio_ = as_dtype(variances / total, view)
        remember_features(self, view)

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        factor = self.components_.T.astype(np.float64)
        return Affine(factor, np.zeros(factor.shape[1]))
