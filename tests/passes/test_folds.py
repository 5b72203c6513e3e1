"""Folds against the plain definition: the rows whose fold number is k."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdask.exceptions import DataError
from skdask.passes import FoldNumbers, FoldRanges, LayeredFolds, NoFolds, RowSet
from skdask.passes.folds import merges_without_each
from skdask.rows import Block, Rows


def blocks_of(n_rows, cuts):
    """Row numbers as data, in blocks that end at the cuts."""
    numbers = np.arange(n_rows)
    X = numbers[:, np.newaxis] * np.ones((1, 2))
    whole = Rows(n_rows, X, numbers, numbers.astype(float), numbers)
    bounds = [0, *sorted(cuts), n_rows]
    for index, (start, stop) in enumerate(pairwise(bounds)):
        yield Block(index, start, whole.take(slice(start, stop)), f"block {index}")


def check(folds, number, cuts):
    met = []
    for block in blocks_of(len(number), cuts):
        segments = list(folds.segments(block))
        assert len({fold for fold, _ in segments}) == len(segments)
        for fold, rows in segments:
            assert rows.n_rows > 0
            chosen = block.rows.y[number[block.rows.y] == fold]
            np.testing.assert_array_equal(rows.y, chosen)
            np.testing.assert_array_equal(rows.X[:, 1], chosen)
            np.testing.assert_array_equal(rows.sample_weight, chosen)
            np.testing.assert_array_equal(rows.groups, chosen)
            met += rows.y.tolist()
    assert sorted(met) == list(range(len(number)))


@st.composite
def cut_rows(draw):
    n_rows = draw(st.integers(1, 40))
    return n_rows, draw(st.lists(st.integers(0, n_rows), max_size=5))


@given(cut_rows(), st.data())
def test_ranges(rows, data):
    n_rows, cuts = rows
    inner = data.draw(st.lists(st.integers(0, n_rows), max_size=5))
    bounds = (0, *sorted(inner), n_rows)
    folds = FoldRanges(bounds)
    assert folds.n_folds == len(bounds) - 1
    check(folds, np.repeat(np.arange(folds.n_folds), np.diff(bounds)), cuts)


@given(cut_rows(), st.data())
def test_numbers(rows, data):
    n_rows, cuts = rows
    number = data.draw(st.lists(st.integers(0, 4), min_size=n_rows, max_size=n_rows))
    number = np.array(number, np.uint8)
    check(FoldNumbers(number, 5), number, cuts)
    check(FoldNumbers(np.sort(number), 5), np.sort(number), cuts)


def test_no_folds():
    check(NoFolds(), np.zeros(10, int), [3, 7])


def test_consecutive_rows_are_not_copied():
    (block,) = blocks_of(10, [])
    for folds in (FoldRanges((0, 4, 10)), FoldNumbers(np.repeat([1, 0], [4, 6]).astype("u1"), 2)):
        for _, rows in folds.segments(block):
            assert np.shares_memory(rows.X, block.rows.X)


@pytest.mark.parametrize("folds", [FoldRanges((0, 8)), FoldNumbers(np.zeros(8, "u1"), 1)])
def test_rows_without_a_fold_are_refused(folds):
    first, last = blocks_of(10, [5])
    assert [fold for fold, _ in folds.segments(first)] == [0]
    with pytest.raises(
        DataError, match="block 1 has rows 5 to 9, but folds are known for rows 0 to 7"
    ):
        list(folds.segments(last))


def test_unknown_row_counts_are_refused():
    block = Block(0, None, Rows(3), "somewhere")
    with pytest.raises(ValueError, match="row counts are known"):
        list(FoldRanges((0, 3)).segments(block))


@pytest.mark.parametrize(
    ("bounds", "n_blocks"), [((0, 10, 20, 30), 1), ((0, 3, 5, 6, 30), 4), (tuple(range(31)), 3)]
)
def test_folds_of_a_block_are_bounded(bounds, n_blocks):
    folds = FoldRanges(bounds)
    blocks = blocks_of(30, [30 * k // n_blocks for k in range(1, n_blocks)])
    assert max(len(list(folds.segments(block))) for block in blocks) <= folds.n_folds
    even = FoldRanges(tuple(np.linspace(0, 30, folds.n_folds + 1).astype(int).tolist()))
    blocks = blocks_of(30, [30 * k // n_blocks for k in range(1, n_blocks)])
    met = max(len(list(even.segments(block))) for block in blocks)
    assert met <= even.per_block(n_blocks)


@given(st.lists(st.text("abc", max_size=2), min_size=1, max_size=6))
def test_merges_without_each(states):
    found = merges_without_each(states, lambda left, right: left + right, "")
    assert found == ["".join(states[:k] + states[k + 1 :]) for k in range(len(states))]


@given(cut_rows(), st.data())
def test_layers(rows, data):
    n_rows, cuts = rows
    first = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n_rows, max_size=n_rows)))
    # 2: in neither of the two folds of the second layer
    second = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n_rows, max_size=n_rows)))
    folds = LayeredFolds(
        (FoldNumbers(first.astype(np.uint8), 3), FoldNumbers(second.astype(np.uint8), 2))
    )
    assert folds.n_folds == 5
    assert folds.layers == (range(3), range(3, 5))
    found = {fold: [] for fold in range(5)}
    for block in blocks_of(n_rows, cuts):
        part = folds.part(block.first_row, block.first_row + block.rows.n_rows)
        for fold, own in part.segments(block):
            found[fold] += own.y.tolist()
    for fold, own in found.items():
        number = first if fold < 3 else second + 3
        assert own == np.flatnonzero(number == fold).tolist()


def test_the_rest_of_a_fold_is_in_its_layer():
    numbers = np.zeros(4, dtype=np.uint8)
    folds = LayeredFolds((NoFolds(), FoldNumbers(numbers, 3), FoldNumbers(numbers, 2)))

    def included(rows):
        return [fold for fold in range(folds.n_folds) if folds.includes(rows, fold)]

    assert included(RowSet()) == [0]
    assert included(RowSet(2)) == [2]
    assert included(RowSet(2, rest=True)) == [1, 3]
    assert included(RowSet(4, rest=True)) == [5]
