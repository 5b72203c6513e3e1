"""What a timeline shows, before it is drawn: lanes, bars and bands in seconds since the start.

A bar is a span of blocks on one thread: first its seconds of reading, then those of computing,
then what is left of its time, waiting and merging. Of one block that is how it went; of several
joined ones it is their sum.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skdask.passes.report import PassRecord

# Blue and orange of Okabe and Ito, told apart by colour-blind people too
READ_COLOUR, COMPUTE_COLOUR, PASS_COLOUR = "#0072b2", "#e69f00", "#9a9a9a"
MOST_LABELS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """Blocks on one lane: reading from `start` to `read`, computing from there to `computed`."""

    lane: int
    start: float
    read: float
    computed: float
    end: float
    what: str


@dataclass(frozen=True, slots=True)
class Band:
    """A pass; `plain` where no spans of it were kept."""

    number: int
    start: float
    end: float
    plain: bool


@dataclass(frozen=True, slots=True)
class Lanes:
    """The timeline of a report."""

    names: tuple[str, ...]
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    seconds: float


def lanes_of(log: Sequence[PassRecord]) -> Lanes:
    """The timeline of some passes, in the order of their records."""
    placed = [(number, record) for number, record in enumerate(log, 1) if record.began]
    origin = min((record.began for _, record in placed), default=0.0)
    names = sorted({span.lane for _, record in placed for span in record.spans}, key=_by_number)
    numbers = {name: lane for lane, name in enumerate(names)}
    bars, bands = [], []
    for number, record in placed:
        start = record.began - origin
        bands.append(Band(number, start, start + record.seconds, not record.spans))
        for span in record.spans:
            read = start + span.start + span.read_seconds
            what = (
                f"pass {number}, {_blocks(span.first_block, span.blocks)}, {span.rows:,} rows: "
                f"read {span.read_seconds:.3g} s, compute {span.compute_seconds:.3g} s"
            )
            bars.append(
                Bar(
                    numbers[span.lane],
                    start + span.start,
                    read,
                    read + span.compute_seconds,
                    start + span.end,
                    what,
                )
            )
    seconds = max([band.end for band in bands] + [bar.end for bar in bars], default=0.0)
    return Lanes(tuple(names), tuple(bars), tuple(bands), max(seconds, 1e-9))


def labelled(numbers: Sequence[int], most: int = MOST_LABELS) -> list[int]:
    """Those of the numbers that get a label: all, or every second, fifth, tenth ..."""
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if len(numbers) <= most * step:
            return list(numbers[::step])
    return list(numbers[:: max(1, len(numbers) // most)])


def shortened(name: str, most: int) -> str:
    """The name of a lane in so many characters; what tells lanes apart is at its end."""
    name = name.replace("tcp://", "").replace("tls://", "")
    return name if len(name) <= most else f"\N{HORIZONTAL ELLIPSIS}{name[1 - most :]}"


def _by_number(name: str) -> list[tuple[int, str]]:
    """Thread 2 comes before thread 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _blocks(first: int, count: int) -> str:
    return f"block {first}" if count == 1 else f"{count} blocks from {first}"
