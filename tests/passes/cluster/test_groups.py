"""Groups cover all units once, in order, and end where subtrees of the merge tree do."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from skdask.passes.cluster.groups import aligned_groups, even_parts, groups_wanted, split_at


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


@given(st.lists(st.integers(0, 99), min_size=1, max_size=40, unique=True), st.integers(1, 50))
def test_even_parts(units: list[int], count: int) -> None:
    parts = even_parts(units, count)
    assert [unit for part in parts for unit in part] == units
    assert len(parts) == min(count, len(units))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(st.integers(1, 10**6), st.integers(1, 500), st.floats(1e-5, 10.0))
def test_groups_are_worth_their_cost(n_blocks: int, threads: int, seconds: float) -> None:
    wanted = groups_wanted(n_blocks, threads, seconds)
    assert 1 <= wanted <= n_blocks
    # no thread is idle, and overhead stays small beyond that
    assert wanted >= min(threads, n_blocks)
    if wanted > threads:
        assert n_blocks * seconds / wanted >= 0.1 or wanted == n_blocks
