"""Meeting a unit of blocks: read, turned into states, merged; read again where storage falters.

What a thread here and a task on a cluster have in common. A read that fails may succeed a moment
later (a network store, a worker's disk), so it is tried again, from the block that is missing;
what is wrong with the rows themselves, and what no second try can mend, is raised at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
    """Add the states of a unit's blocks to the tree.

    Raises
    ------
    DataError
        Where rows cannot be used, naming block and column.
    ReadError
        Where a read fails in every attempt, naming the place and the cause.
    """
    met = 0
    for attempt in range(1, ATTEMPTS + 1):
        reading = _Reading(blocks.read(unit, features=features), met)
        try:
            for block in reading:
                started = time.perf_counter()
                state = leaf(block)
                computed = time.perf_counter()
                tree.add(block.index, state)
                met += 1
                meter.add(block, reading.seconds, computed - started)
                if stopped():
                    return
            return
        except FINAL:
            raise
        except Exception as error:
            if not reading.failed:
                raise
            if attempt == ATTEMPTS:
                raise _given_up(error) from error
            meter.retried(f"{type(error).__name__}: {error}")
            time.sleep(PAUSE_SECONDS[attempt - 1])
        finally:
            reading.close()


class _Reading:
    """The blocks of one attempt at a unit, without those that were met before; tells its time."""

    def __init__(self, blocks: Iterator[Block], met: int) -> None:
        self._blocks = blocks
        self._met = met
        self.seconds = 0.0
        self.failed = False

    def __iter__(self) -> Iterator[Block]:
        started = time.perf_counter()
        while True:
            try:
                block = next(self._blocks, None)
            except BaseException:
                self.failed = True
                raise
            if block is None:
                return
            if self._met:
                self._met -= 1
                continue
            self.seconds = time.perf_counter() - started
            yield block
            del block
            started = time.perf_counter()

    def close(self) -> None:
        close = getattr(self._blocks, "close", None)
        if close is not None:
            close()


def _given_up(error: Exception) -> Exception:
    if isinstance(error, ReadError):
        return error
    notes = "; ".join(getattr(error, "__notes__", ()))
    where = f" ({notes})" if notes else ""
    return ReadError(
        f"{type(error).__name__}: {error}{where}. Reading failed {ATTEMPTS} times; see the cause "
        "above, mend the storage or the task that makes these rows, and fit again."
    )
