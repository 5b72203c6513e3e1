"""Transformers of single rows: they learn nothing, and a pipeline's rows go through them."""

from __future__ import annotations

from typing import Any

from sklearn import preprocessing

from skdask.blocks import is_big
from skdask.mixins.stateless import StatelessTransformer
from skdask.routes.lazy import apply_lazily


class Normalizer(StatelessTransformer, preprocessing.Normalizer):
    """Scale rows to unit norm, on data of any size.

    Subclasses :class:`sklearn.preprocessing.Normalizer` and has its parameters.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import Normalizer
    >>> X = da.from_array([[3.0, 4.0]])
    >>> Normalizer().fit(X).transform(X).compute()
    array([[0.6, 0.8]])
    """

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """Transform X: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        if is_big(X):
            return apply_lazily(self, "transform", X)
        return preprocessing.Normalizer.transform(self, X, copy=copy)


class Binarizer(StatelessTransformer, preprocessing.Binarizer):
    """One where a value exceeds a threshold and zero elsewhere, on data of any size.

    Subclasses :class:`sklearn.preprocessing.Binarizer` and has its parameters.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import Binarizer
    >>> X = da.from_array([[3.0, -4.0]])
    >>> Binarizer().fit(X).transform(X).compute()
    array([[1., 0.]])
    """

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """Transform X: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        if is_big(X):
            return apply_lazily(self, "transform", X)
        return preprocessing.Binarizer.transform(self, X, copy=copy)


class PolynomialFeatures(StatelessTransformer, preprocessing.PolynomialFeatures):
    """Products of the features up to a degree, on data of any size.

    Subclasses :class:`sklearn.preprocessing.PolynomialFeatures` and has its parameters and
    attributes.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import PolynomialFeatures
    >>> X = da.from_array([[3.0, 2.0]])
    >>> PolynomialFeatures().fit(X).transform(X).compute()
    array([[1., 3., 2., 9., 6., 4.]])
    """


class FunctionTransformer(StatelessTransformer, preprocessing.FunctionTransformer):
    """A function of blocks of rows as a transformer, on data of any size.

    Subclasses :class:`sklearn.preprocessing.FunctionTransformer` and has its parameters. The
    function must give a row the same whatever rows come with it.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.preprocessing import FunctionTransformer
    >>> X = da.from_array([[0.0, 1.0]])
    >>> FunctionTransformer(np.exp2).fit(X).transform(X).compute()
    array([[1., 2.]])
    """

    takes_tables = True
