"""Which units of blocks a task on a cluster takes: aligned subtrees of the merge tree.

How many groups there are is told by `blocks.partitioning`. They end where subtrees do, so that a
task hands over few states; any set of units would give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


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
