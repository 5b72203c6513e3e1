"""The laws of cutting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdask.blocks.cut import STRETCH, block_rows, cut, rows_within

lengths = st.lists(st.integers(0, 500), min_size=1, max_size=30)
rows = st.integers(1, 200)


@given(lengths, rows, st.booleans())
def test_every_row_once_and_in_order(lengths: list[int], rows: int, random_access: bool) -> None:
    result = cut(lengths, rows, random_access=random_access)
    covered = [
        (span.piece, row)
        for block in result.blocks
        for span in block
        for row in range(span.start, span.stop or 0)
    ]
    assert covered == [(p, row) for p, length in enumerate(lengths) for row in range(length)]
    assert [i for unit in result.units for i in unit] == list(range(len(result.blocks)))


@given(lengths, rows)
def test_a_block_is_slices_of_one_piece_or_whole_pieces(lengths: list[int], rows: int) -> None:
    for block in cut(lengths, rows, random_access=False).blocks:
        whole = all(span.start == 0 and span.stop == lengths[span.piece] for span in block)
        assert whole or len(block) == 1


@given(lengths, rows)
def test_sizes(lengths: list[int], rows: int) -> None:
    result = cut(lengths, rows, random_access=False)
    sizes = [sum(span.n_rows or 0 for span in block) for block in result.blocks]
    assert all(0 < size <= STRETCH * rows for size in sizes)
    # two neighbours that could be one block of the standard size would have been joined
    for unit in result.units:
        slices = [sizes[i] for i in unit]
        assert len(set(slices[:-1])) <= 1
        assert slices[0] - len(slices) < slices[-1] <= slices[0]


@given(lengths, rows)
def test_slices_of_a_piece_are_one_unit(lengths: list[int], rows: int) -> None:
    result = cut(lengths, rows, random_access=False)
    readers: dict[int, set[int]] = {}
    for number, unit in enumerate(result.units):
        for index in unit:
            for span in result.blocks[index]:
                readers.setdefault(span.piece, set()).add(number)
    assert all(len(units) == 1 for units in readers.values())


@given(lengths, rows)
def test_random_access_makes_every_block_a_unit(lengths: list[int], rows: int) -> None:
    result = cut(lengths, rows, random_access=True)
    assert all(len(unit) == 1 for unit in result.units)
    assert result.blocks == cut(lengths, rows, random_access=False).blocks


def test_unknown_lengths_make_a_block_of_each_piece() -> None:
    result = cut([10, None, 3], 5, random_access=False)
    assert [span.piece for block in result.blocks for span in block] == [0, 1, 2]
    assert result.first_rows == (None, None, None)
    assert result.largest_rows is None


@pytest.mark.parametrize(
    ("length", "sizes"), [(150, [150]), (151, [76, 75]), (200, [100, 100]), (301, [76, 76, 76, 73])]
)
def test_split(length: int, sizes: list[int]) -> None:
    blocks = cut([length], 100, random_access=False).blocks
    assert [block[0].n_rows for block in blocks] == sizes


def test_rows_follow_the_width() -> None:
    assert block_rows(8000, 10) == 100
    assert block_rows(8, 1000) == 1
    # wide blocks: up to three rows a column, within twice the bytes
    assert block_rows(2**24, 600) == 3495
    assert block_rows(2**24, 1000) == 3000
    assert block_rows(2**24, 4000) == 2 * (2**24 // 32000)


def test_rows_within_the_budget() -> None:
    assert rows_within(10**9, 2, 1000, 80) == 1000
    assert rows_within(2 * 4 * 80 * 400, 2, 1000, 80) == 250
    assert rows_within(1, 2, 1000, 80) == 1


def test_pieces_are_joined_until_a_block_is_filled_well_enough() -> None:
    few = cut([48] * 6, 100, random_access=True)
    assert [len(block) for block in few.blocks] == [1] * 6
    small = cut([30] * 6, 100, random_access=True)
    assert [len(block) for block in small.blocks] == [2] * 3
