"""When which thread met which blocks, kept short: the timeline of a pass.

A pass of a million blocks must not leave a million spans behind. Spans of one thread that follow
each other are joined, twice as many blocks in one each time there are too many, so that a few
hundred remain and nothing of the counted time is lost.

Other processes have clocks of their own. Theirs are believed, as far as cause and effect allow: a
worker cannot have begun before the pass did, nor ended after its numbers arrived.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

# Enough for two threads or forty workers to show who waits for whom
MOST_SPANS = 240


@dataclass(frozen=True, slots=True)
class Span:
    """Blocks that one thread met one after the other.

    Attributes
    ----------
    lane : str
        The thread, with its worker where there are several.
    first_block, blocks : int
    start, end : float
        Seconds; in a report since the pass began, on the way there by the wall clock.
    read_seconds, compute_seconds : float
        What of it went into reading and into computing; the rest was waiting and merging.
    rows, bytes_read : int
    """

    lane: str
    first_block: int
    blocks: int
    start: float
    end: float
    read_seconds: float
    compute_seconds: float
    rows: int
    bytes_read: int

    def joined(self, later: Span) -> Span:
        """One span of both."""
        return Span(
            self.lane,
            min(self.first_block, later.first_block),
            self.blocks + later.blocks,
            min(self.start, later.start),
            max(self.end, later.end),
            self.read_seconds + later.read_seconds,
            self.compute_seconds + later.compute_seconds,
            self.rows + later.rows,
            self.bytes_read + later.bytes_read,
        )

    def shifted(self, seconds: float) -> Span:
        return replace(self, start=self.start + seconds, end=self.end + seconds)


class Timeline:
    """Spans of a pass by thread, never more than a few hundred.

    Parameters
    ----------
    most : int
        Spans to keep; one a thread is kept in any case.
    """

    def __init__(self, most: int = MOST_SPANS) -> None:
        self._most = most
        self._lanes: dict[str, list[Span]] = {}
        self._count = 0
        self._blocks_a_span = 1

    def add(self, span: Span) -> None:
        """A span that is over; those of one thread come in their order."""
        lane = self._lanes.setdefault(span.lane, [])
        if lane and lane[-1].blocks + span.blocks <= self._blocks_a_span:
            lane[-1] = lane[-1].joined(span)
            return
        lane.append(span)
        self._count += 1
        while self._count > max(self._most, len(self._lanes)):
            self._coarsen()

    def spans(self) -> tuple[Span, ...]:
        """All spans, thread by thread."""
        return tuple(span for lane in self._lanes.values() for span in lane)

    def _coarsen(self) -> None:
        longest = max((span.blocks for span in self.spans()), default=1)
        self._blocks_a_span = 2 * max(self._blocks_a_span, longest // 2)
        for name, lane in self._lanes.items():
            self._lanes[name] = list(_in_pairs(lane))
        self._count = sum(map(len, self._lanes.values()))


def _in_pairs(lane: list[Span]) -> Iterable[Span]:
    for position in range(0, len(lane), 2):
        pair = lane[position : position + 2]
        yield pair[0] if len(pair) == 1 else pair[0].joined(pair[1])


def clock_offset(spans: Iterable[Span], began: float, arrived: float) -> float:
    """Seconds by which another process's clock is surely ahead of ours; negative where behind.

    Parameters
    ----------
    spans : iterable of Span
        By the clock of the other process.
    began, arrived : float
        By our clock: when the pass began, and when the spans were here.
    """
    spans = list(spans)
    if not spans:
        return 0.0
    behind = min(span.start for span in spans) - began
    if behind < 0.0:
        return behind
    return max(0.0, max(span.end for span in spans) - arrived)
