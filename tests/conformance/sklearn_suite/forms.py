"""From what a test holds in memory to a Dask collection of several chunks, and back."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask import delayed, is_dask_collection
from scipy import sparse
from sklearn.base import BaseEstimator

# chunks of rows, where there are as many rows
PIECES = 3

# kinds of NumPy's that a chunk of features, target or weights has; the rest stays in memory
_KINDS = "biufcU"


def lengths(n_rows: int) -> tuple[int, ...]:
    """Rows of each chunk: not all the same, none without rows."""
    pieces = min(PIECES, n_rows)
    bounds = [n_rows * piece // pieces for piece in range(pieces + 1)]
    return tuple(stop - start for start, stop in pairwise(bounds))


def as_dask(values: Any) -> Any:
    """A Dask collection of the same rows; what cannot be one is returned as it is."""
    if isinstance(values, pd.DataFrame | pd.Series):
        return _of_frame(values)
    if sparse.issparse(values):
        return _of_sparse(values)
    if type(values) not in (np.ndarray, np.memmap) or values.ndim == 0 or len(values) == 0:
        return values
    if values.dtype.kind not in _KINDS:
        return values
    rest = tuple(-1 if size else 0 for size in values.shape[1:])
    return da.from_array(values, chunks=(lengths(len(values)), *rest))


def documents_as_dask(values: Any) -> Any:
    """A Dask Bag of documents or of dictionaries, each as it is."""
    if not isinstance(values, list | tuple) or not values:
        return values
    return db.from_sequence(values, npartitions=min(PIECES, len(values)))


def _of_frame(values: Any) -> Any:
    if len(values) == 0 or 0 in values.shape or not values.index.is_unique:
        return values
    if isinstance(values, pd.DataFrame) and not values.columns.is_unique:
        return values
    bounds = np.cumsum((0, *lengths(len(values))))
    parts = [values.iloc[a:b] for a, b in pairwise(bounds)]
    return dd.from_delayed([delayed(part) for part in parts], meta=values.iloc[:0])


def _of_sparse(values: Any) -> Any:
    if values.ndim != 2 or 0 in values.shape:
        return values
    rows = values.tocsr()
    bounds = np.cumsum((0, *lengths(rows.shape[0])))
    parts = [rows[a:b] for a, b in pairwise(bounds)]
    chunks = [da.from_delayed(delayed(part), part.shape, meta=rows[:0]) for part in parts]
    return da.concatenate(chunks)


def in_memory(values: Any) -> Any:
    """What scikit-learn returns: Dask collections computed, however they are held."""
    if is_dask_collection(values):
        return values.compute(scheduler="sync")
    if isinstance(values, list | tuple) and any(is_dask_collection(value) for value in values):
        computed = [in_memory(value) for value in values]
        return tuple(computed) if isinstance(values, tuple) else computed
    return values


def settle(estimator: Any) -> None:
    """Compute what a fit on blocks has left lazy, in the estimator and in those within it."""
    for name, value in list(vars(estimator).items()):
        if is_dask_collection(value):
            setattr(estimator, name, in_memory(value))
        else:
            _settle_within(value)


def _settle_within(value: Any) -> None:
    if isinstance(value, BaseEstimator):
        settle(value)
    elif isinstance(value, list | tuple):
        for part in value:
            _settle_within(part)
