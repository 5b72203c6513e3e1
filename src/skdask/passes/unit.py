"""Meeting a unit of blocks: read, turned into states, merged; read again where storage falters.

What a thread here and a task on a cluster have in common. A read that fails may succeed a moment
later (a network store, a worker's disk), so it is tried again, from the block that is missing;
what is wrong with the rows themselves, and what no second try can mend, is raised at once.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from skdask.exceptions import DataError, MemoryBudgetError, ReadError, UnsupportedError
from skdask.passes.meter import Meter
from skdask.passes.tree import MergeTree
from skdask.rows import Block

ATTEMPTS = 3
# before the second and the third attempt
PAUSE_SECONDS = (0.1, 1.0)

# What another attempt would only repeat
FINAL = (DataError, UnsupportedError, MemoryBudgetError, FileNotFoundError, PermissionError)

# Where a read fails, every block before it was taken
AFTER_ALL = sys.maxsize


class Reads(Protocol):
    """Blocks, or a part of them."""

    def read(self, unit: int, *, features: bool = True) -> Iterator[Block]: ...


def meet_unit(
    blocks: Reads,
    unit: int,
    leaf: Callable[[Block], Any],
    tree: MergeTree[Any],
    meter: Meter,
    features: bool,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Add the states of a unit's blocks to the tree, on this thread.

    Raises
    ------
    DataError
        Where rows cannot be used, naming block and column.
    ReadError
        Where a read fails in every attempt, naming the place and the cause.
    """
    Meeting(blocks, unit, leaf, tree, meter, features, stopped).lead()


@dataclass
class _Failure:
    """What went wrong with a block (or, where a read failed, before it), and where."""

    block: int
    error: Exception
    in_reading: bool


class Meeting:
    """A unit whose blocks are met by one thread or more: they take turns to read the next block.

    So while some compute, one reads ahead; a long unit keeps all threads busy, and blocks in
    flight are as many as the threads.
    """

    def __init__(
        self,
        blocks: Reads,
        unit: int,
        leaf: Callable[[Block], Any],
        tree: MergeTree[Any],
        meter: Meter,
        features: bool,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._blocks, self._unit, self._features = blocks, unit, features
        self._leaf, self._tree, self._meter = leaf, tree, meter
        self._stopped = stopped
        self._turn = threading.Lock()
        self._reading: _Reading | None = None
        self._given = 0
        self._failure: _Failure | None = None
        self._helpers = 0
        self._left = threading.Condition()

    @property
    def given(self) -> int:
        """Blocks of the unit that were taken by some thread."""
        return self._given

    def lead(self) -> None:
        """Meet the unit; returns when all of its blocks are met, by whomever."""
        for attempt in range(1, ATTEMPTS + 1):
            self._open()
            try:
                self._work()
            finally:
                self._close()
            failure, self._failure = self._failure, None
            if failure is None:
                return
            if not failure.in_reading or isinstance(failure.error, FINAL):
                raise failure.error
            if attempt == ATTEMPTS:
                raise _given_up(failure.error)
            self._meter.retried(f"{type(failure.error).__name__}: {failure.error}")
            time.sleep(PAUSE_SECONDS[attempt - 1])

    def help(self) -> bool:
        """Meet blocks of the unit beside the thread that leads; whether there was one to take."""
        before = self._given
        with self._left:
            if self._reading is None:
                return False
            self._helpers += 1
        try:
            self._work()
        finally:
            with self._left:
                self._helpers -= 1
                self._left.notify_all()
        return self._given > before

    def _open(self) -> None:
        reading = _Reading(self._blocks.read(self._unit, features=self._features), self._given)
        with self._left:
            self._reading = reading

    def _close(self) -> None:
        """End an attempt, when those who help have met what they took."""
        with self._turn:
            reading, self._reading = self._reading, None
        with self._left:
            while self._helpers:
                self._left.wait()
        if reading is not None:
            reading.close()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            block, seconds = taken
            del taken
            try:
                self._meet(block, seconds)
            except Exception as error:
                self._failed(_Failure(block.index, error, in_reading=False))
                return
            del block
            if self._stopped():
                return

    def _take(self) -> tuple[Block, float] | None:
        """The next block, with the seconds of reading it; None where there is none to take."""
        with self._turn:
            if self._reading is None or self._failure is not None:
                return None
            try:
                block = next(self._reading, None)
            except Exception as error:
                self._failed(_Failure(AFTER_ALL, error, in_reading=True))
                return None
            if block is None:
                return None
            self._given += 1
            return block, self._reading.seconds

    def _meet(self, block: Block, seconds: float) -> None:
        started = time.perf_counter()
        state = self._leaf(block)
        computed = time.perf_counter()
        self._tree.add(block.index, state)
        self._meter.add(block, seconds, computed - started)

    def _failed(self, failure: _Failure) -> None:
        """Keep the failure of the earliest block, as one thread alone would find it."""
        with self._left:
            if self._failure is None or failure.block < self._failure.block:
                self._failure = failure


class _Reading:
    """The blocks of one attempt at a unit, without those that were met before; tells its time."""

    def __init__(self, blocks: Iterator[Block], met: int) -> None:
        self._blocks = blocks
        self._met = met
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Block]:
        return self

    def __next__(self) -> Block:
        started = time.perf_counter()
        while True:
            block = next(self._blocks)
            if not self._met:
                self.seconds = time.perf_counter() - started
                return block
            self._met -= 1
            del block

    def close(self) -> None:
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()


def _given_up(error: Exception) -> Exception:
    if isinstance(error, ReadError):
        return error
    notes = "; ".join(getattr(error, "__notes__", ()))
    where = f" ({notes})" if notes else ""
    given_up = ReadError(
        f"{type(error).__name__}: {error}{where}. Reading failed {ATTEMPTS} times; see the cause "
        "above, mend the storage or the task that makes these rows, and fit again."
    )
    # never an error that is its own cause: who follows causes would not come back
    given_up.__cause__ = error
    return given_up
