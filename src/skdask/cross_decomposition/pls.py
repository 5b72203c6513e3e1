"""Partial least squares and CCA from the moments: one pass.

They see X and y through their covariances only. What they keep of each row, the scores of the
training rows, is as long as the data and is left out on blocks: `transform` gives it.
"""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, cross_decomposition

from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.metrics.scoring import default_score
from skdask.mixins.fits import TargetFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import equivalent_data, forget_report, is_table, remember_features
from skdask.routes.lazy import apply_lazily, fitted_columns, inverse_lazily
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View, check_least_rows
from skdask.statistics import Affine, MomentSummary

Matrix = NDArray[np.float64]

# of the training rows, one a row
_ROW_LENGTH = ("_x_scores", "_y_scores", "x_scores_", "y_scores_")


class _LeastSquaresPair(TargetFit, LazyProjector):
    """Fits its scikit-learn parent on moment-equivalent rows of X and y."""

    n_components: int
    _x_mean: Any
    _x_std: Any
    _y_mean: Any
    _y_std: Any
    # whether the rank of y bounds the number of components
    bounded_by_targets = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view.check_numeric_target()
        return (view.weighing(False).moments_request(True, type(self).__name__),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        moments = yield from view.weighing(False).moments(True, type(self).__name__, 0.0)
        self._check_components(moments, view.n_features)
        n_rows = moments.count
        around_zero = MomentSummary(
            n_rows, moments.weight, np.zeros_like(moments.mean), moments.scatter, moments.factor
        )
        X, y, _ = equivalent_data(around_zero, view)
        # scikit-learn scales by deviations that divide by one row less
        few = len(X)
        height = np.sqrt((few - 1) / few * n_rows / (n_rows - 1))
        plain = plain_copy(self, copy=True)
        with config_context(skip_parameter_validation=True, assume_finite=True):
            plain.fit(X * height, y * height)
        take_over(self, plain)
        for name in _ROW_LENGTH:
            vars(self).pop(name, None)
        self._x_mean, self._y_mean = moments.mean[: len(X.T)], moments.mean[len(X.T) :]
        if hasattr(self, "intercept_"):
            self.intercept_ = self._y_mean
        remember_features(self, view)
        return ()

    def _check_components(self, moments: MomentSummary, n_features: int) -> None:
        check_least_rows(moments.count, n_features, 2, type(self).__name__)
        most = min(moments.count, n_features)
        if self.bounded_by_targets:
            most = min(most, len(moments.mean) - n_features)
        if self.n_components > most:
            raise DataError(
                f"`n_components` upper bound is {most}. Got {self.n_components} instead. Reduce "
                "`n_components`."
            )

    def transform(self, X: Any, y: Any = None, copy: bool = True) -> Any:
        """Scores of X, and of y where it is given; lazily for Dask collections and files."""
        if not is_big(X):
            options = {} if copy else {"copy": False}
            return super(LazyProjector, self).transform(X, y, **options)  # type: ignore[misc]
        scores = apply_lazily(self, "transform", X)
        if y is None:
            return scores
        directions = getattr(self, "y_rotations_", None)
        if directions is None:
            directions = self.y_weights_  # type: ignore[attr-defined]
        factor = directions / self._y_std[:, np.newaxis]
        return scores, _mapped_target(y, factor, -self._y_mean @ factor)

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, then transform the same rows: scores of X, and of y where it is given."""
        if is_big(X):
            self.fit(X, y)
            return self.transform(fitted_columns(self, X), _target_of(X, y))
        forget_report(self)
        return super(LazyProjector, self).fit_transform(X, y)  # type: ignore[misc]

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        directions = getattr(self, "x_rotations_", None)
        if directions is None:
            directions = self.x_weights_  # type: ignore[attr-defined]
        factor = directions / self._x_std[:, np.newaxis]
        return Affine(factor, -self._x_mean @ factor)


class _LeastSquaresPredictor(_LeastSquaresPair):
    coef_: Any
    intercept_: Any
    y_loadings_: Any

    def linear_form(self) -> tuple[Any, Any]:
        """Coefficients and intercepts for X as it is: those fitted are for X less its mean."""
        return self.coef_.T, self.intercept_ - self.coef_ @ self._x_mean

    def predict(self, X: Any, copy: bool = True) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict", X)
        return super().predict(X, copy)  # type: ignore[misc]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R^2 of the predictions; one pass over data on blocks."""
        if is_big(X):
            return default_score(self, X, y, sample_weight)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(super().score(X, y, **weights))  # type: ignore[misc]

    def inverse_transform(self, X: Any, y: Any = None) -> Any:
        """Undo transform, of scores of y too where they are given; lazily for Dask collections."""
        if is_big(X):
            rows = inverse_lazily(self, X)
            if y is None:
                return rows
            factor = self.y_loadings_.T * self._y_std
            return rows, _mapped_target(y, factor, self._y_mean)
        given = {} if y is None else {"y": y}
        return super().inverse_transform(X, **given)  # type: ignore[misc]


def _target_of(X: Any, y: Any) -> Any:
    """The target itself, where it may be columns of X."""
    if not is_table(X) or not isinstance(y, str | list):
        return y
    if isinstance(X, dd.DataFrame):
        return X[y]
    raise UnsupportedError(
        "fit_transform of a file returns scores of X and of y, which is a column of it: open both "
        "with dask.dataframe, or call fit and then transform(X)"
    )


def _mapped_target(y: Any, factor: Matrix, offset: Matrix) -> Any:
    """An affine map of each row of y, lazily where y is."""
    if isinstance(y, dd.DataFrame | dd.Series):
        y = y.to_dask_array()
    if not isinstance(y, da.Array):
        return _map_target(np.asarray(y), factor, offset)
    if y.ndim == 2:
        y = y.rechunk({1: -1})
    chunks = (y.chunks[0], (factor.shape[1],))
    new_axis = [1] if y.ndim == 1 else None
    return y.map_blocks(
        _map_target, factor, offset, dtype=factor.dtype, chunks=chunks, new_axis=new_axis
    )


def _map_target(y: Matrix, factor: Matrix, offset: Matrix) -> Matrix:
    mapped: Matrix = y.reshape(len(y), -1) @ factor + offset
    return mapped


class CCA(_LeastSquaresPredictor, cross_decomposition.CCA):
    """Canonical correlation analysis of data of any size, in one pass.

    Subclasses :class:`sklearn.cross_decomposition.CCA` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its algorithm
    runs on moment-equivalent rows; scores of the training rows are not kept.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cross_decomposition import CCA
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> CCA(n_components=1).fit(X, X[:, 0] + X[:, 1]).transform(X).shape
    (6, 1)
    """


class PLSCanonical(_LeastSquaresPredictor, cross_decomposition.PLSCanonical):
    """Canonical partial least squares on data of any size, in one pass.

    Subclasses :class:`sklearn.cross_decomposition.PLSCanonical` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its algorithm
    runs on moment-equivalent rows; scores of the training rows are not kept.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cross_decomposition import PLSCanonical
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> PLSCanonical(n_components=1).fit(X, X[:, 0] + X[:, 1]).transform(X).shape
    (6, 1)
    """


class PLSRegression(_LeastSquaresPredictor, cross_decomposition.PLSRegression):
    """Partial least squares regression on data of any size, in one pass.

    Subclasses :class:`sklearn.cross_decomposition.PLSRegression` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its algorithm
    runs on moment-equivalent rows; scores of the training rows are not kept.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cross_decomposition import PLSRegression
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> PLSRegression(n_components=1).fit(X, X[:, 0] + X[:, 1]).transform(X).shape
    (6, 1)
    """

    bounded_by_targets = False


class PLSSVD(_LeastSquaresPair, cross_decomposition.PLSSVD):
    """Partial least squares by one SVD on data of any size, in one pass.

    Subclasses :class:`sklearn.cross_decomposition.PLSSVD` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its algorithm
    runs on moment-equivalent rows; scores of the training rows are not kept.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cross_decomposition import PLSSVD
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> PLSSVD(n_components=1).fit(X, X[:, 0] + X[:, 1]).transform(X).shape
    (6, 1)
    """

    def transform(self, X: Any, y: Any = None) -> Any:  # type: ignore[override]
        """Scores of X, and of y where it is given; lazily for Dask collections and files."""
        return super().transform(X, y)
