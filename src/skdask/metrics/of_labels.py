"""Metrics of predicted labels: scikit-learn's own function on one row a pair of labels.

Such a metric sees only how often each pair of true and predicted label occurs, so one row a pair,
weighted by its count, has the score of all rows. Where a row has several labels at once, each
label's own table of hits and misses takes the place of the pairs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from skdask.exceptions import UnsupportedError
from skdask.metrics.judged import Judged, Recipe, Recipes
from skdask.passes import Algorithm
from skdask.statistics.block_totals import BlockTotals
from skdask.statistics.label_pairs import LabelPairs

# means over rows also where a row has several labels
_ROW_MEANS = (metrics.accuracy_score, metrics.hamming_loss, metrics.zero_one_loss)

_PAIR_METRICS: tuple[Callable[..., Any], ...] = (
    metrics.accuracy_score,
    metrics.balanced_accuracy_score,
    metrics.class_likelihood_ratios,
    metrics.classification_report,
    metrics.cohen_kappa_score,
    metrics.confusion_matrix,
    metrics.f1_score,
    metrics.fbeta_score,
    metrics.hamming_loss,
    metrics.jaccard_score,
    metrics.matthews_corrcoef,
    metrics.multilabel_confusion_matrix,
    metrics.precision_recall_fscore_support,
    metrics.precision_score,
    metrics.recall_score,
    metrics.zero_one_loss,
)


def _of_pairs(function: Callable[..., Any]) -> Callable[..., Algorithm[Any]]:
    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        if not judged.flat:
            return (yield from _of_indicators(function, judged, arguments))
        (table,) = yield from judged.ask(LabelPairs(judged.weighted))
        value = function(table.first, table.second, sample_weight=table.weights, **arguments)
        return value if judged.weighted else _counted(function, value)

    return algorithm


def _of_indicators(
    function: Callable[..., Any], judged: Judged, arguments: Mapping[str, Any]
) -> Algorithm[Any]:
    """Rows with several labels, one column of zeros and ones each."""
    by_row = arguments.get("average") == "samples"
    if arguments.get("samplewise"):
        raise UnsupportedError(f"{function.__name__}(samplewise=True) is as long as the data")
    if function is metrics.classification_report:
        raise UnsupportedError(
            "classification_report of several labels a row averages over rows too; "
            "precision_recall_fscore_support gives each of its averages by itself"
        )
    if function in _ROW_MEANS or by_row:
        normal = {key: value for key, value in arguments.items() if key != "normalize"}
        (totals,) = yield from judged.ask(
            BlockTotals(_OnIntegers(function), normal, judged.weighted)
        )
        scaled = arguments.get("normalize", True)
        return float(totals.mean if scaled else totals.total)
    (totals,) = yield from judged.ask(
        BlockTotals(_OnIntegers(metrics.multilabel_confusion_matrix), {}, judged.weighted, False)
    )
    tables = totals.total if judged.weighted else totals.total.astype(np.int64)
    if function is metrics.multilabel_confusion_matrix:
        labels = arguments.get("labels")
        return tables if labels is None else tables[np.asarray(labels)]
    true, predicted, weights = _indicator_rows(tables)
    value = function(true, predicted, sample_weight=weights, **arguments)
    return value if judged.weighted else _counted(function, value)


def _counted(function: Callable[..., Any], value: Any) -> Any:
    """Rows without weights are counted, so sums over them are whole numbers."""
    if function is metrics.multilabel_confusion_matrix:
        return value.astype(np.int64)
    if function is metrics.precision_recall_fscore_support and value[3] is not None:
        return (*value[:3], value[3].astype(np.int64))
    if function is metrics.classification_report and isinstance(value, str):
        # the last column of the report, nine wide after a space
        return re.sub(r" *(\d+)\.0$", lambda found: f" {found[1]:>9}", value, flags=re.MULTILINE)
    return value


@dataclass(frozen=True)
class _OnIntegers:
    """A metric of indicators that came as floating numbers."""

    function: Callable[..., Any]

    def __call__(self, y: NDArray[Any], X: NDArray[Any], **arguments: Any) -> Any:
        return self.function(_integers(y), _integers(X), **arguments)


def _integers(indicators: NDArray[Any]) -> NDArray[np.int8]:
    integers = indicators.astype(np.int8)
    if (integers != indicators).any():
        raise ValueError("multilabel-indicator is not what these labels are: they are no integers")
    return integers


def _indicator_rows(tables: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Rows, with weights, of which each label has the hits and misses of its table."""
    n_labels = len(tables)
    one = np.eye(n_labels, dtype=np.int8)
    none = np.zeros_like(one)
    true = np.vstack([one, one, none])
    predicted = np.vstack([one, none, one])
    weights = np.concatenate([tables[:, 1, 1], tables[:, 1, 0], tables[:, 0, 1]])
    return true, predicted, weights


LABEL_RECIPES: Recipes = {
    function: Recipe("labels", _of_pairs(function)) for function in _PAIR_METRICS
}
