"""How the work of a pass is divided: the whole rule, and nothing about what a block is.

Blocks are cut by the data alone (`cut`), so that bits never follow the machine. How many of them a
thread or a task takes, how many tasks are sent at once and in which order, follows from what
blocks were measured to take, from cores and from workers, and may change from pass to pass.

A task costs some milliseconds whatever it does, so one is worth a tenth of a second: less than
5 % of it are lost. A task is lost with its worker and is what moves from a slow worker to a fast
one, so it takes two seconds at most. Between these there are a few tasks a thread. Work that is
shorter than that is divided among as many as end it soonest: each of n threads does 1/n of the
work, and its start delays the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from statistics import median

from dask.utils import format_bytes

from skdask.blocks.clients import active_client, workers_of
from skdask.config import Config

SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 2.0
GROUPS_PER_THREAD = 4

# What one more task or thread takes beside its blocks (measured on two cores: 1.6 to 3 ms of a
# task on a local cluster, 0.1 of a thread)
TASK_SECONDS = 0.002
THREAD_SECONDS = 0.0001

# What a block is taken to cost before any was met: a standard one at the rate of decoding, and
# no less, since partitions of a few rows may be the end of much work
GUESSED_SECONDS = 0.02
GUESSED_RATE = 0.8e9

# Of rows and tasks that are sent to a worker at once: a few standard blocks
PARCEL_BYTES = 64 * 2**20

# Units are alike up to so many times what is usual
HEAVY_TIMES = 4.0

# A unit is taken early that takes more than such a part of a thread's share of the work
LONG_PART = 8


@dataclass
class Measured:
    """What the passes of a run took, so that the next ones are divided by it.

    Passes differ, so each is judged by the last of its kind. One of a kind that was not met before
    is taken to cost what the last one did, though never so little that threads would be left out.
    """

    _of_kind: dict[tuple[bool, str], float] = field(default_factory=dict)
    _last: dict[bool, float] = field(default_factory=dict)
    _heavy: dict[bool, dict[int, float]] = field(default_factory=dict)

    def note(
        self, features: bool, kind: str, seconds: float, places: Iterable[Mapping[int, float]]
    ) -> None:
        """A pass is over: what all threads took for it, and for its units, place by place."""
        self._of_kind[features, kind] = self._last[features] = seconds
        found = [heavy_units(units) for units in places]
        self._heavy[features] = {unit: times for heavy in found for unit, times in heavy.items()}

    def like(self, features: bool, kind: str) -> float | None:
        """Seconds of the last pass of this kind."""
        return self._of_kind.get((features, kind))

    def about(self, features: bool) -> float | None:
        """Seconds of the last pass that read the same."""
        return self._last.get(features)

    def heavy(self, features: bool) -> Mapping[int, float]:
        """Units that took far longer than others in that pass; see `heavy_units`."""
        return self._heavy.get(features, {})


def guessed_seconds(n_blocks: int, block_bytes: int) -> float:
    """What a pass is taken to cost before any was measured.

    Examples
    --------
    >>> guessed_seconds(100, block_bytes=8000)
    2.0
    """
    return n_blocks * max(GUESSED_SECONDS, block_bytes / GUESSED_RATE)


def soonest(seconds: float, each: float) -> int:
    """Among how many some work is divided to end soonest, where each costs so much beside.

    Examples
    --------
    >>> soonest(0.01, TASK_SECONDS), soonest(10.0, TASK_SECONDS)
    (2, 71)
    """
    return max(1, round(sqrt(seconds / each)))


def threads_wanted(threads: int, seconds: float | None) -> int:
    """How many of so many threads of this process take part in work of a measured length.

    Examples
    --------
    >>> threads_wanted(8, None), threads_wanted(8, 1.0), threads_wanted(8, 0.0002)
    (8, 8, 1)
    """
    return threads if seconds is None else min(threads, soonest(seconds, THREAD_SECONDS))


def groups_wanted(n_blocks: int, threads: int, seconds: float, *, measured: bool) -> int:
    """Into how many groups blocks are divided for so many threads on all workers.

    Parameters
    ----------
    n_blocks, threads : int
    seconds : float
        What all of the work takes.
    measured : bool
        Whether that was measured of a pass of its kind; if not, every thread gets a group.

    Examples
    --------
    >>> groups_wanted(10_000, threads=8, seconds=100.0, measured=True)
    50
    >>> groups_wanted(64, threads=2, seconds=3.2, measured=True)
    8
    >>> groups_wanted(64, threads=2, seconds=0.004, measured=True)
    1
    """
    least = min(threads, soonest(seconds, TASK_SECONDS)) if measured else threads
    enough = min(GROUPS_PER_THREAD * threads, int(seconds / SHORTEST_SECONDS))
    wanted = max(least, enough, int(seconds / LONGEST_SECONDS))
    return max(1, min(wanted, n_blocks))


def parcels_of(n_units: int, unit_bytes: int, at_least: int) -> Iterator[range]:
    """Units that are sent together: as many as go at once, but something for every thread.

    Examples
    --------
    >>> list(parcels_of(10, unit_bytes=100, at_least=3))
    [range(0, 3), range(3, 6), range(6, 9), range(9, 10)]
    """
    each = max(1, min(PARCEL_BYTES // max(1, unit_bytes), n_units // max(1, at_least)))
    for start in range(0, n_units, each):
        yield range(start, min(start + each, n_units))


def heavy_units(seconds: Mapping[int, float]) -> dict[int, float]:
    """Units that took far longer than others in the same place, in times of the usual one.

    Places are not compared: a slow worker's units are no more work than those of a fast one.

    Examples
    --------
    >>> heavy_units({0: 0.1, 1: 0.15, 2: 0.1, 3: 2.0})
    {3: 16.0}
    """
    usual = median(seconds.values()) if seconds else 0.0
    if usual <= 0.0:
        return {}
    return {u: took / usual for u, took in seconds.items() if took > HEAVY_TIMES * usual}


def longest_first(heavy: Mapping[int, float], n_units: int, threads: int) -> Iterable[int]:
    """Units in the order in which they are taken: in their own, but for what is long.

    What is long and comes last would keep one thread busy while the others have nothing to do.

    Examples
    --------
    >>> list(longest_first({2: 50.0}, 3, threads=2))
    [2, 0, 1]
    """
    limit = (n_units + sum(heavy.values())) / (LONG_PART * max(1, threads))
    long = sorted((unit for unit in heavy if heavy[unit] > limit), key=lambda u: -heavy[u])
    early = set(long)
    return (*long, *(unit for unit in range(n_units) if unit not in early))


def even_parts(
    units: Sequence[int], count: int, heavy: Mapping[int, float] | None = None
) -> list[tuple[int, ...]]:
    """The units in at most so many consecutive parts of about equal work.

    Examples
    --------
    >>> even_parts([0, 3, 4, 8, 9], 2)
    [(0, 3), (4, 8, 9)]
    >>> even_parts([0, 3, 4, 8, 9], 2, {0: 9.0})
    [(0,), (3, 4, 8, 9)]
    """
    count = max(1, min(count, len(units)))
    if not heavy or heavy.keys().isdisjoint(units):
        ends = [len(units) * part // count for part in range(count + 1)]
        return [tuple(units[a:b]) for a, b in pairwise(ends)]
    share = weight_of(units, heavy) / count
    parts: list[tuple[int, ...]] = []
    part: list[int] = []
    held = 0.0
    for unit in units:
        more = heavy.get(unit, 1.0)
        # a unit goes where more of it falls
        if part and held + more / 2 > share and len(parts) < count - 1:
            parts.append(tuple(part))
            part, held = [], 0.0
        part.append(unit)
        held += more
    return [*parts, tuple(part)]


def weight_of(units: Iterable[int], heavy: Mapping[int, float]) -> float:
    """The work of some units, in times of the usual one."""
    return sum(heavy.get(unit, 1.0) for unit in units)


def division(
    settings: Config, *, n_blocks: int, n_units: int, block_bytes: int, threads_per_core: int
) -> Iterator[str]:
    """What the rule makes of some blocks where fits would go now, in sentences."""
    client = active_client(settings)
    if client is None:
        most = settings.threads * threads_per_core
        threads = min(most, n_blocks)
        why = f"{settings.threads} core(s)"
        if threads_per_core > 1:
            why += f", {threads_per_core} for each since reading is waiting"
        elif threads < most:
            why += ", no more blocks than that"
        yield (
            f"{threads} block(s) in flight, one a thread ({why}), or as few as fit "
            f"{format_bytes(settings.budget)} with what a pass computes"
        )
        yield (
            "a thread takes a unit at a time and helps with others in the end; long units come "
            f"first once they were measured, and work below {2e3 * THREAD_SECONDS:.1f} ms is "
            "left to one thread"
        )
        return
    workers = workers_of(client).values()
    threads = max(1, sum(worker["nthreads"] for worker in workers))
    expected = guessed_seconds(n_blocks, block_bytes)
    groups = min(n_units, groups_wanted(n_blocks, threads, expected, measured=False))
    yield (
        f"{min(threads, n_blocks)} block(s) in flight on {len(workers)} worker(s) with {threads} "
        "thread(s), or as few as fit a worker's budget with what a pass computes"
    )
    yield (
        f"the first pass in about {groups} task(s) of {-(-n_units // groups):,} unit(s), since "
        f"{expected / n_blocks:.2g} s a block are expected; later passes by what was measured: "
        f"tasks of {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g} s, {GROUPS_PER_THREAD} a thread "
        "between these, so that less than 5 % goes into sending them and slow workers take fewer"
    )
