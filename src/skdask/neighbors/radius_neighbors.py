"""Predictions from, and graphs of, all rows within a radius."""

from __future__ import annotations

from sklearn import neighbors

from skdask.neighbors.fitting import HeldOrOnBlocks
from skdask.neighbors.methods import (
    LazyRadiusNeighbors,
    NeighborsClassifier,
    NeighborsPredictor,
    NeighborsTransformer,
)


class RadiusNeighborsClassifier(
    NeighborsClassifier, LazyRadiusNeighbors, HeldOrOnBlocks, neighbors.RadiusNeighborsClassifier
):
    """A vote of the rows within a radius, among training rows of any number.

    Subclasses :class:`sklearn.neighbors.RadiusNeighborsClassifier` and has its
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
    >>> from skdask.neighbors import RadiusNeighborsClassifier
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> y = (X[:, 0] > 5.0).astype(int)
    >>> RadiusNeighborsClassifier(2.0).fit(X, y).predict(X).compute()
    array([0, 0, 0, 1, 1, 1])
    """


class RadiusNeighborsRegressor(
    NeighborsPredictor, LazyRadiusNeighbors, HeldOrOnBlocks, neighbors.RadiusNeighborsRegressor
):
    """A mean over the rows within a radius, among training rows of any number.

    Subclasses :class:`sklearn.neighbors.RadiusNeighborsRegressor` and has its
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
    >>> from skdask.neighbors import RadiusNeighborsRegressor
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> RadiusNeighborsRegressor(2.0).fit(X, X[:, 0]).predict(X).compute()
    array([1.5, 1.5, 1.5, 8.5, 8.5, 8.5])
    """


class RadiusNeighborsTransformer(
    NeighborsTransformer, LazyRadiusNeighbors, HeldOrOnBlocks, neighbors.RadiusNeighborsTransformer
):
    """The graph of the rows within a radius, among training rows of any number.

    Subclasses :class:`sklearn.neighbors.RadiusNeighborsTransformer` and has its
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
    >>> from skdask.neighbors import RadiusNeighborsTransformer
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> graph = RadiusNeighborsTransformer(radius=0.6).fit(X).transform(X)
    >>> graph[:2].compute().toarray().tolist()
    [[0.0, 0.5, 0.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.5, 0.0, 0.0, 0.0]]
    """
