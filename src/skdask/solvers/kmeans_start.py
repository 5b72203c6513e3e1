"""Where k-means starts on data too large to gather: scalable k-means++, or k-means||.

k-means++ picks one centre a pass. Here each of five passes picks a few centres for every cluster,
in proportion to their squared distance from those there are, and one more pass weighs them. They
are then few enough to be clustered in memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from skdask.passes.request import Algorithm, ask
from skdask.rows import Rows
from skdask.solvers.lloyd import KMeansProblem
from skdask.statistics.far_sample import FarSample
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import Sample

_ROUNDS = 5
_OVERSAMPLING = 2


def kmeans_parallel(
    problem: KMeansProblem, n_clusters: int, seed: int
) -> Algorithm[NDArray[np.float64]]:
    """Centres to start from.

    Notes
    -----
    **Passes** 7: the first centre, five rounds, the candidates' weights. **Cost** of a round, up
    to ten times that of a Lloyd iteration. **Source** Bahmani, Moseley, Vattani, Kumar,
    Vassilvitskii (2012), Scalable k-means++, with a reservoir in the place of coin tosses.
    """
    mapped, rows, who = problem.mapped, problem.rows, problem.asked_by
    first = yield from ask(Sample(1, seed, mapped.weighted), rows, who)
    candidates = mapped_rows(mapped, first.rows)
    for number in range(_ROUNDS):
        statistic = FarSample(
            mapped, candidates, size=_OVERSAMPLING * n_clusters, seed=seed + number + 1
        )
        found = yield from ask(statistic, rows, who)
        if found.rows.n_rows == 0:
            break  # every row is a candidate already
        candidates = np.vstack([candidates, mapped_rows(mapped, found.rows)])
    if len(candidates) <= n_clusters:
        return candidates[np.arange(n_clusters) % len(candidates)]
    (clusters,) = yield (problem.request(candidates),)
    model = KMeans(n_clusters, n_init=1, random_state=seed % 2**32)
    model.fit(candidates, sample_weight=clusters.weights)
    return np.asarray(model.cluster_centers_, np.float64)


def mapped_rows(mapped: Mapped, rows: Rows) -> NDArray[np.float64]:
    """Rows in memory as the statistics of k-means see them, dense."""
    tiles = [tile for _, tile, _ in mapped.tiles(rows, 1)]
    return np.vstack([tile if isinstance(tile, np.ndarray) else tile.toarray() for tile in tiles])
