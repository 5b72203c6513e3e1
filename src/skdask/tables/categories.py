"""The distinct values of every column and how often each occurs, in any type.

What an encoder, or an imputer of the most frequent value, needs to know of the rows. A block's
columns are taken as scikit-learn's encoders take them, so that what is a category, and what is
refused, is theirs to say. Missing values, None and NaN each by themselves, are counted apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from dask.utils import format_bytes
from numpy.typing import NDArray

from skdask._sklearn import encoder_columns
from skdask.exceptions import KindError, MemoryBudgetError
from skdask.levels import first_positions, level_codes
from skdask.rows import Rows
from skdask.statistics.base import Statistic


@dataclass(frozen=True, slots=True)
class ColumnCategories:
    """The known values of a column, each once, with their counts, and how many are missing."""

    values: NDArray[Any]
    counts: NDArray[np.int64]
    n_none: int = 0
    n_nan: int = 0

    def all_values(self) -> NDArray[Any]:
        """The values with None and NaN after them where there are any."""
        missing = [None] * (self.n_none > 0) + [np.nan] * (self.n_nan > 0)
        if not missing:
            return self.values
        if not len(self.values) and not self.n_none:
            return np.array([np.nan])
        dtype = self.values.dtype
        if self.n_none or dtype.kind not in "fiu":
            dtype = np.dtype(object)
        holds_nan = dtype if dtype.kind in "fO" else np.result_type(dtype, np.float64)
        found = np.empty(len(self.values) + len(missing), holds_nan)
        found[: len(self.values)] = self.values
        found[len(self.values) :] = missing
        return found

    def count_of(self, categories: NDArray[Any]) -> NDArray[np.int64]:
        """How often each of some categories occurs."""
        known = dict(zip(self.values.tolist(), self.counts.tolist(), strict=True))
        return np.array([self._count(value, known) for value in categories.tolist()], np.int64)

    def _count(self, value: Any, known: dict[Any, int]) -> int:
        if value is None:
            return self.n_none
        return self.n_nan if value != value else known.get(value, 0)

    @property
    def has_text(self) -> bool:
        """Whether a value is text."""
        kind = self.values.dtype.kind
        return kind in "US" or (kind == "O" and any(isinstance(v, str) for v in self.values))

    @property
    def is_text(self) -> bool:
        """Whether all values are text."""
        kind = self.values.dtype.kind
        return kind in "US" or (kind == "O" and all(isinstance(v, str) for v in self.values))

    @property
    def n_bytes(self) -> int:
        """What the values and their counts take; an object by itself some sixty bytes."""
        each = self.values.dtype.itemsize + (60 if self.values.dtype.kind == "O" else 0)
        return len(self.values) * (each + self.counts.dtype.itemsize)

    def most_frequent(self) -> Any:
        """The value that occurs most, the smallest of several; None where none is known."""
        if not len(self.values):
            return None
        return min(self.values[self.counts == self.counts.max()].tolist())


@dataclass(frozen=True)
class Categories(Statistic[tuple[ColumnCategories, ...], tuple[ColumnCategories, ...]]):
    """Distinct values and counts of every column.

    Parameters
    ----------
    limit : int or None
        Most bytes that a state may take; None for any number.
    names : tuple of str or None
        Of the columns, for the error.
    uniform : bool
        Whether a column of text and other things is refused, since they have no order.

    Notes
    -----
    **Passes** 1. **Cost** one hash or sort of each column of a block; a state as long as there
    are distinct values. **Error** none.
    """

    accepts_nan: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    limit: int | None = None
    names: tuple[str, ...] | None = None
    uniform: bool = False

    def zero(self) -> tuple[ColumnCategories, ...]:
        return ()

    def update(
        self, state: tuple[ColumnCategories, ...], rows: Rows
    ) -> tuple[ColumnCategories, ...]:
        if rows.n_rows == 0:
            return state
        found = tuple(_columns(rows.X))
        # the pass says where
        self._check_types(found, TypeError)
        return self.merge(state, found)

    def merge(
        self, left: tuple[ColumnCategories, ...], right: tuple[ColumnCategories, ...]
    ) -> tuple[ColumnCategories, ...]:
        if not left or not right:
            return left or right
        merged = tuple(map(_both, left, right))
        self._check_size(merged)
        mixed = [one.has_text != other.has_text for one, other in zip(left, right, strict=True)]
        if any(mixed):
            self._check_types(merged, KindError)
        return merged

    def _check_types(self, state: tuple[ColumnCategories, ...], kind: type[TypeError]) -> None:
        if not self.uniform:
            return
        for position, column in enumerate(state):
            if column.has_text and not column.is_text:
                types = sorted({type(value).__qualname__ for value in column.values})
                raise kind(
                    "Encoders require their input argument must be uniformly strings or numbers. "
                    f"Got {types} in column {self._name(position)}."
                )

    def _name(self, position: int) -> str:
        return f"number {position}" if self.names is None else repr(self.names[position])

    def _check_size(self, state: tuple[ColumnCategories, ...]) -> None:
        sizes = [column.n_bytes for column in state]
        if self.limit is None or sum(sizes) <= self.limit:
            return
        largest = max(range(len(sizes)), key=sizes.__getitem__)
        raise MemoryBudgetError(
            f"column {self._name(largest)} has more than {len(state[largest].values):,} distinct "
            f"values, and the values of all columns take more than {format_bytes(self.limit)}, "
            "part of the memory limit. Leave the column out if it is an identifier, hash it into "
            "fewer values, or raise skdask.config.set(memory_limit=...)."
        )

    def value(self, state: tuple[ColumnCategories, ...]) -> tuple[ColumnCategories, ...]:
        return state

    def state_bytes(self, n_columns: int) -> int:
        # a thousand values of a column; how many there are nobody knows before
        return 2**16 * n_columns


def _columns(X: Any) -> Iterator[ColumnCategories]:
    if not isinstance(X, pd.DataFrame):
        yield from map(_counted, encoder_columns(X))
        return
    for position in range(X.shape[1]):
        column = X.iloc[:, position]
        if isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype):
            # a word for each of few, not an object for each row
            codes, count = level_codes(column)
            levels = column.iloc[first_positions(codes, count)].to_frame()
            (values,) = encoder_columns(levels)
            yield _counted(values, np.bincount(codes, minlength=count))
            continue
        values = column.to_numpy()
        if not _is_bounded(values):
            (values,) = encoder_columns(column.to_frame())
        yield _counted(values)


def _is_bounded(column: NDArray[Any]) -> bool:
    """Whether these are numbers and none is infinite, which is what scikit-learn looks for."""
    if column.dtype.kind == "f":
        return not np.isinf(column).any()
    return column.dtype.kind in "biu"


def _counted(
    column: NDArray[Any], counts: NDArray[np.integer[Any]] | None = None
) -> ColumnCategories:
    """The categories of a column, each of whose values occurs once or so many times."""
    counts = np.ones(len(column), np.intp) if counts is None else counts
    n_none = n_nan = 0
    if column.dtype.kind in "fO":
        missing = np.isnan(column) if column.dtype.kind == "f" else pd.isna(column)
        if missing.any():
            none = np.array([value is None for value in column[missing].tolist()])
            n_none = int(counts[missing][none].sum())
            n_nan = int(counts[missing][~none].sum())
            column, counts = column[~missing], counts[~missing]
    return ColumnCategories(*_distinct(column, counts), n_none, n_nan)


def _both(left: ColumnCategories, right: ColumnCategories) -> ColumnCategories:
    # no value says nothing of the type: a stretch in which all are missing
    parts = [part for part in (left, right) if len(part.values)] or [left]
    values = np.concatenate([part.values for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    return ColumnCategories(
        *_distinct(values, counts), left.n_none + right.n_none, left.n_nan + right.n_nan
    )


def _distinct(values: NDArray[Any], counts: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Distinct values in the order in which they come, and their summed counts."""
    if values.dtype.kind in "biufO":
        codes, found = pd.factorize(values)
    else:
        found, codes = np.unique(values, return_inverse=True)
    return np.asarray(found), np.bincount(codes, counts, len(found)).astype(np.int64)
