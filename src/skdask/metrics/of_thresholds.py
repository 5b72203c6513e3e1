"""Curves over thresholds and the areas under them: scikit-learn's functions on distinct scores.

A curve depends on the rows by their order alone. Distinct scores, each with the weight of every
label, are sorted in one pass; scikit-learn's function then sees one row a score and label. Where
the table would not fit the memory budget, scores are rounded to quantiles of a sample: the order
within a quantile is lost, and the scores of the best and of the worst such order are stated.

Several classes, or several labels a row, have a table for each column of scores.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from skdask import config
from skdask.metrics.judged import Judged, Recipe, Recipes
from skdask.passes import Algorithm
from skdask.statistics.base import array_token
from skdask.statistics.block_totals import BlockTotals
from skdask.statistics.sample import Sample
from skdask.statistics.score_tables import ROW_BYTES, ScoreTable, ScoreTables, joined

Function = Callable[..., Any]
Tables = tuple[ScoreTable, ...]

# Rows of the sample whose quantiles are the thresholds where not all scores fit
_SAMPLED = 2**16
# The part of the memory budget that tables of scores may take
_SHARE = 4


def _tables(judged: Judged, probabilities: bool = False) -> Algorithm[tuple[Tables, bool]]:
    """A table for each column of scores, and whether it holds them as they are."""
    row_bytes = ROW_BYTES * judged.n_columns
    fits = judged.n_rows is None or row_bytes * judged.n_rows <= config.get().budget // _SHARE
    if fits:
        (tables,) = yield from judged.ask(
            ScoreTables(judged.n_columns, judged.weighted, probabilities=probabilities)
        )
        return tables, True
    (sample,) = yield from judged.ask(Sample(_SAMPLED, 0))
    edges = np.unique(np.asarray(sample.rows.X, dtype=np.float64))
    statistic = ScoreTables(
        judged.n_columns,
        judged.weighted,
        probabilities=probabilities,
        edges=edges,
        token=array_token(edges),
    )
    (tables,) = yield from judged.ask(statistic)
    return tables, False


def _scores(table: ScoreTable, dtype: np.dtype[Any]) -> NDArray[Any]:
    return table.scores.astype(dtype)


def _curve(function: Function) -> Callable[..., Algorithm[Any]]:
    """A curve of one column of scores."""

    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        if not judged.flat:
            raise ValueError(f"{function.__name__} takes one score a row, got {judged.n_columns}")
        (table,), exact = yield from _tables(judged)
        if not exact:
            _warn(function, "its thresholds are quantiles of a sample")
        scores = _scores(table, judged.dtype)
        return function(table.labels, scores, sample_weight=table.weights, **arguments)

    return algorithm


def _warn(function: Function, what: str) -> None:
    warnings.warn(
        f"{function.__name__}: the scores of all rows do not fit the memory budget, so {what}. "
        "skdask.config.set(memory_limit=...) with more memory makes it exact.",
        stacklevel=2,
    )


def _area(function: Function) -> Callable[..., Algorithm[Any]]:
    """An area under a curve, of one or of several columns of scores."""

    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        if judged.n_targets > 1 and arguments.get("average", "macro") == "samples":
            (totals,) = yield from judged.ask(BlockTotals(function, arguments, judged.weighted))
            return float(totals.mean)
        classes = not judged.flat and judged.n_targets == 1
        tables, exact = yield from _tables(judged, classes and function is metrics.roc_auc_score)

        def value(tables: Tables) -> Any:
            return _value(function, judged, tables, arguments)

        found = value(tables)
        if not exact:
            ends = [np.asarray(value(_ordered(tables, up))) for up in (True, False)]
            error = float(np.max(np.abs(np.asarray(ends) - np.asarray(found))))
            _warn(function, f"it is off by {error:.2g} at most")
        return found

    return algorithm


def _ordered(tables: Tables, positives_first: bool) -> Tables:
    """The best or the worst order of the rows that were given one score."""
    ordered = []
    for table in tables:
        _, runs = np.unique(table.scores, return_inverse=True)
        classes, codes = np.unique(table.labels, return_inverse=True)
        codes = codes if positives_first else len(classes) - 1 - codes
        ordered.append(
            ScoreTable(runs.astype(np.float64) + codes / len(classes), table.labels, table.weights)
        )
    return tuple(ordered)


def _value(function: Function, judged: Judged, tables: Tables, arguments: Mapping[str, Any]) -> Any:
    if judged.flat:
        (table,) = tables
        scores = table.scores
        return function(table.labels, scores, sample_weight=table.weights, **arguments)
    average = arguments.get("average", "macro")
    if judged.n_targets > 1:
        indicators = [ScoreTable(t.scores, t.labels != 0, t.weights) for t in tables]
        return _averaged(function, indicators, average, _rest(arguments))
    return _of_classes(function, judged, tables, arguments)


def _rest(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What one column's score takes."""
    return {key: value for key, value in arguments.items() if key == "max_fpr"}


