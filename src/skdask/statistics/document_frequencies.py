"""In how many rows each column is not zero: the document frequencies of a matrix of counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic


@dataclass(frozen=True, slots=True)
class Frequencies:
    """Rows, and those of them in which each column is not zero; empty while there are no rows."""

    count: int
    rows: NDArray[np.int64]
    finite: bool = True


@dataclass(frozen=True)
class DocumentFrequencies(Statistic[Frequencies, Frequencies]):
    """Number of rows in which each column is not zero; of sparse rows, in which it is stored.

    Notes
    -----
    **Passes** 1. **Cost** a comparison a value, or an increment an entry. **Error** none.
    **Source** Sparck Jones (1972), A statistical interpretation of term specificity and its
    application in retrieval.
    """

    accepts_sparse: ClassVar[bool] = True

    def zero(self) -> Frequencies:
        return Frequencies(0, np.empty(0, np.int64))

    def update(self, state: Frequencies, rows: Rows) -> Frequencies:
        if rows.n_rows == 0:
            return state
        X = rows.X
        if is_sparse(X):
            found = np.bincount(X.indices, minlength=X.shape[1])
        else:
            found = np.count_nonzero(X, axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            finite = bool(np.isfinite(X.sum()))
        return self.merge(state, Frequencies(rows.n_rows, found.astype(np.int64), finite))

    def merge(self, left: Frequencies, right: Frequencies) -> Frequencies:
        if left.count == 0 or right.count == 0:
            return right if left.count == 0 else left
        finite = left.finite and right.finite
        return Frequencies(left.count + right.count, left.rows + right.rows, finite)

    def value(self, state: Frequencies) -> Frequencies:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * n_columns

    def suspect(self, state: Frequencies) -> bool:
        return not state.finite
