"""IsotonicRegression from the distinct values of its feature, and sums of the target at each.

scikit-learn's own fit runs on one row for each distinct value, weighted by the rows it stands for:
it begins by making these of all rows itself.
"""

from __future__ import annotations

import warnings
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
from sklearn import isotonic

from skdask import config
from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.predictor import LazyPredictor
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, ask
from skdask.routes.lazy import apply_lazily, output_names
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View, check_weight
from skdask.statistics.levels import Levels, LevelTable, RankProducts

__all__ = ["IsotonicRegression"]


class OfOneColumn(LazyPredictor, LazyProjector):
    """Predictions for one column, which may be a one-dimensional array or a series."""

    def predict(self, T: Any) -> Any:
        """Interpolate: a lazy Dask Array for Dask collections, Blocks and paths."""
        T = as_column(T)
        return apply_lazily(self, "predict", T) if is_big(T) else super().predict(T)

    def transform(self, T: Any) -> Any:
        """The same as `predict`, in the container that `set_output` asks for."""
        T = as_column(T)
        if not is_big(T):
            return super().transform(T)
        names = output_names(self, None)
        if names is None:
            return apply_lazily(self, "predict", T)
        return dd.from_dask_array(self.predict(T)[:, np.newaxis], columns=list(names))

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R^2 of the predictions; one pass over data on blocks."""
        return super().score(as_column(X), y, sample_weight)


class IsotonicRegression(WeightedTargetFit, OfOneColumn, isotonic.IsotonicRegression):
    """Monotone regression on one feature, on data of any size.

    Subclasses :class:`sklearn.isotonic.IsotonicRegression` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted exactly, from the distinct values of the
    feature, of which there may be as many as a part of the memory limit holds: one pass, and a
    second one with ``increasing="auto"``, which takes the distinct values of the target too.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.isotonic import IsotonicRegression
    >>> X = da.from_array([1.0, 2.0, 3.0, 4.0], chunks=2)
    >>> y = da.from_array([1.0, 3.0, 2.0, 5.0], chunks=2)
    >>> IsotonicRegression().fit(X, y).predict(X).compute()
    array([1. , 2.5, 2.5, 5. ])
    """

    # no linear model, whose scores would follow from statistics
    scored_by_predictions = True

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> IsotonicRegression:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask collection, Blocks or path, of shape (n_rows,) or (n_rows, 1)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        return super().fit(as_column(X), y, sample_weight)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass: none."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view.check_numeric_target()
        if view.n_features != 1:
            raise ValueError(
                "Isotonic regression input X should be a 1d array or 2d array with 1 feature"
            )
        if view.facts.y_ndim != 1:
            raise DataError("y should be a 1d array, got an array of shape (n_rows, n_targets)")
        table, increasing = yield from self._look(view)
        check_weight(table.weights.sum())
        dtype = view.facts.dtype
        plain = plain_copy(self, increasing=increasing).fit(
            table.values.astype(dtype),
            (table.totals / table.weights).astype(dtype),
            table.weights,
        )
        take_over(self, plain)
        return ()

    def _look(self, view: View) -> Algorithm[tuple[LevelTable, bool]]:
        """The levels of the feature, and whether the target rises with them."""
        through = None if view.affine.is_identity else view.affine
        levels, name = Levels(_limit(), view.weighted, through=through), "IsotonicRegression"
        if self.increasing != "auto":
            table: LevelTable = yield from ask(levels, view.rows, name)
            return table, bool(self.increasing)
        # ranks are those of rows, whatever their weight
        counts = Levels(_limit(), through=through)
        asked = (levels, counts, Levels(_limit(), of_target=True))
        table, rows, targets = yield tuple(Request(each, view.rows, name) for each in asked)
        ranks, target_ranks = _centred_ranks(rows), _centred_ranks(targets)
        product: float = yield from ask(
            RankProducts(rows.values, ranks, targets.values, target_ranks, through),
            view.rows,
            name,
        )
        spreads = (ranks**2 @ rows.weights) * (target_ranks**2 @ targets.weights)
        n_rows = int(rows.weights.sum())
        correlation = product / np.sqrt(spreads) if spreads > 0.0 else np.nan
        _warn_of_doubt(float(np.clip(correlation, -1.0, 1.0)), n_rows)
        return table, bool(correlation >= 0.0)


def as_column(X: Any) -> Any:
    """A one-dimensional Dask collection as one column; anything else as it is."""
    if isinstance(X, da.Array) and X.ndim == 1:
        return X[:, np.newaxis]
    if isinstance(X, dd.Series):
        # the name is of no interest, but a frame has names
        return X.to_frame(name="x" if X.name is None else X.name)
    return X


def _limit() -> int:
    """Bytes of a table: there are several together while states are merged."""
    part = config.get().budget // 16
    # a power of two: what is free in the machine changes from one call to the next
    return 1 << (part.bit_length() - 1)


def _centred_ranks(table: LevelTable) -> Any:
    return table.ranks() - (table.weights.sum() + 1.0) / 2.0


def _warn_of_doubt(correlation: float, n_rows: int) -> None:
    """Warn as scikit-learn does where the confidence interval of the correlation spans zero."""
    if abs(correlation) == 1.0 or n_rows <= 3:
        return
    middle, error = np.arctanh(correlation), 1.0 / np.sqrt(n_rows - 3)
    low, high = np.tanh(middle - 1.96 * error), np.tanh(middle + 1.96 * error)
    if np.sign(low) != np.sign(high):
        warnings.warn(
            "Confidence interval of the Spearman correlation coefficient spans zero. "
            "Determination of ``increasing`` may be suspect.",
            stacklevel=2,
        )
