"""The nearest rows, or those within a radius, themselves."""

from __future__ import annotations

from sklearn import neighbors

from skdask.neighbors.fitting import HeldOrOnBlocks
from skdask.neighbors.methods import LazyKNeighbors, LazyRadiusNeighbors


class NearestNeighbors(
    LazyKNeighbors, LazyRadiusNeighbors, HeldOrOnBlocks, neighbors.NearestNeighbors
):
    """Searches for neighbours among training rows of any number.

    Subclasses :class:`sklearn.neighbors.NearestNeighbors` and has its
    parameters and attributes. In-memory data is handed to it. Training rows on blocks
    that take up to a quarter of the memory limit are held in memory, and then the fit is
    scikit-learn's own. More rows stay where they are; each set of queries reads them once, by
    exact brute force whatever ``algorithm`` says. Of a Dask collection as many queries are one
    set as the memory limit lets be answered together.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.neighbors import NearestNeighbors
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> distances, indices = NearestNeighbors(n_neighbors=2).fit(X).kneighbors([[8.1]])
    >>> indices
    array([[3, 4]])
    """
