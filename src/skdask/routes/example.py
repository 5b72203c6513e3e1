"""The first row: what a step makes of it tells the columns and types of what it makes of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skdask.rows import Rows
from skdask.statistics.base import Statistic


@dataclass(frozen=True, slots=True)
class Seen:
    """The first row, None while there is none, and how many rows there are."""

    first: Rows | None
    count: int


@dataclass(frozen=True)
class Example(Statistic[Seen, Seen]):
    """The first of the rows, in whatever form they come, and the number of rows.

    Notes
    -----
    **Passes** 1, shared with whatever else is asked first. **Cost** none. **Error** none.
    """

    accepts_nan: ClassVar[bool] = True
    accepts_sparse: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True

    def zero(self) -> Seen:
        return Seen(None, 0)

    def update(self, state: Seen, rows: Rows) -> Seen:
        if rows.n_rows == 0:
            return state
        # an index copies, so that the block is not kept for its first row
        first = rows.take(np.zeros(1, np.intp)) if state.first is None else state.first
        return Seen(first, state.count + rows.n_rows)

    def merge(self, left: Seen, right: Seen) -> Seen:
        return Seen(right.first if left.first is None else left.first, left.count + right.count)

    def value(self, state: Seen) -> Seen:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 64 * n_columns + 1024
