"""What all naive Bayes classifiers share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.blocks import is_big
from skdask.mixins.predictor import LazyProbabilities
from skdask.mixins.transformer import refuse_partial_fit
from skdask.routes.fitting import fit_on_blocks, forget_report
from skdask.routes.lazy import apply_lazily


class NaiveBayes(LazyProbabilities):
    """Fits in one pass, predicts lazily."""

    # a search scores linear models only
    searchable = False

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, sample_weight)  # type: ignore[misc]
        return fit_on_blocks(self, X, y, sample_weight)

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
