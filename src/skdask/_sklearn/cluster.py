"""Compiled iterations of k-means, and the trees of Birch and bisecting k-means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.cluster._birch import _CFNode, _CFSubcluster
from sklearn.cluster._bisect_k_means import _BisectingTree
from sklearn.cluster._k_means_lloyd import lloyd_iter_chunked_dense, lloyd_iter_chunked_sparse
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads


def lloyd_labels(X: Any, centres: NDArray[np.float64]) -> NDArray[np.int32]:
    """The nearest centre of each row: dense rows in C order or compressed ones, in float64."""
    labels = np.empty(X.shape[0], np.int32)
    unused = np.empty(len(centres))
    step = lloyd_iter_chunked_sparse if sparse.issparse(X) else lloyd_iter_chunked_dense
    # one thread: blocks are what runs in parallel
    step(X, np.ones(X.shape[0]), centres, None, None, labels, unused, 1, False)
    return labels


def bisecting_tree(root: Any, leaves: list[Any], centre_of: Callable[[Any], Any]) -> Any:
    """The tree by which `BisectingKMeans` predicts, of nodes with ``is_split`` and ``halves``."""
    tree = _BisectingTree(center=centre_of(root), indices=None, score=root.inertia)
    if root.is_split:
        tree.left, tree.right = (bisecting_tree(half, leaves, centre_of) for half in root.halves)
    else:
        tree.label = next(number for number, leaf in enumerate(leaves) if leaf is root)
    return tree


def birch_tree(plain: Any) -> dict[str, NDArray[Any]]:
    """The tree of a Birch as arrays: nodes, their subclusters, and the leaves in their order."""
    nodes = [plain.root_]
    for node in nodes:  # which grows on the way
        nodes += [each.child_ for each in node.subclusters_ if each.child_ is not None]
    place = {id(node): number for number, node in enumerate(nodes)}
    every = [each for node in nodes for each in node.subclusters_]
    return {
        "is_leaf": np.array([node.is_leaf for node in nodes]),
        "lengths": np.array([len(node.subclusters_) for node in nodes]),
        "leaves": np.array([place[id(leaf)] for leaf in plain._get_leaves()]),
        "children": np.array([-1 if s.child_ is None else place[id(s.child_)] for s in every]),
        "counts": np.array([each.n_samples_ for each in every]),
        "sums": np.array([each.linear_sum_ for each in every]),
        "squares": np.array([each.squared_sum_ for each in every]),
        "centroids": np.array([each.centroid_ for each in every]),
        "norms": np.array([each.sq_norm_ for each in every]),
    }


def set_birch_tree(plain: Any, tree: dict[str, NDArray[Any]]) -> None:
    """Give a Birch the tree that `birch_tree` took from one, with nothing in common with it."""
    sums = tree["sums"]

    def new(is_leaf: bool) -> Any:
        return _CFNode(
            threshold=plain.threshold, branching_factor=plain.branching_factor, is_leaf=is_leaf,
            n_features=sums.shape[1], dtype=sums.dtype,
        )  # fmt: skip

    nodes = [new(bool(is_leaf)) for is_leaf in tree["is_leaf"]]
    owners = np.repeat(np.arange(len(nodes)), tree["lengths"])
    for number, owner in enumerate(owners):
        own = _CFSubcluster()
        own.n_samples_ = int(tree["counts"][number])
        own.linear_sum_ = sums[number].copy()
        own.squared_sum_ = tree["squares"][number]
        own.centroid_ = tree["centroids"][number].copy()
        own.sq_norm_ = tree["norms"][number]
        child = int(tree["children"][number])
        own.child_ = None if child < 0 else nodes[child]
        nodes[owner].append_subcluster(own)
    before = plain.dummy_leaf_ = new(True)
    for number in tree["leaves"]:
        before.next_leaf_, nodes[number].prev_leaf_ = nodes[number], before
        before = nodes[number]
    plain.root_ = nodes[0]


def openmp_threads() -> int:
    """Threads that scikit-learn's own fit would leave in an estimator for its `predict`."""
    return int(_openmp_effective_n_threads())
