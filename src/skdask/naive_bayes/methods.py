"""What all naive Bayes classifiers share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.blocks import is_big
from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.predictor import LazyProbabilities
from skdask.mixins.transformer import refuse_partial_fit
from skdask.routes.lazy import apply_lazily


class NaiveBayes(WeightedTargetFit, LazyProbabilities):
    """Fits in one pass, predicts lazily."""

    # no linear model, whose scores would follow from statistics
    scored_by_predictions = True

    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None
    ) -> Any:
        """Fit on one more batch of rows in memory."""
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y, classes, sample_weight)  # type: ignore[misc]

    def predict_joint_log_proba(self, X: Any) -> Any:
        """Joint log probabilities of rows and classes: lazily for Dask collections and files."""
        if is_big(X):
            return apply_lazily(self, "predict_joint_log_proba", X)
        return super().predict_joint_log_proba(X)  # type: ignore[misc]


def sorted_labels(classes: NDArray[Any]) -> NDArray[Any]:
    """Classes as scikit-learn's union of labels gives them: text as text of a fixed width."""
    return np.asarray(classes.tolist()) if classes.dtype == object else classes
