"""What was met is let go, and freed memory goes back to the system where it is tight.

Arrow's pool and the C library keep what was freed, each in heaps of the threads that asked for
it, and give it to nobody else: two threads that read Parquet kept twice what they held (measured:
250 MiB where 110 were in use at most), and the pool of one went from 100 to 210 MiB over a hundred
blocks, since pages of columns leave holes. What is given back must be asked for again, page by
page, and that halves the rate of plain columns (1.9 GB/s of 50 float64 where 3.6 without, 3.4 if
after every 8th block). So Arrow's pool is emptied now and then where there is room for what it
keeps until then, and the C library's heaps only where the budget is a few blocks a thread.
"""

from __future__ import annotations

import ctypes
import sys
import threading
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


class _Decoded(threading.local):
    """Blocks that this thread decoded since it gave back what Arrow kept of them."""

    blocks = 0


_decoded = _Decoded()


def hand_back_pool(every: int) -> None:
    """A block was decoded: give what Arrow keeps back to the system after so many of them."""
    _decoded.blocks += 1
    if _decoded.blocks >= every:
        _decoded.blocks = 0
        pa.default_memory_pool().release_unused()


def hand_back_freed() -> None:
    """Give what Arrow and the C library keep for later back to the system."""
    pa.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], Any] | None:
    """glibc's malloc_trim; other C libraries have none and need none."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
