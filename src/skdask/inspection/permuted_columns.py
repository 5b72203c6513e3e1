"""One column of all rows in another order, within a pass: what permuting a feature means on blocks.

A permutation is of all rows, so a column and an order of its rows are held, eight and four bytes a
row; the other columns are read as ever. Orders are scikit-learn's: each repetition shuffles what
the one before left, and all columns are shuffled alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement

from skdask.model_selection.fits.rows import GatherTables
from skdask.passes.prefix import Step
from skdask.routes.steps import content_token
from skdask.rows import Rows, is_frame


@dataclass(frozen=True)
class GatherColumns(GatherTables):
    """Features of all rows in the order of the data, and nothing beside them."""

    def update(self, state: Any, rows: Rows) -> Any:
        return super().update(state, replace(rows, y=None, sample_weight=None, groups=None))


class Drawn:
    """The rows that are scored, and the orders in which their columns are met.

    Parameters
    ----------
    seed : int
    n_rows : int
    count : int
        Rows to draw; all of them where there are no more.

    Attributes
    ----------
    rows : ndarray of shape (count,) or None
        Their numbers, in ascending order; None for all rows.
    """

    def __init__(self, seed: int, n_rows: int, count: int) -> None:
        self.count = count
        self._random = check_random_state(seed)
        self.rows: NDArray[np.int64] | None = None
        self._place: NDArray[np.intp] | None = None
        if count < n_rows:
            chosen = sample_without_replacement(n_rows, count, random_state=self._random)
            self._place = np.argsort(chosen)
            self.rows = np.asarray(chosen, np.int64)[self._place]
        self._shuffled = np.arange(count, dtype=order_type(count))
        self._source = self._shuffled.copy()
        self._number = 0

    def orders(self, n_orders: int) -> list[Order]:
        """The next orders of the drawn rows."""
        return [self._next() for _ in range(n_orders)]

    def _next(self) -> Order:
        self._random.shuffle(self._shuffled)
        self._source = self._source[self._shuffled]
        self._number += 1
        source = self._source
        if self._place is not None:
            # from places in the sample as it was drawn to places in the order of the data
            inverse = np.empty(self.count, source.dtype)
            inverse[self._place] = np.arange(self.count, dtype=source.dtype)
            source = inverse[source[self._place]]
        return Order(source, self.rows)


def order_type(count: int) -> Any:
    """The type of a row's place among so many."""
    return np.int32 if count <= np.iinfo(np.int32).max else np.int64


class Order:
    """For every drawn row, the place of the one whose value it is given."""

    def __init__(self, source: NDArray[Any], rows: NDArray[np.int64] | None) -> None:
        self._source, self._rows = source, rows
        self.token = content_token("order", source, rows)

    def of(self, numbers: range | NDArray[np.int64]) -> NDArray[Any]:
        """That of the rows with these numbers, all of which are drawn ones."""
        if self._rows is not None:
            return self._source[np.searchsorted(self._rows, np.asarray(numbers))]
        if isinstance(numbers, range):
            return self._source[numbers.start : numbers.stop]
        return self._source[numbers]


class Column:
    """The values of a column of all drawn rows, in the order of the data."""

    def __init__(self, place: int, values: Any) -> None:
        self.place, self.values = place, values
        self.token = content_token("column", place, values)


def columns_of(gathered: Any, places: Sequence[int]) -> Iterator[Column]:
    """Each of some gathered columns by itself, so that its values lie together."""
    for position, place in enumerate(places):
        if is_frame(gathered):
            yield Column(place, gathered.iloc[:, position].array)
        else:
            yield Column(place, np.ascontiguousarray(gathered[:, position]))


class OtherColumn(Step):
    """Another order of one column; the rest of the row stays.

    Parameters
    ----------
    column : Column
    order : Order
    """

    fixed = True

    def __init__(self, column: Column, order: Order) -> None:
        self._column, self._order = column, order
        self.token = content_token("other column", column.token, order.token)

    def apply(self, rows: Rows) -> Rows:
        if rows.n_rows == 0:
            return rows
        if rows.numbers is None:
            raise ValueError("other columns need numbered rows, as a pass gives them")
        values = self._column.values.take(self._order.of(rows.numbers))
        if is_frame(rows.X):
            X = rows.X.copy(deep=False)
            X.isetitem(self._column.place, values)
        else:
            X = rows.X.copy(order="K")
            X[:, self._column.place] = values
        return replace(rows, X=X)
