"""The rule by which work is divided: every unit once, no thread idle, no task too short or long."""

from __future__ import annotations

from itertools import pairwise

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdask import blocks, config
from skdask.blocks.partitioning import (
    GROUPS_PER_THREAD,
    LONGEST_SECONDS,
    PARCEL_BYTES,
    SHORTEST_SECONDS,
    TASK_SECONDS,
    Measured,
    even_parts,
    groups_wanted,
    longest_first,
    parcels_of,
    soonest,
    threads_wanted,
)

counts = st.integers(1, 10**6)
some_seconds = st.floats(1e-4, 1e4)


@given(counts, st.integers(1, 500), some_seconds, st.booleans())
def test_groups_are_worth_their_cost(
    n_blocks: int, threads: int, seconds: float, measured: bool
) -> None:
    wanted = groups_wanted(n_blocks, threads, seconds, measured=measured)
    assert 1 <= wanted <= n_blocks
    if not measured:
        assert wanted >= min(threads, n_blocks)
    if wanted > threads:
        assert seconds / wanted >= SHORTEST_SECONDS
    if wanted < n_blocks:
        assert seconds / (wanted + 1) <= max(LONGEST_SECONDS, seconds / (threads + 1))
        # no thread has nothing to do where the work is worth starting it
        assert wanted >= threads or seconds < TASK_SECONDS * threads**2 + TASK_SECONDS


@given(some_seconds, st.floats(1e-5, 0.1))
def test_no_other_number_ends_sooner(seconds: float, each: float) -> None:
    def wall(n: int) -> float:
        return seconds / n + n * each

    n = soonest(seconds, each)
    assert wall(n) <= 1.01 * wall(n + 1)
    assert n == 1 or wall(n) <= 1.01 * wall(n - 1)


def test_tiny_work_is_one_group_and_large_work_many() -> None:
    assert groups_wanted(1000, 64, 0.004, measured=True) == 1
    assert groups_wanted(1000, 64, 0.004, measured=False) == 64
    assert groups_wanted(10**6, 64, 1000.0, measured=True) == 500
    assert groups_wanted(1000, 64, 60.0, measured=True) == GROUPS_PER_THREAD * 64
    assert threads_wanted(8, 1e-4) == 1


@given(st.integers(1, 5000), st.integers(0, 2**40), st.integers(1, 1000))
def test_parcels_have_every_unit_once(n_units: int, unit_bytes: int, at_least: int) -> None:
    parcels = list(parcels_of(n_units, unit_bytes, at_least))
    assert [unit for parcel in parcels for unit in parcel] == list(range(n_units))
    assert len(parcels) >= min(at_least, n_units)
    longest = len(parcels[0])
    assert longest == 1 or longest * unit_bytes <= PARCEL_BYTES


def test_parcels_grow_with_the_units() -> None:
    for n_units in (10**3, 10**4, 10**5):
        assert len(list(parcels_of(n_units, 500, 8))) == 8


weights = st.dictionaries(st.integers(0, 99), st.floats(4.0, 1000.0), max_size=60)


@given(weights, st.integers(1, 16))
def test_every_unit_comes_once_and_long_ones_first(heavy: dict[int, float], threads: int) -> None:
    order = list(longest_first(heavy, 100, threads))
    assert sorted(order) == list(range(100))
    early = [unit for unit, after in pairwise(order) if after < unit]
    if early:
        # what was moved is longer than what stays in its place
        moved = order[: order.index(early[-1]) + 1]
        rest = order[len(moved) :]
        assert min(heavy[u] for u in moved) >= max(heavy.get(u, 1.0) for u in rest)


some_units = st.lists(st.integers(0, 99), min_size=1, unique=True)


@given(some_units, st.integers(1, 50))
def test_even_parts(units: list[int], count: int) -> None:
    parts = even_parts(units, count)
    assert [unit for part in parts for unit in part] == units
    assert len(parts) == min(count, len(units))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(some_units, weights, st.integers(1, 50))
def test_even_parts_by_weight(units: list[int], heavy: dict[int, float], count: int) -> None:
    parts = even_parts(units, count, heavy)
    assert [unit for part in parts for unit in part] == units
    assert all(parts)
    assert len(parts) <= min(count, len(units))


def test_a_long_unit_is_a_part_of_its_own() -> None:
    assert (50,) in even_parts(range(100), 8, {50: 500.0})


def test_what_is_heavy_is_told_within_one_place() -> None:
    slow = dict.fromkeys(range(9), 1.0)
    fast = dict.fromkeys(range(10, 19), 0.01) | {20: 0.2}
    measured = Measured()
    measured.note(True, "Moments", 20.0, [slow, fast])
    assert measured.heavy(True) == {20: pytest.approx(20.0)}


def test_passes_are_judged_by_their_kind() -> None:
    measured = Measured()
    assert measured.like(True, "Moments") is None
    assert measured.about(True) is None
    measured.note(True, "Moments", 2.0, [])
    measured.note(False, "Labels", 0.1, [])
    assert measured.like(True, "Moments") == measured.about(True) == 2.0
    assert measured.like(True, "Labels") is None


def test_what_is_sent_is_counted_with_the_data_it_holds() -> None:
    frame = pd.DataFrame({"a": np.arange(40_000.0), "b": 1.0})
    held = dd.from_pandas(frame, npartitions=4)
    # a quarter of the rows lies in the tasks of each partition
    assert 160_000 <= blocks.open(held).sent_bytes() < 400_000


def test_tasks_without_data_are_small_to_send() -> None:
    made = da.ones((40_000, 2), chunks=(10_000, 2)) * 2
    with config.set(block_bytes=8 * 2 * 10_000):
        assert blocks.open(made).sent_bytes() < 50_000


def test_description_says_how_work_is_divided() -> None:
    data = blocks.open(np.ones((1000, 3)))
    with config.set(n_threads=3, block_bytes=8 * 4 * 100, client=False):
        said = blocks.open(np.ones((1000, 3))).describe()
    assert "3 block(s) in flight, one a thread (3 core(s))" in said
    assert "0.2 ms is left to one thread" in said
    with config.set(n_threads=3, client=False):
        assert "1 block(s) in flight" in data.describe()
