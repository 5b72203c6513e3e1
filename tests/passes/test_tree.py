"""The merge tree: the grouping follows from leaf numbers alone."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdask.passes.tree import MergeTree


def grouping(n_leaves):
    """The fixed tree, written down from its definition."""
    level = [str(leaf) for leaf in range(n_leaves)]
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [f"({'+'.join(pair)})" if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def join(left, right):
    return f"({left}+{right})"


@given(st.integers(1, 70).flatmap(lambda n: st.permutations(range(n))))
def test_any_order_gives_one_grouping(order):
    tree = MergeTree(len(order), join)
    for leaf in order:
        tree.add(leaf, str(leaf))
    assert tree.root() == grouping(len(order))


def test_threads_give_the_same_bits():
    n_leaves = 1000
    values = [random.Random(k).gauss(0, 10.0**k) for k in range(20)] * 50

    def total(order, n_threads):
        tree = MergeTree(n_leaves, lambda left, right: left + right)
        leaves = iter(order)
        lock = threading.Lock()

        def work():
            while True:
                with lock:
                    leaf = next(leaves, None)
                if leaf is None:
                    return
                tree.add(leaf, values[leaf])

        threads = [threading.Thread(target=work) for _ in range(n_threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return tree.root()

    orders = [list(range(n_leaves)) for _ in range(4)]
    for seed, order in enumerate(orders):
        random.Random(seed).shuffle(order)
    assert len({total(order, 1 + 3 * (k % 2)).hex() for k, order in enumerate(orders)}) == 1


@pytest.mark.parametrize("n_leaves", [1, 2, 3, 4, 7, 8, 9])
def test_every_missing_leaf_is_noticed(n_leaves):
    for missing in range(n_leaves):
        tree = MergeTree(n_leaves, join)
        for leaf in range(n_leaves):
            if leaf != missing:
                tree.add(leaf, str(leaf))
        with pytest.raises(RuntimeError, match="never came"):
            tree.root()


def test_few_subtrees_wait():
    tree = MergeTree(1000, join)
    most = 0
    for leaf in range(1000):
        tree.add(leaf, "x")
        most = max(most, len(tree._waiting))
    assert most <= 10
