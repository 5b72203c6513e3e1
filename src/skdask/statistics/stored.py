"""How many entries rows store: what decides whether columns side by side are kept sparse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic


@dataclass(frozen=True)
class StoredEntries(Statistic[int, int]):
    """Number of stored entries of sparse rows; of dense ones, of all values.

    Notes
    -----
    **Passes** 1. **Cost** none, the rows know it. **Error** none.
    """

    accepts_nan: ClassVar[bool] = True
    accepts_sparse: ClassVar[bool] = True

    def zero(self) -> int:
        return 0

    def update(self, state: int, rows: Rows) -> int:
        if rows.n_rows == 0 or rows.X is None:
            return state
        X = rows.X
        return state + int(X.nnz if is_sparse(X) else X.shape[0] * X.shape[1])

    def merge(self, left: int, right: int) -> int:
        return left + right

    def value(self, state: int) -> int:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8
