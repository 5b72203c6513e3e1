"""Methods of estimators of neighbours: in memory as in scikit-learn, lazy for Dask collections."""

from __future__ import annotations

from typing import Any

from skdask.blocks import is_big
from skdask.metrics.scoring import default_score
from skdask.neighbors.answers import Answers, answer, answer_lazily, plain_of, training_blocks
from skdask.routes.lazy import fitted_columns
from skdask.routes.twins import to_sklearn


class LazyNeighbors:
    """What all of them have."""

    # a search scores linear models only
    searchable = False

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed.

        Raises
        ------
        UnsupportedError
            Where the training rows stay on blocks.
        """
        return to_sklearn(self)

    def block_predictor(self) -> Any:
        """What predicts rows in memory for scores, block by block."""
        blocks = training_blocks(self)
        return Answers(plain_of(self), blocks, "predict", {}, alone=True)

    def _told(self, method: str, X: Any, **params: Any) -> Any:
        """A method's answer, where it is not scikit-learn's own."""
        if is_big(X):
            return answer_lazily(self, method, X, **params)
        return answer(self, method, X, **params)

    def _is_own(self, X: Any) -> bool:
        return is_big(X) or training_blocks(self) is not None


class LazyKNeighbors(LazyNeighbors):
    """Searches for a number of neighbours."""

    def kneighbors(
        self, X: Any = None, n_neighbors: Any = None, return_distance: Any = True
    ) -> Any:
        """Distances and numbers of the nearest training rows, each of shape (n_rows, n_neighbors).

        Lazy Dask Arrays for Dask collections, Blocks and paths.
        """
        if self._is_own(X):
            return self._told(
                "kneighbors", X, n_neighbors=n_neighbors, return_distance=return_distance
            )
        return super().kneighbors(X, n_neighbors, return_distance)  # type: ignore[misc]

    def kneighbors_graph(
        self, X: Any = None, n_neighbors: Any = None, mode: str = "connectivity"
    ) -> Any:
        """The graph of rows and their nearest training rows, as sparse rows.

        A lazy Dask Array of sparse chunks for Dask collections, Blocks and paths.
        """
        if self._is_own(X):
            return self._told("kneighbors_graph", X, n_neighbors=n_neighbors, mode=mode)
        return super().kneighbors_graph(X, n_neighbors, mode)  # type: ignore[misc]


class LazyRadiusNeighbors(LazyNeighbors):
    """Searches for all neighbours within a radius."""

    def radius_neighbors(
        self,
        X: Any = None,
        radius: Any = None,
        return_distance: Any = True,
        sort_results: bool = False,
    ) -> Any:
        """Distances and numbers of the training rows near each row, as arrays of arrays.

        Lazy Dask Arrays for Dask collections, Blocks and paths.
        """
        if self._is_own(X):
            return self._told(
                "radius_neighbors",
                X,
                radius=radius,
                return_distance=return_distance,
                sort_results=sort_results,
            )
        return super().radius_neighbors(X, radius, return_distance, sort_results)  # type: ignore[misc]

    def radius_neighbors_graph(
        self,
        X: Any = None,
        radius: Any = None,
        mode: str = "connectivity",
        sort_results: bool = False,
    ) -> Any:
        """The graph of rows and the training rows near them, as sparse rows.

        A lazy Dask Array of sparse chunks for Dask collections, Blocks and paths.
        """
        if self._is_own(X):
            return self._told(
                "radius_neighbors_graph", X, radius=radius, mode=mode, sort_results=sort_results
            )
        return super().radius_neighbors_graph(X, radius, mode, sort_results)  # type: ignore[misc]


class NeighborsPredictor(LazyNeighbors):
    """Predictions from the neighbours' targets."""

    needs_target = True

    def predict(self, X: Any) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        if self._is_own(X):
            return self._told("predict", X)
        return super().predict(X)  # type: ignore[misc]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R^2 of a regressor or accuracy of a classifier; one pass over data on blocks."""
        if is_big(X):
            return default_score(self, X, y, sample_weight)
        return float(super().score(X, y, sample_weight))  # type: ignore[misc]


class NeighborsClassifier(NeighborsPredictor):
    """Predictions of a classifier."""

    def predict_proba(self, X: Any) -> Any:
        """Class probabilities of shape (n_rows, n_classes)."""
        if self._is_own(X):
            return self._told("predict_proba", X)
        return super().predict_proba(X)  # type: ignore[misc]


class NeighborsTransformer(LazyNeighbors):
    """The graph of neighbours as a transformation of rows."""

    def transform(self, X: Any) -> Any:
        """The graph of rows and training rows: sparse, lazily for Dask collections and files."""
        if self._is_own(X):
            return self._told("transform", X)
        return super().transform(X)  # type: ignore[misc]

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, then transform the same rows: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            fitted = self.fit(X, y)  # type: ignore[attr-defined]
            return fitted.transform(fitted_columns(self, X))
        return super().fit_transform(X, y)  # type: ignore[misc]
