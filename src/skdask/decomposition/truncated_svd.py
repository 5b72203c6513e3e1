"""TruncatedSVD from the moments about zero: one pass, then an eigenproblem of the columns' size.

The right singular vectors of the rows are the eigenvectors of their products. A matrix of products
has the square of the number of columns in entries, which the projection of memory knows: with too
many columns for the budget the fit refuses to start and says so.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg
from sklearn import decomposition
from sklearn.utils.extmath import svd_flip

from skdask.exceptions import DataError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.view import View
from skdask.statistics import Affine


class TruncatedSVD(FeaturesFit, LazyTransformer, decomposition.TruncatedSVD):
    """Leading singular vectors of data of any size, exact and in one pass.

    Subclasses :class:`sklearn.decomposition.TruncatedSVD` and has its parameters and attributes.
    In-memory data is handed to it. On blocks both algorithms give the exact singular vectors: the
    eigenvectors of the products of the columns.

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
        return (view.weighing(False).moments_request(False, "TruncatedSVD"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.n_components > view.n_features:
            raise DataError(
                f"n_components({self.n_components}) must be <= n_features({view.n_features})."
            )
        moments = yield from view.weighing(False).moments(False, "TruncatedSVD")
        n_rows, n_features = moments.count, view.n_features
        kept = min(self.n_components, n_rows)
        covariance = moments.gram / n_rows
        products = covariance + np.outer(moments.mean, moments.mean)
        squares, vectors = linalg.eigh(
            products, subset_by_index=(n_features - kept, n_features - 1)
        )
        _, components = svd_flip(None, vectors[:, ::-1].T, u_based_decision=False)
        # in rows, as what is pickled, so that both give the same bits
        self.components_ = as_dtype(np.ascontiguousarray(components), view)
        self.singular_values_ = as_dtype(np.sqrt(np.maximum(squares[::-1], 0.0) * n_rows), view)
        variances = np.einsum("ij,jk,ik->i", components, covariance, components)
        self.explained_variance_ = as_dtype(variances, view)
        total = np.trace(covariance)
        self.explained_variance_ratio_ = as_dtype(variances / total, view)
        remember_features(self, view)
        return ()

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        factor = self.components_.T.astype(np.float64)
        return Affine(factor, np.zeros(factor.shape[1]))
