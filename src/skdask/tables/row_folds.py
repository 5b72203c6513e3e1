"""Folds of a step's own: which fold each row is in, known by the numbers that rows have in a pass.

An encoder that looks at the target encodes each of its training rows by the folds that the row is
not in. Those folds lie within whatever rows it is fitted on, all of them or the training rows of
another fold, so they are no folds of the run. A splitter is told how many rows there are and of
which classes; what it says is kept as a byte a row beside the stretches of their numbers, and a
row of another number is none of the training rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.labels import CodedRows, Codes, is_continuous, label_array


@dataclass(frozen=True, slots=True)
class NumberedRows:
    """Some rows, as a value in their order: their numbers as stretches, and the class of each.

    Attributes
    ----------
    starts, lengths : ndarray of shape (n_stretches,)
        Numbers of consecutive rows: where a stretch begins, and how many there are.
    coded : CodedRows or None
        None where classes were not asked for, or the target has fractions.
    continuous : bool
        Whether the target has fractions.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    coded: CodedRows | None = None
    continuous: bool = False

    @property
    def n_rows(self) -> int:
        return int(self.lengths.sum())

    @property
    def codes(self) -> NDArray[np.int32] | None:
        """The class of every row as a number, None where there are no classes."""
        return None if self.coded is None else self.coded.codes


@dataclass(frozen=True)
class RowNumbers(Statistic[NumberedRows, NumberedRows]):
    """The numbers of all rows, and the class of each: what a splitter of them needs to know.

    Parameters
    ----------
    with_classes : bool

    Notes
    -----
    **Passes** 1, over the target only. **Cost** four bytes a row with classes, and sixteen for
    every stretch of consecutive rows, which a row of shuffled folds may be by itself.
    """

    reusable: ClassVar[bool] = False
    needs_features: ClassVar[bool] = False
    with_classes: bool = True

    @property
    def row_bytes(self) -> int:  # type: ignore[override]
        return 16 + 4 * self.with_classes

    def zero(self) -> NumberedRows:
        return NumberedRows(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def update(self, state: NumberedRows, rows: Rows) -> NumberedRows:
        if rows.n_rows == 0:
            return state
        if rows.numbers is None:
            raise ValueError("the statistic needs the numbers of the rows, which a pass knows")
        starts, lengths = _stretches(rows.numbers)
        if not self.with_classes or state.continuous:
            found = NumberedRows(starts, lengths, None, state.continuous)
        elif is_continuous(label_array(rows)):
            found = NumberedRows(starts, lengths, None, True)
        else:
            found = NumberedRows(starts, lengths, Codes().update(None, rows))
        return self.merge(state, found)

    def merge(self, left: NumberedRows, right: NumberedRows) -> NumberedRows:
        if not len(left.starts) or not len(right.starts):
            return left if len(left.starts) else right
        continuous = left.continuous or right.continuous
        coded = None if continuous else Codes().merge(left.coded, right.coded)
        starts = np.concatenate([left.starts, right.starts])
        lengths = np.concatenate([left.lengths, right.lengths])
        return NumberedRows(*_joined(starts, lengths), coded, continuous)

    def value(self, state: NumberedRows) -> NumberedRows:
        # a block's rows come fold by fold
        order = np.argsort(state.starts, kind="stable")
        if (order[1:] > order[:-1]).all():
            return state
        starts, lengths, coded = state.starts[order], state.lengths[order], state.coded
        if coded is not None:
            bounds = np.cumsum(state.lengths) - state.lengths
            within = np.arange(state.n_rows) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            coded = replace(coded, codes=coded.codes[np.repeat(bounds[order], lengths) + within])
        return NumberedRows(*_joined(starts, lengths), coded, state.continuous)

    def state_bytes(self, n_columns: int) -> int:
        return 2**16


def _stretches(numbers: range | NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if isinstance(numbers, range) and numbers.step == 1:
        return np.array([numbers.start]), np.array([len(numbers)])
    each = np.asarray(numbers, np.int64)
    return _joined(each, np.ones(len(each), np.int64))


def _joined(
    starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same rows in the fewest stretches."""
    begins = np.flatnonzero(np.concatenate([[True], starts[1:] != starts[:-1] + lengths[:-1]]))
    return starts[begins], np.add.reduceat(lengths, begins)


class RowFolds:
    """The fold of each of some rows.

    Parameters
    ----------
    rows : NumberedRows
        Of ascending numbers.
    folds : ndarray of shape (n_rows,), an unsigned integer type
    n_folds : int

    Attributes
    ----------
    token : str
        Equal for the same folds of the same rows.
    """

    def __init__(self, rows: NumberedRows, folds: NDArray[Any], n_folds: int) -> None:
        self.folds = folds
        self.n_folds = n_folds
        self._starts = rows.starts
        self._bounds = np.concatenate([[0], np.cumsum(rows.lengths)])
        self.token = array_token(self._starts, self._bounds, folds)

    def of(self, numbers: range | NDArray[np.int64]) -> NDArray[np.int32]:
        """The fold of each row, -1 of a row that is none of these."""
        asked = np.asarray(numbers, np.int64)
        stretch = np.searchsorted(self._starts, asked, side="right") - 1
        places = self._bounds[stretch] + (asked - self._starts[stretch])
        known = (stretch >= 0) & (places < self._bounds[stretch + 1])
        found = np.full(len(asked), -1, np.int32)
        found[known] = self.folds[places[known]]
        return found
