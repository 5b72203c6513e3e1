"""Random projections: the matrix follows from the shape of the data and a seed.

Nothing is learnt of the rows but their number, and that only where the number of components is to
follow from it by the lemma of Johnson and Lindenstrauss.
"""

from __future__ import annotations

import numpy as np
from sklearn import config_context, random_projection
from sklearn.random_projection import johnson_lindenstrauss_min_dim

from skdask.mixins.stateless import SeededTransformer
from skdask.passes import Algorithm
from skdask.routes.fitting import fit_stateless, remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View

__all__ = [
    "GaussianRandomProjection",
    "SparseRandomProjection",
    "johnson_lindenstrauss_min_dim",
]


class _RandomProjection(SeededTransformer):
    """What both share: the number of rows counts where n_components is "auto"."""

    n_components: int | str

    @property
    def stateless(self) -> bool:  # type: ignore[override]
        """Whether it is the same whatever rows it is fitted on."""
        return self.n_components != "auto" and super().stateless

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the shape of a view of the rows."""
        if self.n_components != "auto":
            return (yield from fit_stateless(self, view))
        seen = yield from view.example(type(self).__name__)
        # scikit-learn looks at the shape and the type: the same number, as often as there are rows
        shape = (seen.count, view.n_features)
        with config_context(assume_finite=True):
            stand_in = np.broadcast_to(np.zeros((), view.facts.dtype), shape)
            take_over(self, plain_copy(self).fit(stand_in))
        remember_features(self, view)
        return ()


class GaussianRandomProjection(_RandomProjection, random_projection.GaussianRandomProjection):
    """Project rows by a matrix of normal numbers, on data of any size.

    Subclasses :class:`sklearn.random_projection.GaussianRandomProjection` and has its parameters
    and attributes. In-memory data is handed to it; on blocks a fit looks at one row, and counts
    them for ``n_components="auto"``.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.random_projection import GaussianRandomProjection
    >>> X = da.ones((1000, 2000), chunks=(250, 2000))
    >>> GaussianRandomProjection(eps=0.3, random_state=0).fit(X).transform(X).shape
    (1000, 767)
    """


class SparseRandomProjection(_RandomProjection, random_projection.SparseRandomProjection):
    """Project rows by a sparse random matrix, on data of any size.

    Subclasses :class:`sklearn.random_projection.SparseRandomProjection` and has its parameters
    and attributes. In-memory data is handed to it; on blocks a fit looks at one row, and counts
    them for ``n_components="auto"``.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.random_projection import SparseRandomProjection
    >>> X = da.ones((1000, 2000), chunks=(250, 2000))
    >>> SparseRandomProjection(n_components=50, random_state=0).fit(X).transform(X).shape
    (1000, 50)
    """
