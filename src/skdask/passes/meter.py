"""What a pass costs: counted block by block in the process that meets them, and added up here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from skdask.passes.memory import process_memory
from skdask.rows import Block, bytes_of


@dataclass(frozen=True, slots=True)
class Cost:
    """What some blocks cost in one process.

    Attributes
    ----------
    blocks, rows, bytes_read : int
    read_seconds, compute_seconds, merge_seconds : float
        Summed over threads.
    peak_rss : int
        Largest resident memory of the process seen, bytes.
    start_rss : int
        Resident memory of the process before, bytes.
    retries : tuple of str
        Causes for which blocks were read again.
    """

    blocks: int
    rows: int
    bytes_read: int
    read_seconds: float
    compute_seconds: float
    merge_seconds: float
    peak_rss: int
    start_rss: int
    retries: tuple[str, ...] = ()


@dataclass
class Meter:
    """What a pass cost so far; its numbers are added up over threads under a lock."""

    start_rss: int = field(default_factory=process_memory)
    threads: int = 1
    blocks: int = 0
    rows: int = 0
    bytes_read: int = 0
    read_seconds: float = 0.0
    compute_seconds: float = 0.0
    merge_seconds: float = 0.0
    peak_rss: int = 0
    retries: list[str] = field(default_factory=list)
    on_block: Callable[[int], None] = lambda _rows: None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, block: Block, read_seconds: float, compute_seconds: float) -> None:
        """One more block is met in this process."""
        rows = block.rows
        arrays = (rows.X, rows.y, rows.sample_weight, rows.groups)
        n_bytes = sum(map(bytes_of, arrays))
        rss = process_memory()
        with self._lock:
            self.blocks += 1
            self.rows += rows.n_rows
            self.bytes_read += n_bytes
            self.read_seconds += read_seconds
            self.compute_seconds += compute_seconds
            self.peak_rss = max(self.peak_rss, rss)
        self.on_block(rows.n_rows)

    def retried(self, cause: str) -> None:
        """A read failed and is tried again."""
        with self._lock:
            self.retries.append(cause)

    def cost(self) -> Cost:
        """What was counted here, to be sent to the process that adds up."""
        return Cost(
            self.blocks,
            self.rows,
            self.bytes_read,
            self.read_seconds,
            self.compute_seconds,
            self.merge_seconds,
            self.peak_rss,
            self.start_rss,
            tuple(self.retries),
        )

    def absorb(self, cost: Cost) -> None:
        """Add what blocks cost in another process; memory is that of the fullest one."""
        with self._lock:
            self.blocks += cost.blocks
            self.rows += cost.rows
            self.bytes_read += cost.bytes_read
            self.read_seconds += cost.read_seconds
            self.compute_seconds += cost.compute_seconds
            self.merge_seconds += cost.merge_seconds
            self.retries.extend(cost.retries)
            if cost.peak_rss - cost.start_rss > self.peak_rss - self.start_rss:
                self.peak_rss, self.start_rss = cost.peak_rss, cost.start_rss
        self.on_block(cost.rows)
