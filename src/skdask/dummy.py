"""DummyClassifier and DummyRegressor from the target alone: no feature is read.

scikit-learn's own fit runs on one row for each class, or on one row, that say all it looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import dask.array as da
import numpy as np
from numpy.typing import NDArray
from sklearn import dummy
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.predictor import LazyPredictor, LazyProbabilities
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import open_for, remember_features
from skdask.routes.lazy import apply_lazily, refuse_parameters
from skdask.routes.quantiles import quantiles_of
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View, check_weight
from skdask.statistics import ClassTable
from skdask.statistics.labels import LabelTables
from skdask.statistics.series import Target
from skdask.statistics.target import TargetColumns

__all__ = ["DummyClassifier", "DummyRegressor"]

_RANDOM = ("stratified", "uniform")


class OfTarget(WeightedTargetFit):
    """Fits that look at the target and at nothing else."""

    # no linear model, whose scores would follow from statistics
    scored_by_predictions = True
    # whatever the features are, they are not looked at
    takes_tables = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return ()


class DummyClassifier(OfTarget, LazyProbabilities, dummy.DummyClassifier):
    """Predictions that ignore the features, for data of any size.

    Subclasses :class:`sklearn.dummy.DummyClassifier` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from the labels and their weights, in
    one pass over the target. What a seed draws for lazy rows follows their chunks: each has a seed
    of its own.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.dummy import DummyClassifier
    >>> X = da.ones((4, 1), chunks=2)
    >>> y = da.from_array([0, 1, 1, 1], chunks=2)
    >>> DummyClassifier().fit(X, y).predict(X).compute()
    array([1, 1, 1, 1])
    """

    @property
    def searchable(self) -> bool:
        """Whether all rows may be predicted block by block: not where they are drawn."""
        return self.strategy not in _RANDOM

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        tables: tuple[ClassTable, ...] = yield from ask(
            LabelTables(view.weighted), view.rows, "DummyClassifier"
        )
        check_weight(tables[0].weights.sum())
        plain = [
            self._of_column(table, constant, view)
            for table, constant in zip(tables, self._constants(len(tables)), strict=True)
        ]
        take_over(self, plain[0])
        if len(tables) > 1:
            self.n_outputs_ = len(tables)
            for name in ("classes_", "n_classes_", "class_prior_"):
                setattr(self, name, [getattr(each, name) for each in plain])
        remember_features(self, view)
        return ()

    def _constants(self, n_outputs: int) -> Sequence[Any]:
        """What is predicted of each target, for the strategy that is given it."""
        if self.strategy != "constant" or self.constant is None:
            return [self.constant] * n_outputs
        constants = np.reshape(np.atleast_1d(self.constant), (-1, 1))
        if len(constants) != n_outputs:
            raise ValueError(f"Constant target value should have shape ({n_outputs}, 1).")
        return list(constants[:, 0])

    def _of_column(self, table: ClassTable, constant: Any, view: View) -> Any:
        """scikit-learn's fit on one row for each label of a target."""
        plain = plain_copy(self, constant=constant)
        plain.fit(np.zeros((len(table.classes), view.n_features)), table.classes, table.weights)
        return plain

    def predict(self, X: Any) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        return self._drawn("predict", X) if is_big(X) else super().predict(X)

    def predict_proba(self, X: Any) -> Any:
        """Class probabilities of shape (n_rows, n_classes)."""
        return self._drawn("predict_proba", X) if is_big(X) else super().predict_proba(X)

    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the class probabilities."""
        return self._drawn("predict_log_proba", X) if is_big(X) else super().predict_log_proba(X)

    def _drawn(self, method: str, X: Any) -> Any:
        """The method's result, with a seed for each chunk where it is drawn by one."""
        check_is_fitted(self)
        if method != "predict" and self.n_outputs_ > 1:
            raise UnsupportedError(
                f"{method} of several targets is a list of arrays, which is not lazy: call it on "
                "rows in memory"
            )
        if self.strategy not in _RANDOM or self.random_state is None:
            return apply_lazily(self, method, X)
        if not hasattr(X, "dask"):
            X = open_for(self, X).to_dask()
        random = check_random_state(self.random_state)
        parts = []
        for chunk in range(X.npartitions):
            seeded = copy(self)
            # of one chunk it is scikit-learn's result
            seeded.random_state = random.randint(2**31 - 1) if chunk else self.random_state
            rows = X.blocks[chunk] if isinstance(X, da.Array) else X.partitions[chunk]
            parts.append(apply_lazily(seeded, method, rows))
        return da.concatenate(parts, allow_unknown_chunksizes=True)


class DummyRegressor(OfTarget, LazyPredictor, dummy.DummyRegressor):
    """Predictions of one number whatever the features are, for data of any size.

    Subclasses :class:`sklearn.dummy.DummyRegressor` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from the target alone: its mean in one
    pass, its exact median or quantile in two mostly.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.dummy import DummyRegressor
    >>> X = da.ones((4, 1), chunks=2)
    >>> DummyRegressor().fit(X, da.arange(4.0, chunks=2)).predict(X).compute()
    array([1.5, 1.5, 1.5, 1.5])
    """

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view.check_numeric_target()
        values = yield from self._values(view)
        plain = plain_copy(self).fit(np.zeros((1, view.n_features)), values[np.newaxis])
        take_over(self, plain)
        remember_features(self, view)
        return ()

    def _values(self, view: View) -> Algorithm[NDArray[np.float64]]:
        """What there is to know of each target."""
        if self.strategy == "median" or (self.strategy == "quantile" and self.quantile is not None):
            median = self.strategy == "median"
            # as scikit-learn rounds it
            fraction = 0.5 if median else self.quantile * 100.0 / 100.0
            method = "inverted_cdf" if view.weighted else "median" if median else "linear"
            found = yield from quantiles_of(
                view, [fraction], "DummyRegressor", method=method, of=Target(), with_missing=False
            )
            check_weight(found.total[0])
            values: NDArray[np.float64] = found.values[0]
            return values
        columns = yield from ask(TargetColumns(view.weighted), view.rows, "DummyRegressor")
        check_weight(columns.weight[0])
        means: NDArray[np.float64] = columns.mean
        return means

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            refuse_parameters("predict", {"return_std": return_std or None})
            return apply_lazily(self, "predict", X)
        return dummy.DummyRegressor.predict(self, X, return_std)
