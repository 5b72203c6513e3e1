"""What Dask tasks give, chunks and pandas partitions, as matrices and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from skdask.blocks.arrays import refuse_other_arrays
from skdask.blocks.columns import pandas_vector
from skdask.blocks.sparse import as_rows, frozen
from skdask.exceptions import DataError, KindError, UnsupportedError
from skdask.rows import is_sparse


def assemble(chunks: Sequence[Any], dtype: np.dtype[Any], where: str) -> Any:
    """Column chunks side by side as one array of the right type, without a copy if possible."""
    for chunk in chunks:
        refuse_other_arrays(chunk)
        if not isinstance(chunk, np.ndarray) and not is_sparse(chunk):
            raise UnsupportedError(
                f"{where} is a {type(chunk).__module__}.{type(chunk).__name__}; blocks are NumPy "
                "arrays or scipy.sparse ones: convert with X.map_blocks(numpy.asarray)"
            )
    if any(chunk.dtype.kind in "OUS" for chunk in chunks):
        chunks = _as_numbers(chunks, where)
    if any(map(is_sparse, chunks)):
        whole = chunks[0] if len(chunks) == 1 else sparse.hstack(chunks, format="csr")
        return frozen(as_rows(whole, dtype))
    if len(chunks) == 1:
        X: NDArray[Any] = np.asarray(chunks[0])
        if X.dtype == dtype:
            view = X.view()
            view.flags.writeable = False
            return view
        X = X.astype(dtype)
    else:
        widths = [chunk.shape[1] for chunk in chunks]
        X = np.empty((len(chunks[0]), sum(widths)), dtype=dtype, order="F")
        start = 0
        for chunk, width in zip(chunks, widths, strict=True):
            X[:, start : start + width] = chunk
            start += width
    X.flags.writeable = False
    return X


def _as_numbers(chunks: Sequence[Any], where: str) -> list[Any]:
    """Column chunks of objects as numbers; scikit-learn's errors where a value is none."""
    numbers, first_column = [], 0
    for chunk in chunks:
        try:
            numbers.append(chunk.astype(np.float64) if chunk.dtype.kind in "OUS" else chunk)
        except (TypeError, ValueError) as error:
            kind = KindError if isinstance(error, TypeError) else DataError
            row, column = _first_that_is_none(chunk)
            raise kind(
                f"{error}. Found in column {first_column + column}, row {row} of {where}, whose "
                f"values are objects ({type(chunk[row, column]).__name__} there): encode what is "
                "no number before, or leave the column out."
            ) from error
        first_column += chunk.shape[1]
    return numbers


def _first_that_is_none(values: NDArray[Any]) -> tuple[int, int]:
    for row, column in np.ndindex(values.shape):
        try:
            np.asarray(values[row, column], dtype=np.float64)
        except (TypeError, ValueError):
            return row, column
    return 0, 0


def companion(chunks: Sequence[Any], role: str, where: str) -> NDArray[Any]:
    """The target, weight or groups of a piece as an array."""
    first = chunks[0]
    values: NDArray[Any]
    if isinstance(first, pd.Series | pd.Index):
        values = pandas_vector(first)
    elif isinstance(first, pd.DataFrame):
        values = np.column_stack([pandas_vector(first[name]) for name in first.columns])
    else:
        for chunk in chunks:
            refuse_other_arrays(chunk)
            if is_sparse(chunk):
                raise DataError(f"{role} in {where} is sparse; make it dense with .toarray()")
        values = (
            np.asarray(first) if len(chunks) == 1 else np.hstack([np.asarray(c) for c in chunks])
        )
    if role != "y" and values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if role == "sample_weight":
        try:
            values = values.astype(np.float64, copy=False)
        except (TypeError, ValueError) as error:
            raise DataError(f"sample_weight in {where} must be numbers: {error}") from error
    return values


def check_pandas(frame: Any, where: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise UnsupportedError(
            f"{where} is a {type(frame).__module__}.{type(frame).__name__}; blocks take pandas "
            "partitions for now: use df.to_backend('pandas')"
        )
