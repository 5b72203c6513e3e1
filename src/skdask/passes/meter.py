"""What a pass costs: counted block by block in the process that meets them, and added up here."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace

from skdask.blocks.cache import BlockCache
from skdask.passes.memory import process_memory
from skdask.passes.report import PassRecord
from skdask.passes.timeline import Span, Timeline, clock_offset
from skdask.rows import Block, bytes_of

# Between a worker and its thread in the name of a lane
_WITHIN = " / "
_SPANS_OF_A_TASK = 8


@dataclass(frozen=True, slots=True)
class Cost:
    """What some blocks cost in one process.

    Attributes
    ----------
    blocks, rows, bytes_read, bytes_mapped : int
        The mapped bytes are those of them that came from the block cache.
    bytes_cached : int
        Bytes that were written to the block cache.
    not_cached : str
        Why some were not, empty where none was left out.
    read_seconds, compute_seconds, merge_seconds : float
        Summed over threads.
    peak_rss : int
        Largest resident memory of the process seen, bytes.
    start_rss : int
        Resident memory of the process before, bytes.
    retries : tuple of str
        Causes for which blocks were read again.
    where : str
        The process, where there are several.
    spans : tuple of Span
        When which thread met blocks, by the wall clock of that process.
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
    where: str = ""
    spans: tuple[Span, ...] = ()
    bytes_mapped: int = 0
    bytes_cached: int = 0
    not_cached: str = ""


@dataclass
class Meter:
    """What a pass cost so far; its numbers are added up over threads under a lock.

    Attributes
    ----------
    where : str
        Name of this process, where others count too; their `Cost` is absorbed here.
    """

    start_rss: int = field(default_factory=process_memory)
    threads: int = 1
    tasks: int = 0
    blocks: int = 0
    rows: int = 0
    bytes_read: int = 0
    bytes_mapped: int = 0
    bytes_cached: int = 0
    not_cached: str = ""
    read_seconds: float = 0.0
    compute_seconds: float = 0.0
    merge_seconds: float = 0.0
    peak_rss: int = 0
    retries: list[str] = field(default_factory=list)
    where: str = ""
    began: float = field(default_factory=time.time)
    _timeline: Timeline = field(default_factory=Timeline, repr=False)
    _looked: float = field(default=0.0, repr=False)
    _offsets: dict[str, float] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        if self.where:
            # one of many tasks, whose spans travel
            self._timeline = Timeline(_SPANS_OF_A_TASK)

    def add(self, block: Block, read_seconds: float, compute_seconds: float) -> None:
        """One more block is met in this process."""
        rows = block.rows
        arrays = (rows.X, rows.y, rows.sample_weight, rows.groups)
        n_bytes = sum(map(bytes_of, arrays))
        now = time.time()
        span = Span(
            threading.current_thread().name,
            block.index,
            1,
            now - read_seconds - compute_seconds,
            now,
            read_seconds,
            compute_seconds,
            rows.n_rows,
            n_bytes,
        )
        with self._lock:
            self._timeline.add(span)
            self.blocks += 1
            self.rows += rows.n_rows
            self.bytes_read += n_bytes
            self.bytes_mapped += n_bytes * block.cached
            self.read_seconds += read_seconds
            self.compute_seconds += compute_seconds
            self._look_at_memory(now)

    def count(self, rows: int, n_bytes: int) -> None:
        """One more block of a work that is not timed."""
        with self._lock:
            self.blocks += 1
            self.rows += rows
            self.bytes_read += n_bytes
            self._look_at_memory(time.time())

    def _look_at_memory(self, now: float) -> None:
        """Asking takes 0.1 ms, much for a small block: so a hundred times a second at most."""
        if abs(now - self._looked) >= 0.01:
            self._looked = now
            self.peak_rss = max(self.peak_rss, process_memory())

    def retried(self, cause: str) -> None:
        """A read failed and is tried again."""
        with self._lock:
            self.retries.append(cause)

    def look_at(self, cache: BlockCache | None) -> None:
        """Count what this process wrote to the block cache since it was last asked."""
        if cache is not None:
            with self._lock:
                self.bytes_cached += cache.newly_written()
                self.not_cached = self.not_cached or cache.stopped

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
            self.where,
            self._timeline.spans(),
            self.bytes_mapped,
            self.bytes_cached,
            self.not_cached,
        )

    def absorb(self, cost: Cost) -> None:
        """Add what blocks cost in another process; memory is that of the fullest one."""
        with self._lock:
            self.blocks += cost.blocks
            self.rows += cost.rows
            self.bytes_read += cost.bytes_read
            self.bytes_mapped += cost.bytes_mapped
            self.bytes_cached += cost.bytes_cached
            self.not_cached = self.not_cached or cost.not_cached
            self.read_seconds += cost.read_seconds
            self.compute_seconds += cost.compute_seconds
            self.merge_seconds += cost.merge_seconds
            self.retries.extend(cost.retries)
            if cost.peak_rss - cost.start_rss > self.peak_rss - self.start_rss:
                self.peak_rss, self.start_rss = cost.peak_rss, cost.start_rss
            self._place(cost)

    def _place(self, cost: Cost) -> None:
        """Take in the spans of another process, by our clock."""
        found = clock_offset(cost.spans, self.began, time.time())
        known = self._offsets.get(cost.where, 0.0)
        if abs(found) > abs(known):
            known = self._offsets[cost.where] = found
        for span in cost.spans:
            lane = f"{cost.where}{_WITHIN}{span.lane}"
            self._timeline.add(replace(span.shifted(-known), lane=lane))

    @property
    def busy_seconds(self) -> float:
        """What all threads did, without what they waited for."""
        return self.read_seconds + self.compute_seconds + self.merge_seconds

    def record(self, asked: str, n_requests: int, seconds: float) -> PassRecord:
        """The pass for the report, once it is over."""
        return PassRecord(
            asked,
            n_requests,
            self.rows,
            self.bytes_read,
            seconds,
            began=self.began,
            read_seconds=self.read_seconds,
            compute_seconds=self.compute_seconds,
            merge_seconds=self.merge_seconds,
            threads=self.threads,
            tasks=self.tasks,
            blocks=self.blocks,
            retries=tuple(self.retries),
            peak_rss=self.peak_rss,
            bytes_mapped=self.bytes_mapped,
            bytes_cached=self.bytes_cached,
            spans=self.spans(),
        )

    def spans(self) -> tuple[Span, ...]:
        """When which thread met blocks, in seconds since the pass began; threads are numbered."""
        with self._lock:
            spans = self._timeline.spans()
        threads: dict[str, list[str]] = {}
        for span in sorted(spans, key=lambda span: span.lane):
            where, _, thread = span.lane.rpartition(_WITHIN)
            known = threads.setdefault(where, [])
            if thread not in known:
                known.append(thread)

        def name(lane: str) -> str:
            where, _, thread = lane.rpartition(_WITHIN)
            number = f"thread {threads[where].index(thread) + 1}"
            return f"{where}, {number}" if where else number

        return tuple(replace(span.shifted(-self.began), lane=name(span.lane)) for span in spans)
