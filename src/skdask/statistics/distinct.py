"""Distinct values of columns of any type, each column up to a number of its own.

What has more than that many is only known to have many: a grid of its percentiles is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_frame
from skdask.statistics.base import Statistic
from skdask.statistics.tiles import feature_array

# Bytes that a projection of memory allows for a value, which may be text
_VALUE_BYTES = 64

# By column: sorted values, or None where there are too many
Found = tuple[NDArray[Any] | None, ...]


@dataclass(frozen=True)
class Distinct(Statistic[Found, Found]):
    """The distinct values of some columns, sorted; None for a column with more than its limit.

    Parameters
    ----------
    places : tuple of int
        The columns.
    limits : tuple of int
        The most values of each that are kept.

    Notes
    -----
    **Passes** 1. **Cost** a sort of each column of a block, until it has too many values.
    **Error** none. All missing numbers are one value.
    """

    reusable: ClassVar[bool] = False
    accepts_nan: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    places: tuple[int, ...]
    limits: tuple[int, ...]

    def zero(self) -> Found:
        return tuple(np.empty(0) for _ in self.places)

    def update(self, state: Found, rows: Rows) -> Found:
        if rows.n_rows == 0:
            return state
        X = feature_array(rows)
        found: list[NDArray[Any] | None] = []
        for place, limit, known in zip(self.places, self.limits, state, strict=True):
            if known is None:
                found.append(None)
                continue
            column = np.asarray(X.iloc[:, place]) if is_frame(X) else X[:, place]
            found.append(_joined(known, _distinct(column, place), limit, place))
        return tuple(found)

    def merge(self, left: Found, right: Found) -> Found:
        return tuple(
            None if one is None or other is None else _joined(one, other, limit, place)
            for one, other, limit, place in zip(left, right, self.limits, self.places, strict=True)
        )

    def value(self, state: Found) -> Found:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return sum(_VALUE_BYTES * min(limit, 2**14) for limit in self.limits)

    def held_bytes(self, state: Found) -> int:
        return sum(_VALUE_BYTES * len(values) for values in state if values is not None)


def _joined(one: NDArray[Any], other: NDArray[Any], limit: int, place: int) -> NDArray[Any] | None:
    """All of both, None where these are too many."""
    if not len(one) or not len(other):
        both = one if len(one) else other
    else:
        both = _distinct(np.concatenate([one, other]), place)
    return both if len(both) <= limit else None


def _distinct(values: NDArray[Any], place: int) -> NDArray[Any]:
    try:
        return np.unique(values)
    except TypeError as error:
        raise ValueError(
            f"The column #{place} contains mixed data types. Finding unique categories fail due "
            "to sorting. It usually means that the column contains `np.nan` values together with "
            "`str` categories. Such use case is not yet supported in scikit-learn."
        ) from error
