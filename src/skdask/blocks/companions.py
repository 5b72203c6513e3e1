"""What travels with the features and was given in memory: y, sample_weight, groups.

These are as long as the data because the user gave them so. A block takes its slice by row
position.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from skdask.blocks.columns import arrow_vector, pandas_vector
from skdask.blocks.schema import Schema, Target
from skdask.exceptions import DataError
from skdask.rows import Rows


@dataclass(frozen=True, slots=True)
class Companions:
    """Arrays in memory, one entry a row; None for what the source carries or nobody gave."""

    y: NDArray[Any] | None = None
    sample_weight: NDArray[np.float64] | None = None
    groups: NDArray[Any] | None = None
    y_name: str | None = None
    first_row: int = 0

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of them."""
        held = (self.y, self.sample_weight, self.groups)
        return sum(array[:1].nbytes for array in held if array is not None)

    def part(self, first_row: int, stop: int) -> Companions:
        """Those of these rows alone, to be sent to another process."""
        rows = slice(first_row - self.first_row, stop - self.first_row)

        def cut(array: NDArray[Any] | None) -> Any:
            return None if array is None else array[rows]

        return Companions(
            cut(self.y), cut(self.sample_weight), cut(self.groups), self.y_name, first_row
        )

    @property
    def is_empty(self) -> bool:
        return self.y is None and self.sample_weight is None and self.groups is None

    def check_lengths(self, n_rows: int, source: str) -> None:
        """Raise scikit-learn's error unless all are as long as the features."""
        for role in ("y", "sample_weight", "groups"):
            values = getattr(self, role)
            if values is not None and len(values) != n_rows:
                raise inconsistent(n_rows, len(values), role, f"X is {source}")

    def extend(self, schema: Schema) -> Schema:
        """The schema of the source with these added."""
        if self.y is not None:
            targets = 1 if self.y.ndim == 1 else self.y.shape[1]
            schema = replace(schema, y=Target(self.y.dtype, self.y.ndim, targets, self.y_name))
        return replace(
            schema,
            has_weight=schema.has_weight or self.sample_weight is not None,
            has_groups=schema.has_groups or self.groups is not None,
        )

    def join(self, rows: Rows, first_row: int) -> Rows:
        """Add the slice that belongs to these rows."""
        start = first_row - self.first_row
        part = slice(start, start + rows.n_rows)
        return replace(
            rows,
            y=rows.y if self.y is None else self.y[part],
            sample_weight=(
                rows.sample_weight if self.sample_weight is None else self.sample_weight[part]
            ),
            groups=rows.groups if self.groups is None else self.groups[part],
        )


def inconsistent(n_rows: int, other: int, role: str, where: str) -> DataError:
    """scikit-learn's error for lengths that differ."""
    return DataError(
        f"Found input variables with inconsistent numbers of samples: [{n_rows}, {other}]: X has "
        f"{n_rows} rows and {role} has {other} ({where}); give {role} one entry per row of X"
    )


def in_memory_vector(values: Any, role: str, *, max_ndim: int = 1) -> NDArray[Any]:
    """Anything in memory with one entry (or one row) per row of X, as a read-only array."""
    array: NDArray[Any]
    if isinstance(values, pd.Series | pd.Index):
        array = pandas_vector(values)
    elif isinstance(values, pd.DataFrame):
        array = np.column_stack([pandas_vector(values[name]) for name in values.columns])
    elif isinstance(values, pa.Array | pa.ChunkedArray):
        array = arrow_vector(values)
    else:
        array = np.asarray(values)
    if array.ndim == 2 and max_ndim == 1 and array.shape[1] == 1:
        array = array[:, 0]
    if not 1 <= array.ndim <= max_ndim:
        raise DataError(
            f"{role} should be a {'1d' if max_ndim == 1 else '1d or 2d'} array, got an array of "
            f"shape {array.shape} instead"
        )
    if array.dtype.kind == "O":
        # Python ints or bools in an object array are numbers to scikit-learn as well
        plain = np.asarray(array.tolist()) if array.size and _all_numbers(array) else array
        array = plain
    if role == "sample_weight":
        try:
            array = array.astype(np.float64, copy=False)
        except (TypeError, ValueError) as error:
            raise DataError(f"sample_weight must be numbers: {error}") from error
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


def _all_numbers(array: NDArray[Any]) -> bool:
    return all(isinstance(value, int | float | np.number) for value in array.flat)
