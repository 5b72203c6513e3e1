"""SparseCoder: a given dictionary, so nothing is learnt of the rows."""

from __future__ import annotations

from typing import Any

from sklearn import decomposition

from skdask.mixins.stateless import StatelessTransformer


class _LazyCoder(StatelessTransformer):
    """transform has scikit-learn's ignored y."""

    def transform(self, X: Any, y: Any = None) -> Any:
        """Encode X: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        return super().transform(X)


class SparseCoder(_LazyCoder, decomposition.SparseCoder):
    """Sparse codes of rows of data of any size, lazily.

    Subclasses :class:`sklearn.decomposition.SparseCoder` and has its parameters and attributes.
    In-memory data is handed to it. On blocks ``transform`` is scikit-learn's, block by block.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.decomposition import SparseCoder
    >>> X = da.from_array(np.array([[2.0, 0.0], [0.0, 3.0]]), chunks=(1, 2))
    >>> coder = SparseCoder(np.eye(2), transform_n_nonzero_coefs=1)
    >>> coder.fit(X).transform(X).compute()
    array([[2., 0.],
           [0., 3.]])
    """
