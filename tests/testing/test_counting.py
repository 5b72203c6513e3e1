"""Counting blocks count, and the suite of executors sees a wrong one."""

from __future__ import annotations

import numpy as np
import pytest

from skdask import blocks, config
from skdask.passes import InlineExecutor, ask
from skdask.passes.tree import MergeTree
from skdask.statistics import Moments
from skdask.testing import CountingBlocks, check_executor


@pytest.fixture
def counted():
    X = np.random.default_rng(0).normal(size=(1000, 4))
    with config.set(block_bytes=8 * 5 * 60):
        return CountingBlocks(blocks.open(X, X[:, 0]))


def read_all(data, *, features=True):
    return [
        block for unit in range(len(data.units)) for block in data.read(unit, features=features)
    ]


def test_counts(counted):
    assert counted.passes == counted.feature_passes == 0
    read_all(counted)
    read_all(counted, features=False)
    assert (counted.passes, counted.feature_passes) == (2, 1)
    assert set(counted.units_read.values()) == {2}
    list(counted.read(0))
    with pytest.raises(AssertionError, match="unequally"):
        _ = counted.passes
    with pytest.raises(AssertionError, match="features"):
        _ = counted.feature_passes
    counted.reset()
    assert counted.passes == 0


def test_the_same_blocks_as_those_they_count():
    X = np.arange(12.0).reshape(6, 2)
    data = blocks.open(X)
    counted = CountingBlocks(data)
    for name in ("name", "n_blocks", "units", "n_features", "n_rows", "block_bytes", "dtype"):
        assert getattr(counted, name) == getattr(data, name)
    for ours, theirs in zip(read_all(counted), read_all(data), strict=True):
        np.testing.assert_array_equal(ours.rows.X, theirs.rows.X)


class Backwards(InlineExecutor):
    """Numbers blocks from the end, so that they merge in another order."""

    def scan(self, blocks, scan, meter, *, threads, name):
        tree = MergeTree(blocks.n_blocks, scan.merge)
        for unit in range(len(blocks.units)):
            for block in blocks.read(unit):
                tree.add(blocks.n_blocks - 1 - block.index, scan.leaf(block))
                meter.add(block, 0.0, 0.0)
        return tree.root()


class Forgetful(InlineExecutor):
    """Tells nothing of what it read."""

    def scan(self, blocks, scan, meter, *, threads, name):
        state = super().scan(blocks, scan, meter, threads=threads, name=name)
        meter.bytes_read = 0
        return state


@pytest.mark.parametrize("executor", [Backwards(), Forgetful()])
def test_wrong_executors_are_seen(executor, counted):
    with pytest.raises(AssertionError):
        check_executor(executor, lambda: [ask(Moments(True))], counted)


def test_right_executors_pass(counted):
    check_executor(InlineExecutor(), lambda: [ask(Moments(True))], counted)
