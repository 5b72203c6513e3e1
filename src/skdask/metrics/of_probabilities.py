"""Metrics of predicted probabilities and decisions: means over rows that need all labels.

A block may lack some of the labels, so scikit-learn's function is told them. Where nobody knows
them before the pass, they are found by one over the target.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from skdask.metrics.judged import Judged, Recipe, Recipes
from skdask.passes import Algorithm
from skdask.statistics.block_totals import BlockTotals
from skdask.statistics.labels import ClassTable, Labels

Function = Callable[..., Any]


def _with_labels(function: Function) -> Callable[..., Algorithm[Any]]:
    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        rest = dict(arguments)
        normalize = rest.pop("normalize", True)
        if judged.n_targets == 1:
            # scikit-learn finds no labels by itself where it is told some
            rest["labels"] = yield from judged.labels(rest.get("labels"))
        else:
            rest.pop("labels", None)
        (totals,) = yield from judged.ask(
            BlockTotals(function, rest, judged.weighted, flat=judged.flat)
        )
        return float(totals.mean if normalize else totals.total)

    return algorithm


def _null_loss(
    loss: Function, table: ClassTable, labels: NDArray[Any], arguments: Mapping[str, Any]
) -> float:
    """The loss of predicting the shares of the classes for every row."""
    shares = np.zeros(len(labels))
    shares[np.searchsorted(labels, table.classes)] = table.weights / table.weights.sum()
    probabilities = np.tile(shares, (len(table.classes), 1))
    # which label is the positive one does not matter to the loss of both shares
    given = {key: value for key, value in arguments.items() if key != "pos_label"}
    predicted = probabilities[:, 1] if len(labels) == 2 else probabilities
    return float(
        loss(table.classes, predicted, sample_weight=table.weights, labels=labels, **given)
    )


def _explained(loss: Function) -> Callable[..., Algorithm[Any]]:
    """1 - loss / the loss of predicting the shares of the classes."""

    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        rest = dict(arguments)
        given = rest.pop("labels", None)
        labels = judged.classes if given is None else np.asarray(given)
        if labels is None:
            (table,) = yield from judged.ask(Labels(judged.weighted))
            labels = table.classes
        totals, table = yield from judged.ask(
            BlockTotals(loss, {**rest, "labels": labels}, judged.weighted, flat=judged.flat),
            Labels(judged.weighted),
        )
        null = _null_loss(loss, table, labels, rest)
        return float(1.0 - totals.mean / null)

    return algorithm


def _row_mean(function: Function) -> Callable[..., Algorithm[Any]]:
    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        (totals,) = yield from judged.ask(BlockTotals(function, arguments, judged.weighted))
        return float(totals.mean)

    return algorithm


def _takes_labels(function: Function) -> bool:
    return "labels" in inspect.signature(function).parameters


PROBABILITY_RECIPES: Recipes = {
    **{
        function: Recipe("numbers", _with_labels(function))
        for function in (
            metrics.brier_score_loss,
            metrics.hinge_loss,
            metrics.log_loss,
            metrics.top_k_accuracy_score,
        )
        if _takes_labels(function)
    },
    metrics.d2_log_loss_score: Recipe("numbers", _explained(metrics.log_loss)),
    **{
        function: Recipe("numbers", _row_mean(function))
        for function in (
            metrics.coverage_error,
            metrics.dcg_score,
            metrics.label_ranking_average_precision_score,
            metrics.label_ranking_loss,
            metrics.ndcg_score,
        )
    },
}
if hasattr(metrics, "d2_brier_score"):
    PROBABILITY_RECIPES[metrics.d2_brier_score] = Recipe(
        "numbers", _explained(metrics.brier_score_loss)
    )
