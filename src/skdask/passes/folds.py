"""Folds as a group-by: every row belongs to one fold, and a pass sorts rows as it meets them.

Where test sets overlap, as in repeated and in random splits, there are several such group-bys, the
layers: a row then belongs to one fold of each, or to none.

A fold's training rows are never subtracted from all rows: their state is the merge of the other
folds' states, by prefix and suffix merges, so a fold with wild values does not spoil the digits
of the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from skdask.exceptions import DataError
from skdask.passes.request import RowSet
from skdask.rows import Block, Rows

State = TypeVar("State")


class Folds(ABC):
    """To which fold each row belongs."""

    n_folds: int

    @abstractmethod
    def segments(self, block: Block) -> Iterator[tuple[int, Rows]]:
        """The block's rows, fold by fold, each fold once, rows in their order.

        Raises
        ------
        DataError
            Where a row has no fold: a row that nobody counts would go unnoticed.
        """

    @property
    def layers(self) -> tuple[range, ...]:
        """The folds of each layer; all rows are in one of the first layer's."""
        return (range(self.n_folds),)

    def layer_of(self, fold: int) -> range:
        """The folds among which the rest of a fold is."""
        return next(layer for layer in self.layers if fold in layer)

    def includes(self, rows: RowSet, fold: int) -> bool:
        """Whether a fold is part of a set of rows."""
        if rows.among is not None:
            return rows.includes(fold)
        layer = self.layers[0] if rows.fold is None else self.layer_of(rows.fold)
        return fold in layer and rows.includes(fold)

    def per_block(self, n_blocks: int) -> int:
        """The most folds that one block is expected to hold rows of."""
        return self.n_folds

    @property
    def is_held(self) -> bool:
        """Whether this process holds an entry a row, of which another one needs a part."""
        return False

    def part(self, first_row: int, stop: int) -> Folds:
        """The folds of these rows, for another process."""
        return self


class NoFolds(Folds):
    """All rows in one fold: what a plain fit uses."""

    n_folds = 1

    def segments(self, block: Block) -> Iterator[tuple[int, Rows]]:
        yield 0, block.rows


