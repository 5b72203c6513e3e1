"""LocalOutlierFactor of rows that are held in memory; new rows are judged lazily."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import neighbors
from sklearn.utils.metaestimators import available_if

from skdask.blocks import is_big
from skdask.neighbors.fitting import HeldRows, fit_neighbors
from skdask.neighbors.methods import LazyKNeighbors
from skdask.routes.fitting import forget_report
from skdask.routes.lazy import apply_lazily, beside


def _parent_has(method: str) -> Callable[[Any], bool]:
    def check(model: Any) -> bool:
        try:
            getattr(super(LocalOutlierFactor, model), method)
        except AttributeError as error:
            # why it has not, as scikit-learn says it
            raise error.__cause__ or error from None
        return True

    return check


class LocalOutlierFactor(HeldRows, LazyKNeighbors, neighbors.LocalOutlierFactor):
    """How isolated rows are among their neighbours.

    Subclasses :class:`sklearn.neighbors.LocalOutlierFactor` and has its parameters and attributes.
    In-memory data is handed to it. Rows on blocks must fit into a quarter of the memory limit,
    since every row is compared with every other; they are read in one pass and the fit is
    scikit-learn's own. With ``novelty=True`` new rows may be of any number.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.neighbors import LocalOutlierFactor
    >>> X = da.from_array([[-1.1], [0.2], [101.1], [0.3]], chunks=(2, 1))
    >>> LocalOutlierFactor(n_neighbors=2).fit_predict(X).compute()
    array([ 1,  1, -1,  1])
    """

    def fit(self, X: Any, y: Any = None) -> LocalOutlierFactor:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y)
        return fit_neighbors(self, X, y, needs_y=False)

    @available_if(_parent_has("fit_predict"))
    def fit_predict(self, X: Any, y: Any = None) -> Any:
        """Fit, then -1 for outliers among the same rows and 1 for others.

        A Dask Array for Dask collections, Blocks and paths.
        """
        if not is_big(X):
            forget_report(self)
            return super().fit_predict(X, y)
        self.fit(X, y)
        labels = np.where(self.negative_outlier_factor_ < self.offset_, -1, 1)
        return beside(labels, X)

    @available_if(_parent_has("predict"))
    def predict(self, X: Any = None) -> Any:
        """-1 for outliers and 1 for others: lazily for Dask collections, Blocks and paths."""
        return apply_lazily(self, "predict", X) if is_big(X) else super().predict(X)

    @available_if(_parent_has("decision_function"))
    def decision_function(self, X: Any) -> Any:
        """How far rows are from being outliers, which are negative."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)

    @available_if(_parent_has("score_samples"))
    def score_samples(self, X: Any) -> Any:
        """The opposite of the local outlier factor of each row."""
        if is_big(X):
            return apply_lazily(self, "score_samples", X)
        return super().score_samples(X)
