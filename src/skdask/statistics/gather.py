"""All rows in memory: for what needs them together and is small enough to be held.

The one thing that is as long as the data on purpose, so it gives up at a limit: from there on it
counts the rows and keeps none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from skdask.rows import Rows, bytes_of, is_frame, is_sparse
from skdask.statistics.base import Statistic


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows in the order of the data, in parts as they were met.

    Attributes
    ----------
    parts : tuple of Rows
        Empty where there were more than may be kept.
    n_bytes : int
        Of all rows met, kept or not.
    count : int
        Rows met.
    """

    parts: tuple[Rows, ...]
    n_bytes: int
    count: int


@dataclass(frozen=True, slots=True)
class AllRows:
    """The answer of `Gather`: rows in one piece, None where they are too many; and how many."""

    rows: Rows | None
    n_bytes: int
    count: int


@dataclass(frozen=True)
class Gather(Statistic[Gathered, AllRows]):
    """Features, target, weights and groups of all rows, in the order of the data.

    Parameters
    ----------
    row_width : int
        Bytes of a row, for projections.
    limit : int
        Bytes up to which rows are kept.

    Notes
    -----
    **Passes** 1. **Cost** the rows themselves, and once more while they are put into one array.
    **Error** none.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    row_width: int
    limit: int = field(compare=False)

    @property
    def row_bytes(self) -> int:  # type: ignore[override]
        """Bytes by which a state grows with every row."""
        return self.row_width

    def zero(self) -> Gathered:
        return Gathered((), 0, 0)

    def update(self, state: Gathered, rows: Rows) -> Gathered:
        if rows.n_rows == 0:
            return state
        # a stretch across the columns of a chunk would keep all of it
        kept = replace(rows, X=_in_one_piece(rows.X), numbers=None)
        found = Gathered((kept,), _bytes_of_rows(kept), rows.n_rows)
        return self.merge(state, found)

    def merge(self, left: Gathered, right: Gathered) -> Gathered:
        n_bytes = left.n_bytes + right.n_bytes
        parts = left.parts + right.parts if n_bytes <= self.limit else ()
        return Gathered(parts, n_bytes, left.count + right.count)

    def value(self, state: Gathered) -> AllRows:
        if state.n_bytes > self.limit:
            return AllRows(None, state.n_bytes, state.count)
        return AllRows(joined_rows(state.parts), state.n_bytes, state.count)

    def state_bytes(self, n_columns: int) -> int:
        return 1024

    def suspect(self, state: Gathered) -> bool:
        return not all(_is_finite(part) for part in state.parts)


@dataclass(frozen=True)
class GatherWithGaps(Gather):
    """The same for rows that may have missing values among their features."""

    accepts_nan: ClassVar[bool] = True


def joined_rows(parts: Sequence[Rows]) -> Rows:
    """Rows after each other as one, dense ones row by row in memory."""
    if not parts:
        return Rows(0)

    def all_of(name: str) -> Any:
        values = [getattr(part, name) for part in parts]
        if any(value is None for value in values):
            return None
        if any(map(is_sparse, values)):
            return sparse.vstack([sparse.csr_array(value) for value in values], format="csr")
        return np.ascontiguousarray(np.concatenate(values))

    return Rows(
        sum(part.n_rows for part in parts),
        all_of("X"),
        all_of("y"),
        all_of("sample_weight"),
        all_of("groups"),
    )


def _in_one_piece(X: Any) -> Any:
    if X is None or is_sparse(X) or is_frame(X) or X.flags.c_contiguous or X.flags.f_contiguous:
        return X
    return np.ascontiguousarray(X)


def _bytes_of_rows(rows: Rows) -> int:
    return bytes_of(rows.X) + bytes_of(rows.y) + bytes_of(rows.sample_weight)


def _is_finite(rows: Rows) -> bool:
    for values in (rows.X, rows.y):
        if values is not None and values.dtype.kind == "f":
            with np.errstate(over="ignore", invalid="ignore"):
                if not np.isfinite(values.sum()):
                    return False
    return True
