"""Clusterers that need all pairs of rows: fitted on a sample, then labels for every row.

What they compute grows with the square of the rows, so scikit-learn's own estimator is fitted on
a uniform sample of `skdask.config.set(sample_rows=...)` rows; every other row gets the label of
what lies next to it in the sample. Data of no more rows get scikit-learn's own answer.
"""

from __future__ import annotations

from inspect import signature
from typing import Any, ClassVar

import dask.array as da
import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from skdask import config
from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.mixins.clusterer import LazyLabels
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import fit_on_blocks, forget_report, remember_features
from skdask.routes.lazy import beside, fitted_columns, predict_lazily
from skdask.routes.sampling import fitted_on
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.rows import is_sparse
from skdask.statistics.sample import SampledRows


class NearestLabels:
    """Gives rows the label of the next of some labelled rows, or -1 where that is too far.

    Parameters
    ----------
    rows : ndarray of shape (n_labelled, n_features)
    labels : ndarray of shape (n_labelled,)
    radius : float
    metric : dict
        Arguments of `sklearn.neighbors.NearestNeighbors` that say what is near.
    """

    def __init__(
        self, rows: Any, labels: NDArray[np.intp], radius: float, metric: dict[str, Any]
    ) -> None:
        self._neighbours = None
        if len(labels):
            self._neighbours = NearestNeighbors(n_neighbors=1, **metric).fit(rows)
        self._labels = labels
        self._radius = radius

    def predict(self, X: Any) -> NDArray[np.intp]:
        """The label of each row."""
        noise = np.full(X.shape[0], -1, self._labels.dtype)
        if self._neighbours is None:
            return noise
        X = X if is_sparse(X) else np.asarray(X)
        distances, nearest = self._neighbours.kneighbors(X)
        return np.where(distances[:, 0] <= self._radius, self._labels[nearest[:, 0]], noise)


class SampledFit:
    """fit on blocks by a sample, then lazy labels of all rows.

    Attributes
    ----------
    row_labels : str
        The fitted attribute that has a label for every row.
    """

    row_labels: ClassVar[str] = "labels_"

    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Find the clusters.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        **fit_params
            As in scikit-learn; on blocks ``sample_weight`` alone, where the class takes it.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **fit_params)  # type: ignore[misc]
        fit_on_blocks(self, X, y, fit_params.get("sample_weight"), needs_y=False)
        whole, labels, labeller = self.__dict__.pop("_sampled")
        if whole:
            self._label(beside(labels, X))
        else:
            self._label(predict_lazily(labeller, self, fitted_columns(self, X)))
        return self

    def _label(self, labels: da.Array) -> None:
        """Take the labels of all rows."""
        setattr(self, self.row_labels, labels)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (self._sample_request(view),)

    def _sample_request(self, view: View) -> Request:
        seed = getattr(self, "random_state", None)
        return view.sample_request(config.get().sample_rows, seed, type(self).__name__)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        estimator: Any = self
        name = type(self).__name__
        if getattr(estimator, "metric", None) == "precomputed" or (
            getattr(estimator, "affinity", None) in ("precomputed", "precomputed_nearest_neighbors")
        ):
            raise UnsupportedError(
                f"{name} on blocks takes rows, not precomputed distances of all pairs of them."
            )
        self.__dict__.pop(self.row_labels, None)
        request = self._sample_request(view)
        sample: SampledRows = yield from ask(request.statistic, view.rows, name)
        X = view.show(sample.rows.X)
        weights: dict[str, Any] = {}
        if view.weighted and "sample_weight" in signature(type(self).fit).parameters:
            weights["sample_weight"] = sample.rows.sample_weight
        plain = plain_copy(self).fit(X, **weights)
        take_over(estimator, plain)
        remember_features(estimator, view)
        # the sample's own are the labels of few rows
        labels = self.__dict__.pop(self.row_labels)
        self._sampled = (sample.is_whole, labels, self._labeller(plain, X))
        return fitted_on(sample)

    def _labeller(self, plain: Any, X: Any) -> Any:
        """What gives rows their label: that of the next row of the sample."""
        return NearestLabels(X, getattr(plain, self.row_labels), np.inf, self._metric())

    def _metric(self) -> dict[str, Any]:
        """How near rows are, for `NearestNeighbors`."""
        estimator: Any = self
        parameters = ("metric", "metric_params", "p")
        return {
            name: getattr(estimator, name)
            for name in parameters
            if getattr(estimator, name, None) is not None
        }


class SampledClusterer(LazyLabels, SampledFit):
    """One that labels rows, and says so by fit_predict."""
