"""Which units of blocks a task on a cluster takes: aligned subtrees, neither too few nor too many.

A task costs some milliseconds whatever it does, so a group is worth a tenth of a second; a group
is lost with its worker and is what moves from a slow worker to a fast one, so it takes two seconds
at most. Between these there are a few groups a thread. Groups end where subtrees of the merge tree
do, so that a task hands over few states; any set of units would give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 2.0
GROUPS_PER_THREAD = 4

# What a block is taken to cost before any was met: memory speed would be 0.002 for 16 MiB
GUESSED_SECONDS = 0.02


def groups_wanted(n_blocks: int, threads: int, seconds_per_block: float | None) -> int:
    """How many groups so many blocks make for so many threads on all workers.

    Examples
    --------
    >>> groups_wanted(10_000, threads=8, seconds_per_block=0.01)
    50
    >>> groups_wanted(64, threads=2, seconds_per_block=0.05)
    8
    """
    seconds = n_blocks * (GUESSED_SECONDS if seconds_per_block is None else seconds_per_block)
    enough = min(GROUPS_PER_THREAD * threads, int(seconds / SHORTEST_SECONDS))
    wanted = max(threads, enough, int(seconds / LONGEST_SECONDS))
    return max(1, min(wanted, n_blocks))


def aligned_groups(units: Sequence[range], wanted: int) -> list[range]:
    """Consecutive units in at least so many groups, cut where subtrees of the merge tree end.

    Parameters
    ----------
    units : sequence of range
        The blocks of each unit.
    wanted : int

    Returns
    -------
    list of range
        Positions of units; as many as `wanted`, up to twice as many, fewer only where units are.

    Examples
    --------
    >>> aligned_groups([range(i, i + 1) for i in range(10)], 3)
    [range(0, 4), range(4, 8), range(8, 10)]
    """
    n_blocks = units[-1].stop
    width = 1
    while width < n_blocks and -(-n_blocks // (2 * width)) >= wanted:
        width *= 2
    groups: list[range] = []
    start = 0
    for position in range(1, len(units) + 1):
        ended = position == len(units)
        if ended or units[position].start // width != units[start].start // width:
            groups.append(range(start, position))
            start = position
    return groups


def split_at(groups: Sequence[range], bounds: Sequence[int]) -> list[range]:
    """The same groups, none of which crosses a bound.

    Examples
    --------
    >>> split_at([range(0, 4), range(4, 8)], [3, 6])
    [range(0, 3), range(3, 4), range(4, 6), range(6, 8)]
    """
    parts: list[range] = []
    for group in groups:
        inside = [bound for bound in bounds if group.start < bound < group.stop]
        ends = [group.start, *inside, group.stop]
        parts += [range(start, stop) for start, stop in pairwise(ends)]
    return parts


def even_parts(units: Sequence[int], count: int) -> list[tuple[int, ...]]:
    """The units in so many consecutive parts of about equal length.

    Examples
    --------
    >>> even_parts([0, 3, 4, 8, 9], 2)
    [(0, 3), (4, 8, 9)]
    """
    count = max(1, min(count, len(units)))
    ends = [len(units) * part // count for part in range(count + 1)]
    return [tuple(units[start:stop]) for start, stop in pairwise(ends)]
