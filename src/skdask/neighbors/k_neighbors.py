"""Predictions from, and graphs of, a number of nearest rows."""

from __future__ import annotations

from sklearn import neighbors

from skdask.neighbors.fitting import HeldOrOnBlocks
from skdask.neighbors.methods import (
    LazyKNeighbors,
    NeighborsClassifier,
    NeighborsPredictor,
    NeighborsTransformer,
)


class KNeighborsClassifier(
    NeighborsClassifier, LazyKNeighbors, HeldOrOnBlocks, neighbors.KNeighborsClassifier
):
    """A vote of the nearest rows, among training rows of any number.

    Subclasses :class:`sklearn.neighbors.KNeighborsClassifier` and has its
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
    >>> from skdask.neighbors import KNeighborsClassifier
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> y = (X[:, 0] > 5.0).astype(int)
    >>> KNeighborsClassifier(3).fit(X, y).predict(X).compute()
    array([0, 0, 0, 1, 1, 1])
    """


class KNeighborsRegressor(
    NeighborsPredictor, LazyKNeighbors, HeldOrOnBlocks, neighbors.KNeighborsRegressor
):
    """A mean over the nearest rows, among training rows of any number.

    Subclasses :class:`sklearn.neighbors.KNeighborsRegressor` and has its
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
    >>> from skdask.neighbors import KNeighborsRegressor
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> KNeighborsRegressor(3).fit(X, X[:, 0]).predict(X).compute()
    array([1.5, 1.5, 1.5, 8.5, 8.5, 8.5])
    """


class KNeighborsTransformer(
    NeighborsTransformer, LazyKNeighbors, HeldOrOnBlocks, neighbors.KNeighborsTransformer
):
    """The graph of the nearest rows, among training rows of any number.

    Subclasses :class:`sklearn.neighbors.KNeighborsTransformer` and has its
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
    >>> from skdask.neighbors import KNeighborsTransformer
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> graph = KNeighborsTransformer(n_neighbors=1).fit(X).transform(X)
    >>> graph[:2].compute().toarray().tolist()
    [[0.0, 0.5, 0.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.0, 0.0, 0.0]]
    """
