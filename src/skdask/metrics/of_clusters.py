"""Metrics of clusterings: of the pairs of labels that occur, or of the clusters' moments.

Whether two rows lie in one cluster of both labellings is counted from the contingency table.
Scores of the clusters themselves need their centres, and distances to these a pass more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn import metrics
from sklearn.metrics.cluster import expected_mutual_information

from skdask.metrics.judged import Judged, Recipe, Recipes
from skdask.passes import Algorithm
from skdask.statistics.label_pairs import LabelPairs, PairTable

Table = NDArray[np.int64]


def contingency(pairs: PairTable) -> Table:
    """Rows with each pair of labels: shape (n_first_labels, n_second_labels)."""
    first, first_codes = np.unique(pairs.first, return_inverse=True)
    second, second_codes = np.unique(pairs.second, return_inverse=True)
    table = np.zeros((len(first), len(second)), dtype=np.int64)
    table[first_codes, second_codes] = pairs.weights
    return table


def pair_confusion(table: Table) -> Table:
    """How many ordered pairs of rows are together in neither, one or both of the labellings."""
    # Python's integers, as the square of the number of rows may exceed 64 bits
    rows = int(table.sum())
    squares = sum(int(cell) ** 2 for cell in table[table > 0].tolist())
    first = sum(int(count) ** 2 for count in table.sum(axis=1).tolist())
    second = sum(int(count) ** 2 for count in table.sum(axis=0).tolist())
    both, only_first, only_second = squares - rows, first - squares, second - squares
    neither = rows**2 - rows - both - only_first - only_second
    cells = [[neither, only_second], [only_first, both]]
    largest = max(max(row) for row in cells)
    return np.array(cells, dtype=np.int64 if largest < 2**63 else object)


def _rand(table: Table) -> float:
    (neither, second), (first, both) = pair_confusion(table).tolist()
    total = neither + second + first + both
    return 1.0 if total in (0, neither + both) else (neither + both) / total


def _adjusted_rand(table: Table) -> float:
    (neither, second), (first, both) = pair_confusion(table).tolist()
    if first == 0 and second == 0:
        return 1.0
    apart = (both + first) * (first + neither) + (both + second) * (second + neither)
    return 2.0 * (both * neither - first * second) / apart


def _fowlkes_mallows(table: Table) -> float:
    (_, second), (first, both) = pair_confusion(table).tolist()
    if both == 0:
        return 0.0
    return float(np.sqrt(both / (both + second)) * np.sqrt(both / (both + first)))


def _information(table: Table) -> float:
    return float(metrics.mutual_info_score(None, None, contingency=table))


def _entropy(counts: Table) -> float:
    counts = counts[counts > 0]
    if len(counts) == 1:
        return 0.0
    total = counts.sum()
    return float(-np.sum((counts / total) * (np.log(counts) - np.log(total))))


def _single_cluster(table: Table) -> bool:
    """Whether both labellings have one cluster, or both have none."""
    return table.shape in ((1, 1), (0, 0))


def _measures(table: Table, beta: float = 1.0) -> tuple[float, float, float]:
    """Homogeneity, completeness and their weighted harmonic mean."""
    if table.size == 0:
        return 1.0, 1.0, 1.0
    information = _information(table)
    first, second = _entropy(table.sum(axis=1)), _entropy(table.sum(axis=0))
    homogeneity = information / first if first else 1.0
    completeness = information / second if second else 1.0
    if homogeneity + completeness == 0.0:
        return homogeneity, completeness, 0.0
    v = (1 + beta) * homogeneity * completeness / (beta * homogeneity + completeness)
    return homogeneity, completeness, v


_AVERAGES: dict[str, Callable[[float, float], float]] = {
    "min": min,
    "max": max,
    "arithmetic": lambda first, second: (first + second) / 2,
    "geometric": lambda first, second: float(np.sqrt(first * second)),
}


def _mean_entropy(table: Table, average_method: str) -> float:
    return _AVERAGES[average_method](_entropy(table.sum(axis=1)), _entropy(table.sum(axis=0)))


def _normalized_information(table: Table, average_method: str = "arithmetic") -> float:
    if _single_cluster(table):
        return 1.0
    information = _information(table)
    return information / _mean_entropy(table, average_method) if information > 0.0 else 0.0


def _adjusted_information(table: Table, average_method: str = "arithmetic") -> float:
    if _single_cluster(table):
        return 1.0
    if 1 in table.shape:
        return 0.0
    expected = expected_mutual_information(sparse.csr_matrix(table), int(table.sum()))
    above = _away_from_zero(_information(table) - expected)
    return above / _away_from_zero(_mean_entropy(table, average_method) - expected)


def _away_from_zero(value: float) -> float:
    """Where both terms of the ratio round to zero, the labellings agree."""
    return float(np.copysign(max(abs(value), np.finfo(np.float64).eps), value))


_OF_TABLE: dict[Callable[..., Any], Callable[..., Any]] = {
    metrics.adjusted_mutual_info_score: _adjusted_information,
    metrics.adjusted_rand_score: _adjusted_rand,
    metrics.completeness_score: lambda table: _measures(table)[1],
    metrics.fowlkes_mallows_score: _fowlkes_mallows,
    metrics.homogeneity_completeness_v_measure: _measures,
    metrics.homogeneity_score: lambda table: _measures(table)[0],
    metrics.mutual_info_score: _information,
    metrics.normalized_mutual_info_score: _normalized_information,
    metrics.cluster.pair_confusion_matrix: pair_confusion,
    metrics.rand_score: _rand,
    metrics.v_measure_score: lambda table, beta=1.0: _measures(table, beta)[2],
}


def _of_table(
    function: Callable[..., Any], formula: Callable[..., Any]
) -> Callable[..., Algorithm[Any]]:
    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        given = {key: value for key, value in arguments.items() if key != "contingency"}
        # scikit-learn's own words for arguments that it does not know
        function([0, 1], [0, 1], **given)
        (pairs,) = yield from judged.ask(LabelPairs())
        return formula(contingency(pairs), **given)

    return algorithm


CLUSTER_RECIPES: Recipes = {
    function: Recipe("labels", _of_table(function, formula))
    for function, formula in _OF_TABLE.items()
}