@dataclass(frozen=True)
class FoldRanges(Folds):
    """Folds of consecutive rows, known by arithmetic: no memory a row.

    Attributes
    ----------
    bounds : tuple of int
        Row numbers at which the folds begin, and the row count.
    """

    bounds: tuple[int, ...]

    @property
    def n_folds(self) -> int:  # type: ignore[override]
        return len(self.bounds) - 1

    def segments(self, block: Block) -> Iterator[tuple[int, Rows]]:
        first = first_row_of(block)
        last = first + block.rows.n_rows
        if first < self.bounds[0] or last > self.bounds[-1]:
            raise _without_fold(block, f"{self.bounds[0]} to {self.bounds[-1] - 1}")
        begin = bisect_right(self.bounds, first) - 1
        for fold, (start, stop) in enumerate(pairwise(self.bounds[begin:]), begin):
            if start >= last:
                break
            rows = slice(max(start, first) - first, min(stop, last) - first)
            if rows.stop > rows.start:
                yield fold, block.rows.take(rows)

    def per_block(self, n_blocks: int) -> int:
        return min(self.n_folds, self.n_folds // n_blocks + 2)


@dataclass(frozen=True, eq=False)
class FoldNumbers(Folds):
    """The fold of every row, one or two bytes a row.

    Attributes
    ----------
    numbers : ndarray of shape (n_rows,), an unsigned integer type
        That of a row in no fold is `n_folds`.
    n_folds : int
    first_row : int
        The row of the first number.
    """

    numbers: NDArray[np.unsignedinteger]
    n_folds: int
    first_row: int = 0

    @property
    def is_held(self) -> bool:
        return True

    def part(self, first_row: int, stop: int) -> FoldNumbers:
        rows = slice(first_row - self.first_row, stop - self.first_row)
        return FoldNumbers(self.numbers[rows], self.n_folds, first_row)

    def segments(self, block: Block) -> Iterator[tuple[int, Rows]]:
        first = first_row_of(block) - self.first_row
        numbers = self.numbers[first : first + block.rows.n_rows]
        if len(numbers) < block.rows.n_rows:
            last = self.first_row + len(self.numbers) - 1
            raise _without_fold(block, f"{self.first_row} to {last}")
        yield from sorted_into_folds(block.rows, numbers, self.n_folds)


@dataclass(frozen=True)
class RangeRoles(Folds):
    """Consecutive rows to test on (fold 0) and to train on (fold 1); others are in neither.

    Attributes
    ----------
    test, train : tuple of int
        Number of the first row, and of the first one after the last.
    """

    test: tuple[int, int]
    train: tuple[int, int]

    n_folds = 2

    def segments(self, block: Block) -> Iterator[tuple[int, Rows]]:
        first = first_row_of(block)
        for fold, (start, stop) in enumerate((self.test, self.train)):
            rows = slice(max(start - first, 0), min(stop - first, block.rows.n_rows))
            if rows.stop > rows.start:
                yield fold, block.rows.take(rows)


@dataclass(frozen=True, eq=False)
class LayeredFolds(Folds):
    """Several ways to sort the same rows into folds, which are numbered on from one to the next.

    Attributes
    ----------
    parts : tuple of Folds
        The first has all rows.
    """

    parts: tuple[Folds, ...]

    @property
    def n_folds(self) -> int:  # type: ignore[override]
        return sum(part.n_folds for part in self.parts)

    @cached_property
    def layers(self) -> tuple[range, ...]:
        bounds = accumulate((part.n_folds for part in self.parts), initial=0)
        return tuple(range(start, stop) for start, stop in pairwise(bounds))

    def layer_of(self, fold: int) -> range:
        return self.layers[bisect_right([layer.start for layer in self.layers], fold) - 1]

    @property
    def is_held(self) -> bool:
        return any(part.is_held for part in self.parts)

    def part(self, first_row: int, stop: int) -> LayeredFolds:
        return LayeredFolds(tuple(part.part(first_row, stop) for part in self.parts))

    def segments(self, block: Block) -> Iterator[tuple[int, Rows]]:
        for layer, part in zip(self.layers, self.parts, strict=True):
            for fold, rows in part.segments(block):
                yield layer.start + fold, rows

    def per_block(self, n_blocks: int) -> int:
        return sum(part.per_block(n_blocks) for part in self.parts)


def sorted_into_folds(
    rows: Rows, numbers: NDArray[np.integer], n_folds: int
) -> Iterator[tuple[int, Rows]]:
    """The rows of each fold; those whose number is that of no fold are left out."""
    if len(numbers) == 0:
        return
    changes = np.flatnonzero(np.diff(numbers)) + 1
    if len(changes) < n_folds and len(np.unique(numbers)) == len(changes) + 1:
        # each fold's rows are consecutive here: views will do
        for start, stop in pairwise([0, *changes.tolist(), len(numbers)]):
            if numbers[start] < n_folds:
                yield int(numbers[start]), rows.take(slice(start, stop))
        return
    order = np.argsort(numbers, kind="stable")
    sorted_numbers = numbers[order]
    bounds = np.flatnonzero(np.diff(sorted_numbers)) + 1
    for start, stop in pairwise([0, *bounds.tolist(), len(numbers)]):
        if sorted_numbers[start] < n_folds:
            yield int(sorted_numbers[start]), rows.take(order[start:stop])


def first_row_of(block: Block) -> int:
    """The number of a block's first row, which folds need."""
    if block.first_row is None:
        raise ValueError("folds need blocks whose row counts are known")
    return block.first_row


def _without_fold(block: Block, known: str) -> DataError:
    first = first_row_of(block)
    return DataError(
        f"{block.where} has rows {first} to {first + block.rows.n_rows - 1}, but "
        f"folds are known for rows {known}; split the same data that is read."
    )


def merges_without_each(
    states: Sequence[State], merge: Callable[[State, State], State], zero: State
) -> list[State]:
    """For each position the merge of all states but that one, in 3 n merges."""
    count = len(states)
    prefix = [zero]
    for state in states[:-1]:
        prefix.append(merge(prefix[-1], state))
    without = list(prefix)
    suffix = zero
    for position in range(count - 1, -1, -1):
        without[position] = merge(prefix[position], suffix)
        if position:
            suffix = merge(states[position], suffix)
    return without
