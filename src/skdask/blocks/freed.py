"""What was met is let go, and freed memory goes back to the system where it is tight.

Arrow's pool and the C library keep what was freed, each in heaps of the threads that asked for
it, and give it to nobody else: two threads that read Parquet kept twice what they held (measured:
250 MiB where 110 were in use at most), and the pool of one went from 100 to 210 MiB over a hundred
blocks, since pages of columns leave holes. Arrow's pool is emptied after every block of some size:
0.3 ms for 16 MiB, no slower. The C library's heaps cost page faults, so they are handed back only
where the budget is a few blocks a thread.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar

import pyarrow as pa

T = TypeVar("T")


def numbered(indices: range, values: Iterator[T]) -> Iterator[tuple[int, T]]:
    """Values with their numbers. `zip` would hold a value while the next one is made."""
    for index in indices:
        try:
            value = next(values)
        except StopIteration:
            return
        yield index, value
        del value


def handed_out(items: list[T]) -> Iterator[T]:
    """The items in order, none of them held here any longer. A list's iterator would hold all."""
    items.reverse()
    while items:
        yield items.pop()


def hand_back_pool() -> None:
    """Give what Arrow keeps for later back to the system."""
    pa.default_memory_pool().release_unused()


def hand_back_freed() -> None:
    """Give what Arrow and the C library keep for later back to the system."""
    hand_back_pool()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], Any] | None:
    """glibc's malloc_trim; other C libraries have none and need none."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
