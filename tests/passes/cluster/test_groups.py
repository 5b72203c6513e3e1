"""Groups cover all units once, in order, and end where subtrees of the merge tree do."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from skdask.passes.cluster.groups import aligned_groups, split_at


def units_of(lengths: list[int]) -> list[range]:
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    return [range(start, stop) for start, stop in pairwise(ends)]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=60), st.integers(1, 80))
def test_aligned_groups(lengths: list[int], wanted: int) -> None:
    units = units_of(lengths)
    groups = aligned_groups(units, wanted)
    assert [position for group in groups for position in group] == list(range(len(units)))
    assert all(len(group) for group in groups)


@given(st.integers(1, 300), st.integers(1, 80))
def test_as_many_as_wanted_where_every_block_is_a_unit(n_blocks: int, wanted: int) -> None:
    wanted = min(wanted, n_blocks)
    groups = aligned_groups(units_of([1] * n_blocks), wanted)
    assert wanted <= len(groups) <= 2 * wanted
    width = len(groups[0])
    if len(groups) == 1:
        return
    assert width & (width - 1) == 0
    assert all(group.start % width == 0 for group in groups)


@given(st.lists(st.integers(0, 50), max_size=9), st.integers(1, 9))
def test_split_at_keeps_all(bounds: list[int], wanted: int) -> None:
    groups = aligned_groups(units_of([1] * 40), wanted)
    parts = split_at(groups, sorted(set(bounds)))
    assert [position for part in parts for position in part] == list(range(40))
    for bound in bounds:
        assert not any(part.start < bound < part.stop for part in parts)
