"""How many values of each column are missing, whatever stands for a missing value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask._sklearn import missing_mask
from skdask.blocks.columns import plain_text
from skdask.rows import Rows, is_frame
from skdask.statistics.base import Statistic


@dataclass(frozen=True, slots=True)
class Gaps:
    """Rows, and missing values of each column; the array is empty while there are no rows."""

    count: int
    missing: NDArray[np.int64]


@dataclass(frozen=True)
class MissingCounts(Statistic[Gaps, Gaps]):
    """How many values of each column are missing, as scikit-learn's imputers see it.

    Parameters
    ----------
    missing_values : any
        What stands for a missing value: NaN, None, NA, or any other value.

    Notes
    -----
    **Passes** 1. **Cost** a comparison a value. **Error** none.
    """

    accepts_nan: ClassVar[bool] = True
    accepts_sparse: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    missing_values: Any = field(default=np.nan, compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # NaN is no equal of itself
        object.__setattr__(self, "token", repr(self.missing_values))

    def zero(self) -> Gaps:
        return Gaps(0, np.empty(0, np.int64))

    def update(self, state: Gaps, rows: Rows) -> Gaps:
        if rows.n_rows == 0:
            return state
        X = np.asarray(plain_text(rows.X)) if is_frame(rows.X) else rows.X
        found = np.asarray(missing_mask(X, self.missing_values).sum(axis=0)).ravel()
        return self.merge(state, Gaps(rows.n_rows, found.astype(np.int64)))

    def merge(self, left: Gaps, right: Gaps) -> Gaps:
        if left.count == 0 or right.count == 0:
            return right if left.count == 0 else left
        return Gaps(left.count + right.count, left.missing + right.missing)

    def value(self, state: Gaps) -> Gaps:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * n_columns
