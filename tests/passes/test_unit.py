"""A read that fails is tried again, from the missing block; what cannot be mended is not."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import dask.array as da
import numpy as np
import pytest

from skdask import blocks, config
from skdask.exceptions import DataError, ReadError
from skdask.passes import ask, run, unit
from skdask.passes.executor import ThreadsExecutor
from skdask.passes.meter import Meter
from skdask.statistics import Moments
from skdask.testing import CountingBlocks, assert_close


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit, "PAUSE_SECONDS", (0.0, 0.0))


class Flaky(CountingBlocks):
    """Every unit fails some times before it is read, after some of its blocks."""

    times = 1
    error: type[Exception] = OSError

    def read(self, unit: int, *, features: bool = True) -> Any:
        fails = self.units_read[unit] < self.times
        for number, block in enumerate(super().read(unit, features=features)):
            if fails and number == len(self.units[unit]) - 1:
                raise self.error(f"the store is away for unit {unit}")
            yield block


def long_units(counted: CountingBlocks) -> CountingBlocks:
    """The same blocks, three to a unit, as a source without random access would give them."""

    n_blocks = counted.n_blocks
    units = tuple(range(i, min(i + 3, n_blocks)) for i in range(0, n_blocks, 3))
    # one piece a block, so that a unit of three can be read
    counted._cut = replace(counted._cut, units=units)
    counted._reader = replace(counted._reader, cut=counted._cut)
    return counted


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("times", [1, 2])
def test_what_fails_once_or_twice_gives_the_same_bits(counted, n_threads, times):
    expected = run([ask(Moments(True))], counted, what="t").results
    flaky = Flaky(long_units(counted))
    flaky.times = times
    with config.set(n_threads=n_threads):
        done = run([ask(Moments(True))], flaky, what="t")
    assert_close(done.results, expected, rtol=0.0, atol=0.0)
    assert set(flaky.units_read.values()) == {times + 1}
    assert done.report.rows == 1000
    (note,) = done.report.notes
    assert note.startswith(f"{times * len(flaky.units)} reads failed and were repeated")
    assert "OSError: the store is away" in note


def test_what_keeps_failing_is_one_error_with_place_and_cause():
    tries: Counter[int] = Counter()

    def fail(values: Any, block_info: Any = None) -> Any:
        if block_info is not None and block_info[0]["chunk-location"][0] == 2:
            tries[2] += 1
            raise RuntimeError("no disk")
        return values

    X = da.ones((100, 3), chunks=(20, 3)).map_blocks(fail, dtype=float)
    with config.set(block_bytes=8 * 3 * 20), pytest.raises(ReadError) as error:
        run([ask(Moments())], blocks.open(X), what="t")
    assert "RuntimeError: no disk (skdask was reading chunk 2 of the Dask Array)" in str(
        error.value
    )
    assert isinstance(error.value.__cause__, RuntimeError)
    assert tries[2] == unit.ATTEMPTS


@pytest.mark.parametrize("error", [DataError, FileNotFoundError])
def test_what_cannot_be_mended_is_not_tried_again(counted, error):
    flaky = Flaky(counted)
    flaky.error = error
    with config.set(n_threads=1), pytest.raises(error, match="unit 0"):
        run([ask(Moments())], flaky, what="t")
    assert flaky.units_read[0] == 1


def test_bad_rows_are_met_once(cut, X, y):
    bad = X.copy()
    bad[70, 1] = np.nan
    data = cut(bad, y)
    with config.set(n_threads=1), pytest.raises(DataError, match="NaN"):
        run([ask(Moments())], data, what="t")
    assert data.units_read[1] == 1


class Leaves:
    """A scan of some leaf."""

    needs_features = True

    def __init__(self, leaf: Any) -> None:
        self.leaf = leaf

    def describe(self):
        return "a scan of a test"

    def merge(self, left: int, right: int) -> int:
        return left + right


@pytest.fixture
def long() -> CountingBlocks:
    with config.set(block_bytes=80):
        found = CountingBlocks(blocks.open(np.arange(90.0).reshape(90, 1)))
    found._cut = replace(found._cut, units=(range(1), range(1, found.n_blocks)))
    found._reader = replace(found._reader, cut=found._cut)
    return found


def scanned(data: Any, leaf: Any, threads: int) -> Any:
    try:
        return ThreadsExecutor().scan(data, Leaves(leaf), Meter(), threads=threads, name="t")
    finally:
        assert not [t for t in threading.enumerate() if t.name.startswith("skdask_")]


def test_threads_share_a_long_unit(long):
    together = threading.Barrier(3)

    def leaf(block):
        # unit 0 is one block: whoever met it must have joined the others
        if block.index >= long.n_blocks - 3:
            together.wait(timeout=10)
        return block.rows.n_rows

    assert scanned(long, leaf, 3) == 90
    assert set(long.blocks_read.values()) == {1}


def test_one_reads_while_another_computes(long):
    read = {index: threading.Event() for index in range(long.n_blocks)}

    class Noted(CountingBlocks):
        def read(self, unit, *, features=True):
            for block in super().read(unit, features=features):
                read[block.index].set()
                yield block

    def leaf(block):
        if 1 <= block.index < long.n_blocks - 1:
            assert read[block.index + 1].wait(timeout=10), "nobody read ahead"
        return block.rows.n_rows

    noted = Noted(long)
    assert scanned(noted, leaf, 2) == 90


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_error_of_the_earliest_block(long, threads):
    started = threading.Event()

    def leaf(block):
        if block.index == 3:
            # a later block fails first where there are several threads
            started.wait(timeout=0.2)
            raise ValueError("block 3")
        if block.index in (4, 5):
            started.set()
            raise ValueError(f"block {block.index}")
        return block.rows.n_rows

    with pytest.raises(ValueError, match="block 3"):
        scanned(long, leaf, threads)


def test_an_interrupt_of_one_who_helps(long):
    main = threading.main_thread()

    def leaf(block):
        if block.index == 5 and threading.current_thread() is not main:
            raise KeyboardInterrupt
        return block.rows.n_rows

    with pytest.raises(KeyboardInterrupt):
        scanned(long, leaf, 3)
