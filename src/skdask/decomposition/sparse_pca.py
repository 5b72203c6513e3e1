"""SparsePCA and MiniBatchSparsePCA from the moments: one pass.

Both are dictionary learning on the columns. Whatever is computed of a column is a product with
another column or with an atom, and atoms are combinations of columns. So columns that have the
same products with each other have the same sparse components: those of a few moment-equivalent
rows, on which scikit-learn's own fit does the rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import config_context, decomposition

from skdask.exceptions import UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine


class _FromMoments(FeaturesFit, LazyTransformer):
    """fit on blocks: scikit-learn's fit on moment-equivalent rows."""

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.weighing(False).moments_request(False, type(self).__name__),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        estimator: Any = self
        name = type(self).__name__
        if getattr(self, "U_init", None) is not None:
            raise UnsupportedError(
                f"{name} on blocks takes no U_init, which is as long as the rows: leave it out."
            )
        moments = yield from view.weighing(False).moments(False, name)
        rows = moments.equivalent_rows() - moments.mean
        rows *= np.sqrt(moments.count / len(rows))
        with config_context(assume_finite=True):
            plain = plain_copy(self).fit(rows)
        take_over(estimator, plain)
        estimator.components_ = as_dtype(plain.components_, view)
        estimator.mean_ = as_dtype(moments.mean, view)
        if hasattr(plain, "error_"):
            estimator.error_ = [as_dtype(cost, view) for cost in plain.error_]
        remember_features(estimator, view)
        return ()

    def affine(self) -> Affine:
        """What transform does, once fitted: a ridge regression on the components."""
        estimator: Any = self
        components = estimator.components_.astype(np.float64)
        gram = components @ components.T + estimator.ridge_alpha * np.eye(len(components))
        try:
            factor = np.linalg.solve(gram, components).T
        except np.linalg.LinAlgError:
            factor = np.linalg.pinv(gram, hermitian=True) @ components
            factor = factor.T
        return Affine(factor, -estimator.mean_.astype(np.float64) @ factor)


class SparsePCA(_FromMoments, decomposition.SparsePCA):
    """Sparse principal components of data of any size, in one pass.

    Subclasses :class:`sklearn.decomposition.SparsePCA` and has its parameters and attributes.
    In-memory data is handed to it. On blocks the result is scikit-learn's on all rows: its fit
    depends on products of columns only, which one pass sums up. An atom that no column uses is
    drawn anew at random, as there, but among other numbers.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import SparsePCA
    >>> X = da.from_array([[0.0, 9.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(2, 2))
    >>> SparsePCA(n_components=1, random_state=0).fit(X).components_.shape
    (1, 2)
    """


class MiniBatchSparsePCA(_FromMoments, decomposition.MiniBatchSparsePCA):
    """Sparse principal components by mini batches of columns, in one pass over the rows.

    Subclasses :class:`sklearn.decomposition.MiniBatchSparsePCA` and has its parameters and
    attributes. In-memory data is handed to it. Its mini batches are of columns, so that on blocks
    the result is scikit-learn's on all rows, as for `SparsePCA`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import MiniBatchSparsePCA
    >>> X = da.from_array([[0.0, 9.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(2, 2))
    >>> MiniBatchSparsePCA(n_components=1, random_state=0).fit(X).components_.shape
    (1, 2)
    """
