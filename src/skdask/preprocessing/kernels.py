"""KernelCenterer from the column means of a kernel matrix: one pass."""

from __future__ import annotations

from typing import Any

from sklearn import preprocessing

from skdask.blocks import is_big
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import fit_on_blocks, forget_report, remember_features
from skdask.routes.lazy import apply_lazily
from skdask.routes.view import View


class KernelCenterer(LazyProjector, preprocessing.KernelCenterer):
    """Centre a kernel matrix, of as many rows as columns, block by block.

    Subclasses :class:`sklearn.preprocessing.KernelCenterer` and has its attributes.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import KernelCenterer
    >>> K = da.from_array([[9.0, 2.0], [2.0, 14.0]], chunks=(1, 2))
    >>> KernelCenterer().fit(K).transform(K).compute()
    array([[ 4.75, -4.75],
           [-4.75,  4.75]])
    """

    def fit(self, K: Any, y: Any = None) -> KernelCenterer:
        """Learn the means of a kernel matrix.

        Parameters
        ----------
        K : array-like, Dask Array, Blocks or path, of shape (n_rows, n_rows)
        y : Ignored

        Returns
        -------
        self
        """
        if not is_big(K):
            forget_report(self)
            return preprocessing.KernelCenterer.fit(self, K, y)
        return fit_on_blocks(self, K, y, needs_y=False)

    def transform(self, K: Any, copy: bool = True) -> Any:
        """Centre a kernel: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        if is_big(K):
            return apply_lazily(self, "transform", K)
        return preprocessing.KernelCenterer.transform(self, K, copy=copy)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.weighing(False).column_request("KernelCenterer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        columns = yield from view.weighing(False).column_moments("KernelCenterer")
        n_rows = int(columns.count.max(initial=0))
        if n_rows != view.n_features:
            raise ValueError(
                "Kernel matrix must be a square matrix. Input is a "
                f"{n_rows}x{view.n_features} matrix."
            )
        dtype = view.facts.dtype
        self.K_fit_rows_ = columns.mean.astype(dtype)
        self.K_fit_all_ = dtype.type(columns.mean.mean())
        remember_features(self, view)
        return ()
