"""Scores of clusters by their spread, for rows and labels that need not fit in memory.

Calinski and Harabasz's index follows from counts, centres and scatters; Davies and Bouldin's
needs the distances to the centres too, which is a second pass. A silhouette needs the distance of
every two rows, so it is taken of a sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn import metrics
from sklearn.utils import check_random_state

from skdask.exceptions import UnsupportedError
from skdask.metrics.judged import Judged, Recipe, Recipes
from skdask.passes import Algorithm
from skdask.statistics.cluster_spread import CentreDistances, Clusters, ClusterSpread
from skdask.statistics.sample import Sample


def _check_count(clusters: Clusters) -> None:
    n_labels, n_rows = len(clusters.labels), int(clusters.counts.sum())
    if not 1 < n_labels < n_rows:
        raise ValueError(
            f"Number of labels is {n_labels}. Valid values are 2 to n_samples - 1 (inclusive)"
        )


def _calinski_harabasz(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[float]:
    (clusters,) = yield from judged.ask(ClusterSpread())
    _check_count(clusters)
    n_labels, n_rows = len(clusters.labels), int(clusters.counts.sum())
    mean = np.average(clusters.centres, axis=0, weights=clusters.counts)
    between = clusters.counts @ np.square(clusters.centres - mean).sum(axis=1)
    within = clusters.scatters.sum()
    if within == 0.0:
        return 1.0
    return float(between * (n_rows - n_labels) / (within * (n_labels - 1.0)))


def _davies_bouldin(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[float]:
    (clusters,) = yield from judged.ask(ClusterSpread())
    _check_count(clusters)
    (sums,) = yield from judged.ask(CentreDistances(clusters.labels, clusters.centres))
    within = sums / clusters.counts
    apart = metrics.pairwise_distances(clusters.centres)
    if np.allclose(within, 0) or np.allclose(apart, 0):
        return 0.0
    apart[apart == 0] = np.inf
    return float(np.mean(np.max((within[:, np.newaxis] + within) / apart, axis=1)))


def _silhouette(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[float]:
    rest = dict(arguments)
    size = rest.pop("sample_size", None)
    if size is None:
        raise UnsupportedError(
            "silhouette_score of all rows needs the distance of every two of them; give "
            "sample_size=10_000 to take it of a sample, or use calinski_harabasz_score or "
            "davies_bouldin_score"
        )
    seed = check_random_state(rest.pop("random_state", None)).randint(np.iinfo(np.int32).max)
    (sample,) = yield from judged.ask(Sample(size, int(seed)))
    return float(metrics.silhouette_score(sample.rows.X, sample.rows.y, **rest))


SPREAD_RECIPES: Recipes = {
    metrics.calinski_harabasz_score: Recipe("rows", _calinski_harabasz),
    metrics.davies_bouldin_score: Recipe("rows", _davies_bouldin),
    metrics.silhouette_score: Recipe("rows", _silhouette),
}
