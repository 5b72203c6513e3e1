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
from functools import cache
from typing import Any, Protocol

from threadpoolctl import ThreadpoolController

from skdask.blocks import Blocks
from skdask.passes.memory import process_memory
from skdask.passes.tree import MergeTree
from skdask.rows import Block


@dataclass
class Meter:
    """What a pass cost so far; its numbers are added up over threads under a lock."""

    rows: int = 0
    bytes_read: int = 0
    read_seconds: float = 0.0
    compute_seconds: float = 0.0
    peak_rss: int = 0
    on_block: Callable[[int], None] = lambda _rows: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
    """Units of blocks over a few threads of this process; the embedded default."""

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
        next_unit = threading.Lock()
        stop = threading.Event()
        errors: dict[int, BaseException] = {}

        def work() -> None:
            while not stop.is_set():
                with next_unit:
                    unit = next(units, None)
                if unit is None:
                    return
                try:
                    _meet_unit(blocks, unit, leaf, tree, meter, features, stop.is_set)
                except BaseException as error:
                    errors[unit] = error
                    stop.set()

        with ThreadPoolExecutor(threads, thread_name_prefix="skdask") as pool:
            try:
                for future in [pool.submit(work) for _ in range(threads)]:
                    future.result()
            finally:
                # on Ctrl-C the threads end with the block they hold
                stop.set()
        if errors:
            raise errors[min(errors)]


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


@cache
def blas_threads() -> ThreadpoolController:
    """The BLAS libraries of this process. Looked up once: it takes some milliseconds."""
    return ThreadpoolController()
