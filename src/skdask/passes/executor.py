"""Executors: how the blocks of one pass are read and met, on this process's threads.

An executor takes `leaf`, which turns a block into a state, and adds every leaf to the merge tree.
Which thread meets which block is open; the tree makes the answer the same. A thread holds one
block at a time, so blocks in flight are bounded by the threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from skdask.blocks import Blocks
from skdask.passes.memory import process_memory
from skdask.passes.tree import MergeTree
from skdask.rows import Block


@dataclass
class Meter:
    """What a pass cost so far; its numbers are added up over threads under a lock."""

    threads: int = 1
    rows: int = 0
    bytes_read: int = 0
    read_seconds: float = 0.0
    compute_seconds: float = 0.0
    peak_rss: int = 0
    on_block: Callable[[int], None] = lambda _rows: None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, block: Block, read_seconds: float, compute_seconds: float) -> None:
        rows = block.rows
        arrays = (rows.X, rows.y, rows.sample_weight, rows.groups)
        n_bytes = sum(array.nbytes for array in arrays if array is not None)
        rss = process_memory()
        with self._lock:
            self.rows += rows.n_rows
            self.bytes_read += n_bytes
            self.read_seconds += read_seconds
            self.compute_seconds += compute_seconds
            self.peak_rss = max(self.peak_rss, rss)
        self.on_block(rows.n_rows)


class Executor(Protocol):
    """Runs one pass: every block once through `leaf`, every leaf into the tree."""

    def scan(
        self,
        blocks: Blocks,
        leaf: Callable[[Block], Any],
        tree: MergeTree[Any],
        meter: Meter,
        *,
        features: bool,
        threads: int,
    ) -> None: ...


class InlineExecutor:
    """Blocks one after the other in the calling thread: the executor that others are held to."""

    def scan(
        self,
        blocks: Blocks,
        leaf: Callable[[Block], Any],
        tree: MergeTree[Any],
        meter: Meter,
        *,
        features: bool,
        threads: int,
    ) -> None:
        for unit in range(len(blocks.units)):
            _meet_unit(blocks, unit, leaf, tree, meter, features, lambda: False)


class ThreadsExecutor:
    """Units of blocks over a few threads of this process; the embedded default.

    Where units fail, the error of the first of them is raised, as the inline executor would:
    units after it are given up, those before it are finished, since one of them may fail too.
    """

    def scan(
        self,
        blocks: Blocks,
        leaf: Callable[[Block], Any],
        tree: MergeTree[Any],
        meter: Meter,
        *,
        features: bool,
        threads: int,
    ) -> None:
        if threads == 1:
            InlineExecutor().scan(blocks, leaf, tree, meter, features=features, threads=1)
            return
        units = iter(range(len(blocks.units)))
        lock = threading.Lock()
        interrupted = threading.Event()
        errors: dict[int, BaseException] = {}

        def given_up(unit: int) -> bool:
            if interrupted.is_set():
                return True
            with lock:
                return any(failed < unit for failed in errors)

        def work() -> None:
            while True:
                with lock:
                    unit = next(units, None)
                if unit is None or given_up(unit):
                    return
                try:
                    _meet_unit(blocks, unit, leaf, tree, meter, features, partial(given_up, unit))
                except BaseException as error:
                    with lock:
                        errors[unit] = error

        meter.threads = threads
        with ThreadPoolExecutor(threads, thread_name_prefix="skdask") as pool:
            try:
                for future in [pool.submit(work) for _ in range(threads)]:
                    future.result()
            except BaseException:
                # on Ctrl-C the threads end with the block they hold
                interrupted.set()
                raise
        if errors:
            try:
                raise errors[min(errors)]
            finally:
                # the traceback would hold this frame, and that the errors and their blocks
                errors.clear()


def _meet_unit(
    blocks: Blocks,
    unit: int,
    leaf: Callable[[Block], Any],
    tree: MergeTree[Any],
    meter: Meter,
    features: bool,
    stopped: Callable[[], bool],
) -> None:
    started = time.perf_counter()
    for block in blocks.read(unit, features=features):
        was_read = time.perf_counter()
        state = leaf(block)
        computed = time.perf_counter()
        tree.add(block.index, state)
        meter.add(block, was_read - started, computed - was_read)
        if stopped():
            return
        started = time.perf_counter()
