"""RidgeClassifier from the moments within each class: one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import config_context, linear_model
from sklearn.utils.class_weight import compute_class_weight

from skdask.blocks import is_big
from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import ClassMoments, ClassSummary


class RidgeClassifier(WeightedTargetFit, LazyPredictor, linear_model.RidgeClassifier):
    """Ridge regression on class labels, on data of any size and in one pass.

    Subclasses :class:`sklearn.linear_model.RidgeClassifier` and has its parameters and
    attributes. In-memory data is handed to it. On blocks its solver runs on moment-equivalent rows
    of each class; ``"sag"`` and ``"saga"`` are replaced by a direct one.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import RidgeClassifier
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> RidgeClassifier().fit(X, y).predict(X[3:7]).compute()
    array([0, 0, 1, 1])
    """

    coef_: Any
    intercept_: Any

    @property
    def _spread(self) -> Any:
        # classes that weigh otherwise than their rows cannot share a scatter
        return "pooled" if self.class_weight is None else "each"

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(ClassMoments(self._spread, view.weighted), view.rows, "RidgeClassifier"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        found = yield from view.class_moments(self._spread, "RidgeClassifier")
        changes: dict[str, Any] = {"solver": "auto"} if self.solver in ("sag", "saga") else {}
        if isinstance(self.class_weight, str):
            changes["class_weight"] = _balanced(found)
        X, y, weight = class_rows(found)
        plain = plain_copy(self, **changes)
        with config_context(skip_parameter_validation=True, assume_finite=True):
            plain.fit(X, y, sample_weight=weight)
        take_over(self, plain)
        self.coef_ = as_dtype(self.coef_, view)
        if self.fit_intercept:
            self.intercept_ = as_dtype(self.intercept_, view)
        remember_features(self, view)
        return ()

    def decision_function(self, X: Any) -> Any:
        """Confidence scores of the classes: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)


def class_rows(found: ClassSummary) -> tuple[Any, Any, Any]:
    """Moment-equivalent rows of each class as (X, y, sample_weight)."""
    parts, weights = [], []
    for summary in found.summaries():
        # a class whose rows have no weight is a class all the same
        rows = summary.equivalent_rows() if summary.weight > 0.0 else summary.mean[np.newaxis]
        parts.append(rows)
        weights.append(np.full(len(rows), summary.weight / len(rows)))
    y = np.repeat(found.classes, [len(rows) for rows in parts])
    return np.vstack(parts), y, np.concatenate(weights)


def _balanced(found: ClassSummary) -> dict[Any, float]:
    """Balanced weights of the classes by the counts of their rows."""
    classes = found.classes
    weights = compute_class_weight(
        "balanced", classes=classes, y=np.repeat(classes, 1), sample_weight=found.counts
    )
    return dict(zip(classes.tolist(), weights.tolist(), strict=True))
