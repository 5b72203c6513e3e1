"""A predictor's methods: lazy on Dask collections, Blocks and paths; scores in one pass."""

from __future__ import annotations

from typing import Any

from skdask.blocks import is_big
from skdask.metrics.scoring import default_score
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import to_sklearn


class LazyPredictor:
    """predict that stays lazy on Dask collections, Blocks and paths."""

    def predict(self, X: Any) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict", X)
        return super().predict(X)  # type: ignore[misc]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R^2 of a regressor or accuracy of a classifier; one pass over data on blocks."""
        if is_big(X):
            return default_score(self, X, y, sample_weight)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(super().score(X, y, **weights))  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)


class LazyProbabilities(LazyPredictor):
    """Predictions of a classifier that knows probabilities alone."""

    def predict_proba(self, X: Any) -> Any:
        """Class probabilities of shape (n_rows, n_classes)."""
        if is_big(X):
            return apply_lazily(self, "predict_proba", X)
        return super().predict_proba(X)  # type: ignore[misc]

    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the class probabilities."""
        if is_big(X):
            return apply_lazily(self, "predict_log_proba", X)
        return super().predict_log_proba(X)  # type: ignore[misc]


class LazyClassifier(LazyProbabilities):
    """A classifier's predictions, lazily on Dask collections, Blocks and paths."""

    def decision_function(self, X: Any) -> Any:
        """Confidence scores of the classes."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)  # type: ignore[misc]
