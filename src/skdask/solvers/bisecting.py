"""Bisecting k-means over passes: leaves of the tree are split side by side.

Which leaf is to be split next depends on the splits before; how a leaf is split does not. So the
leaves that are likely to be next are split in the same passes, and a split that is not called for
yet is kept until it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import Algorithm, Request, together
from skdask.solvers.lloyd import KMeansProblem, lloyd
from skdask.statistics.branch import Branch
from skdask.statistics.lloyd import ClusterSpread, ClusterSpreads

# Leaves that are split side by side: more would be work for nothing
_AT_ONCE = 8
# Runs whose inertias differ by less have found the same clusters, as scikit-learn has it
_ROUNDING = 1e-6

Centres = NDArray[np.float64]
Starts = Callable[["Node"], Algorithm[list[Centres]]]


@dataclass(eq=False)
class Node:
    """A cluster of the tree.

    Attributes
    ----------
    branch : Branch
        Its rows.
    centre : ndarray of shape (n_features,)
    count : int
    inertia : float
    halves : tuple of Node or None
        What it is split into, known before it is called for.
    is_split : bool
    """

    branch: Branch
    centre: Centres
    count: int
    inertia: float
    halves: tuple[Node, Node] | None = None
    is_split: bool = False

    def leaves(self) -> Iterator[Node]:
        """From left to right."""
        if self.is_split and self.halves is not None:
            for half in self.halves:
                yield from half.leaves()
        else:
            yield self


def bisect(
    root: Node, problem: KMeansProblem, n_clusters: int, by_count: bool, starts: Starts
) -> Algorithm[int]:
    """Split the root until it has so many leaves; returns how many splits there were not enough.

    Parameters
    ----------
    root : Node
    problem : KMeansProblem
        Of all rows.
    n_clusters : int
    by_count : bool
        Whether the leaf with most rows is split next, rather than the one with most inertia.
    starts : callable
        From a node to the centres of its runs.

    Notes
    -----
    **Passes** for each round of up to eight leaves those of the slowest `lloyd` and one; about
    as many rounds as the tree is deep. **Source** Steinbach, Karypis, Kumar (2000), A comparison
    of document clustering techniques.
    """

    def score(node: Node) -> float:
        return float(node.count) if by_count else node.inertia

    missing = n_clusters - 1
    while missing:
        leaves = list(root.leaves())
        best = max(leaves, key=score)
        if best.halves is not None:
            best.is_split = True
            missing -= 1
            continue
        waiting = sorted((leaf for leaf in leaves if leaf.halves is None), key=score, reverse=True)
        # a leaf of one row is in no way to be split
        likely = [leaf for leaf in waiting if leaf.count > 1][: min(missing, _AT_ONCE)]
        if best not in likely:
            return missing
        found = yield from together([_halves(leaf, problem, starts) for leaf in likely])
        for leaf, halves in zip(likely, found, strict=True):
            leaf.halves = halves
    return 0


def _halves(node: Node, problem: KMeansProblem, starts: Starts) -> Algorithm[tuple[Node, Node]]:
    """The best of some runs of 2-means on the rows of a node."""
    begun = yield from starts(node)
    # what the inertia would need all squares for is taken from differences below
    own = replace(problem, mapped=node.branch, total=0.0)
    ends = yield from together([lloyd(own, start) for start in begun])
    spreads: tuple[Any, ...] = yield tuple(
        Request(ClusterSpreads(node.branch, end.centres), problem.rows, problem.asked_by)
        for end in ends
    )
    best, best_spread = ends[0], spreads[0]
    for end, spread in zip(ends[1:], spreads[1:], strict=True):
        if spread.inertias.sum() < best_spread.inertias.sum() * (1 - _ROUNDING):
            best, best_spread = end, spread
    left, right = (_half(node, best.centres, best_spread, side) for side in (0, 1))
    return left, right


def _half(node: Node, centres: Centres, spread: ClusterSpread, side: int) -> Node:
    return Node(
        node.branch.half(centres, side),
        centres[side],
        int(spread.counts[side]),
        float(spread.inertias[side]),
    )
