"""Lloyd's algorithm over passes: a pass is an iteration, on all rows at once.

Whether labels have stopped changing needs no labels: sums over the same rows in the same blocks
have the same bits. Nor does the inertia need the rows once more, but where clusters are so tight
that it would be a difference of large numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import Algorithm, Request, RowSet, ask
from skdask.statistics.lloyd import Clusters, Farthest, Inertia, LloydStep
from skdask.statistics.lloyd_bounds import RowBounds
from skdask.statistics.mapped import Mapped

# Where the inertia is a smaller share than this of the squares around the origin, the difference
# of the two would have lost more digits than results may differ by
_TIGHT = 1e-6


@dataclass(frozen=True)
class KMeansProblem:
    """Rows to be clustered.

    Attributes
    ----------
    mapped : Mapped
    rows : RowSet
    total : float
        Weighted sum of the squares of the mapped rows.
    tol : float
        Squared shift of all centres at which they have converged.
    max_iter : int
    asked_by : str
    verbose : bool
    remembers : bool
        Whether the rows may be remembered from pass to pass, by `RowBounds`.
    """

    mapped: Mapped
    rows: RowSet
    total: float
    tol: float
    max_iter: int
    asked_by: str
    verbose: bool = False
    remembers: bool = False

    def request(self, centres: NDArray[np.float64], bounds: RowBounds | None = None) -> Request:
        return Request(LloydStep(self.mapped, centres, bounds), self.rows, self.asked_by)


@dataclass(frozen=True)
class Clustering:
    """Where Lloyd's algorithm has ended.

    Attributes
    ----------
    centres : ndarray of shape (n_clusters, n_features)
    inertia : float
    n_iter : int
    converged : bool
    counts : ndarray of shape (n_clusters,)
        Rows of each cluster.
    """

    centres: NDArray[np.float64]
    inertia: float
    n_iter: int
    converged: bool
    counts: NDArray[np.int64]

    @property
    def outcome(self) -> str:
        if self.converged:
            return f"converged in {self.n_iter} iterations"
        return f"stopped at max_iter={self.n_iter} before the centres had settled"


def lloyd(problem: KMeansProblem, start: NDArray[np.float64]) -> Algorithm[Clustering]:
    """Move centres to the means of the rows next to them until they stay.

    Notes
    -----
    **Passes** one an iteration; one more for an iteration that leaves a cluster empty, and one
    at the end unless no label changed. **Cost** and **Source** as `LloydStep`. From the same
    start it takes the same iterations as scikit-learn's ``algorithm="lloyd"``.
    """
    centres = start
    bounds = RowBounds() if problem.remembers else None
    before: Clusters | None = None
    converged = False
    for n_iter in range(1, problem.max_iter + 1):
        clusters: Clusters = (yield (problem.request(centres, bounds),))[0]
        moved, relocated = yield from _means(problem, centres, clusters)
        if problem.verbose:
            inertia = clusters.inertia(centres, problem.total)
            print(f"Iteration {n_iter - 1}, inertia {inertia}.")
        shift = float(((moved - centres) ** 2).sum())
        unchanged = before is not None and clusters.same_rows(before)
        centres, before = moved, clusters
        converged = unchanged or shift <= problem.tol
        if converged:
            break
    if shift > 0.0 or relocated:
        # the labels are those of the last centres, as in scikit-learn
        (clusters,) = yield (problem.request(centres, bounds),)
    inertia = clusters.inertia(centres, problem.total)
    if inertia < _TIGHT * problem.total:
        exact = Inertia(problem.mapped, centres)
        inertia = yield from ask(exact, problem.rows, problem.asked_by)
    return Clustering(centres, inertia, n_iter, converged, clusters.counts)


def _means(
    problem: KMeansProblem, centres: NDArray[np.float64], clusters: Clusters
) -> Algorithm[tuple[NDArray[np.float64], bool]]:
    """The means of the clusters; empty ones move to the rows farthest from their centres."""
    sums, weights = clusters.sums.copy(), clusters.weights.copy()
    empty = np.flatnonzero(weights == 0.0)
    relocated = False
    if len(empty):
        statistic = Farthest(problem.mapped, centres, size=len(empty))
        far = yield from ask(statistic, problem.rows, problem.asked_by)
        # with no more distinct rows than clusters there is nowhere to go
        relocated = bool(far.distances[0] > 0.0)
        if relocated:
            for cluster, row, weight, label in zip(
                empty, far.rows, far.weights, far.labels, strict=False
            ):
                sums[label] -= row * weight
                weights[label] -= weight
                sums[cluster], weights[cluster] = row * weight, weight
    # where scikit-learn puts them too, but for those before the largest, which get its sum
    largest = int(np.argmax(weights))
    filled = weights > 0.0
    means = np.empty_like(sums)
    means[filled] = sums[filled] / weights[filled, np.newaxis]
    means[~filled] = means[largest]
    return means, relocated