def _of_classes(
    function: Function, judged: Judged, tables: Tables, arguments: Mapping[str, Any]
) -> Any:
    """Scores of several classes: each against the rest, or each against each other."""
    average, given = arguments.get("average", "macro"), arguments.get("labels")
    classes = np.unique(tables[0].labels) if given is None else np.asarray(given)
    if judged.classes is not None and given is None:
        classes = judged.classes
    equal = np.full((len(classes), len(tables)), 1.0 / len(tables))
    weight = {"sample_weight": np.ones(len(classes))} if judged.weighted else {}
    # scikit-learn's own words for arguments that do not go together
    function(classes, equal, **weight, **arguments)
    one_against = [
        ScoreTable(table.scores, table.labels == label, table.weights)
        for table, label in zip(tables, classes, strict=True)
    ]
    if arguments.get("multi_class") == "ovo":
        return _one_vs_one(function, tables, classes, average)
    return _averaged(function, one_against, average, _rest(arguments))


def _single(function: Function, table: ScoreTable, rest: Mapping[str, Any]) -> float:
    return float(function(table.labels, table.scores, sample_weight=table.weights, **rest))


def _averaged(
    function: Function, tables: Sequence[ScoreTable], average: Any, rest: Mapping[str, Any]
) -> Any:
    if average == "micro":
        return _single(function, joined(tuple(tables)), rest)
    values = np.array([_single(function, table, rest) for table in tables])
    if average is None:
        return values
    if average == "weighted":
        positive = np.array([table.weights[table.labels].sum() for table in tables])
        return float(np.average(values, weights=positive)) if positive.any() else 0.0
    return float(np.average(values))


def _one_vs_one(function: Function, tables: Tables, classes: NDArray[Any], average: str) -> float:
    values, shares = [], []
    for first, second in combinations(range(len(classes)), 2):
        pair = []
        for column in (first, second):
            table = tables[column]
            either = np.isin(table.labels, classes[[first, second]])
            true = table.labels[either] == classes[column]
            pair.append(
                _single(function, ScoreTable(table.scores[either], true, table.weights[either]), {})
            )
        values.append(np.mean(pair))
        shares.append(table.weights[either].sum())
    return float(np.average(values, weights=shares if average == "weighted" else None))


_CURVES = ("confusion_matrix_at_thresholds", "det_curve", "precision_recall_curve", "roc_curve")

THRESHOLD_RECIPES: Recipes = {
    metrics.average_precision_score: Recipe("numbers", _area(metrics.average_precision_score)),
    metrics.roc_auc_score: Recipe("numbers", _area(metrics.roc_auc_score)),
    **{
        getattr(metrics, name): Recipe("numbers", _curve(getattr(metrics, name)))
        for name in _CURVES
        if hasattr(metrics, name)
    },
}
