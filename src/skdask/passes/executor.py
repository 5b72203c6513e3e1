"""Executors: how the blocks of one pass are read and met, on this process's threads.

An executor takes a scan, which turns a block into a state, and gives the state of all blocks. Who
meets which block is open; the merge tree makes the answer the same. A thread holds one block at a
time, so blocks in flight are bounded by the threads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from skdask.blocks import Blocks
from skdask.blocks.partitioning import Measured, longest_first, threads_wanted
from skdask.config import Config
from skdask.passes.meter import Meter
from skdask.passes.scan import Scan
from skdask.passes.tree import MergeTree
from skdask.passes.unit import Meeting, meet_unit


@dataclass(frozen=True, slots=True)
class Capacity:
    """What an executor may use.

    Attributes
    ----------
    threads : int
        Blocks that one process meets at once, at most.
    budget : int
        Bytes that a run may take in one process.
    where : str
        For people: "3 workers of tcp://..."; empty for this process.
    workers : int or None
        Processes of a cluster; None for this process.
    """

    threads: int
    budget: int
    where: str = ""
    workers: int | None = None


class Executor(Protocol):
    """Runs one pass: every block once through the scan, every state into the tree."""

    def capacity(self, settings: Config) -> Capacity:
        """What the next pass may use."""
        ...

    def scan(self, blocks: Blocks, scan: Scan, meter: Meter, *, threads: int, name: str) -> Any:
        """The state of all blocks, met by so many threads in each process; `name` is for people."""
        ...

    def end(self) -> None:
        """The run is over, well or not: leave nothing behind."""
        ...


def _this_process(settings: Config) -> Capacity:
    return Capacity(settings.threads, settings.budget)


class InlineExecutor:
    """Blocks one after the other in the calling thread: the executor that others are held to."""

    def capacity(self, settings: Config) -> Capacity:
        return _this_process(settings)

    def scan(self, blocks: Blocks, scan: Scan, meter: Meter, *, threads: int, name: str) -> Any:
        tree: MergeTree[Any] = MergeTree(blocks.n_blocks, scan.merge)
        for unit in range(len(blocks.units)):
            meet_unit(blocks, unit, scan.leaf, tree, meter, scan.needs_features)
        meter.merge_seconds += tree.seconds
        return tree.root()

    def end(self) -> None:
        pass


class InOrderExecutor(InlineExecutor):
    """Inline, for a scan that carries states from block to block; once for each pass."""

    def scan(self, blocks: Blocks, scan: Scan, meter: Meter, *, threads: int, name: str) -> Any:
        return scan.carried_to(super().scan(blocks, scan, meter, threads=threads, name=name))


class ThreadsExecutor:
    """Units of blocks over a few threads of this process; the embedded default.

    Where units fail, the error of the first of them is raised, as the inline executor would:
    units after it are given up, those before it are finished, since one of them may fail too.
    """

    def __init__(self) -> None:
        self._measured = Measured()

    def capacity(self, settings: Config) -> Capacity:
        return _this_process(settings)

    def scan(self, blocks: Blocks, scan: Scan, meter: Meter, *, threads: int, name: str) -> Any:
        features, kind = scan.needs_features, scan.describe()
        threads = threads_wanted(threads, self._measured.like(features, kind))
        took: dict[int, float] = {}
        if threads == 1:
            found = InlineExecutor().scan(blocks, scan, meter, threads=1, name=name)
        else:
            found = self._on_threads(blocks, scan, meter, threads, took)
        self._measured.note(features, kind, meter.busy_seconds, [took])
        return found

    def _on_threads(
        self, blocks: Blocks, scan: Scan, meter: Meter, threads: int, took: dict[int, float]
    ) -> Any:
        features = scan.needs_features
        tree: MergeTree[Any] = MergeTree(blocks.n_blocks, scan.merge)
        meter.threads = threads

        def meeting(unit: int, given_up: Callable[[], bool]) -> Meeting:
            return Meeting(blocks, unit, scan.leaf, tree, meter, features, given_up)

        order = longest_first(self._measured.heavy(features), len(blocks.units), threads)
        _for_each(blocks.units, order, meeting, threads, took)
        meter.merge_seconds += tree.seconds
        return tree.root()

    def end(self) -> None:
        # the next run may be over other blocks
        self._measured = Measured()


def _for_each(
    units: Sequence[range],
    order: Iterable[int],
    meeting: Callable[[int, Callable[[], bool]], Meeting],
    threads: int,
    took: dict[int, float],
) -> None:
    """Meet every unit once on some thread; raise the error of the first unit that has one.

    What each took in seconds is noted.

    Threads for which no unit is left help with those that are under way.
    """
    waiting = iter(order)
    lock = threading.Lock()
    interrupted = threading.Event()
    errors: dict[int, BaseException] = {}
    under_way: dict[int, Meeting] = {}

    def given_up(unit: int) -> bool:
        if interrupted.is_set():
            return True
        with lock:
            return any(failed < unit for failed in errors)

    def lead(unit: int) -> None:
        found = meeting(unit, partial(given_up, unit))
        with lock:
            under_way[unit] = found
        started = time.perf_counter()
        try:
            found.lead()
            took[unit] = time.perf_counter() - started
        except BaseException as error:
            with lock:
                errors[unit] = error
        finally:
            with lock:
                del under_way[unit]

    def longest() -> int | None:
        """The unit with most blocks that nobody took yet."""
        with lock:
            left = {unit: len(units[unit]) - under_way[unit].given for unit in under_way}
        most = max(left, key=left.__getitem__, default=0)
        return most if left.get(most, 0) > 0 else None

    def help_with(unit: int) -> bool:
        with lock:
            found = under_way.get(unit)
        try:
            return found is not None and found.help()
        except BaseException as error:
            with lock:
                errors[unit] = error
            interrupted.set()
            return False

    def work() -> None:
        while True:
            with lock:
                unit = next(waiting, None)
            if unit is None:
                break
            # a unit before the one that failed may still come
            if not given_up(unit):
                lead(unit)
        while not interrupted.is_set() and (unit := longest()) is not None and help_with(unit):
            pass

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
