"""Classification metrics from a scorecard: scikit-learn's own function on equivalent rows.

A metric of labels with sample weights sees only how often each pair of true and predicted class
occurs. So one row a pair, weighted by its count, has the same score as all rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from skdask.statistics.class_scores import Scorecard

# scikit-learn's metric functions that are functions of the weighted confusion matrix
LABEL_METRICS: tuple[Callable[..., float], ...] = (
    metrics.accuracy_score,
    metrics.balanced_accuracy_score,
    metrics.cohen_kappa_score,
    metrics.f1_score,
    metrics.fbeta_score,
    metrics.jaccard_score,
    metrics.matthews_corrcoef,
    metrics.precision_score,
    metrics.recall_score,
)


def label_score(
    function: Callable[..., float], card: Scorecard, classes: NDArray[Any], **kwargs: Any
) -> float:
    """The metric of the rows that a scorecard weighed."""
    true, predicted = np.nonzero(card.confusion)
    weights = card.confusion[true, predicted]
    return float(function(classes[true], classes[predicted], sample_weight=weights, **kwargs))


def mean_log_loss(card: Scorecard) -> float:
    return card.log_loss / card.weight
