"""Distances and kernels between rows: lazy, a stretch of the first rows at a time.

All of the second rows are at hand for each stretch, so they are in memory.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import dask.array as da
import numpy as np
from sklearn import metrics

from skdask.blocks.dask_collections import is_dask, is_dask_frame
from skdask.exceptions import UnsupportedError


def _rows_of(X: Any, name: str) -> da.Array:
    array = X.to_dask_array() if is_dask_frame(X) else X
    if not isinstance(array, da.Array):
        raise UnsupportedError(
            f"{name}: the second rows are a Dask collection and the first ones are in memory; "
            "compute the second ones, or exchange the two"
        )
    return array.rechunk({1: -1})


def _held(Y: Any, name: str) -> Any:
    if Y is None:
        raise UnsupportedError(
            f"{name} between all rows of a Dask collection is as large as their number squared; "
            "give Y, rows in memory"
        )
    if is_dask(Y):
        raise UnsupportedError(
            f"{name}: Y is a Dask collection; give rows that fit in memory: Y.compute(), or a "
            "sample of them"
        )
    return np.asarray(Y)


def between(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of two sets of rows whose first may be a Dask collection; lazy then."""

    @wraps(function)
    def lazy(X: Any, Y: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not is_dask(X) and not is_dask(Y):
            return function(X, Y, *args, **kwargs)
        rows, held = _rows_of(X, function.__name__), _held(Y, function.__name__)
        job = partial(_call, function, held, args, kwargs)
        dtype = np.float32 if rows.dtype == held.dtype == np.float32 else np.float64
        return rows.map_blocks(job, dtype=dtype, chunks=(rows.chunks[0], (len(held),)))

    return _documented(lazy, function, "a lazy Dask Array of shape (n_rows, n_rows_of_Y)")


def nearest(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that finds the nearest of the second rows for each of the first."""

    @wraps(function)
    def lazy(X: Any, Y: Any, **kwargs: Any) -> Any:
        if not is_dask(X) and not is_dask(Y):
            return function(X, Y, **kwargs)
        if kwargs.pop("axis", 1) != 1:
            raise UnsupportedError(f"{function.__name__} of a Dask collection takes axis=1 only")
        rows, held = _rows_of(X, function.__name__), _held(Y, function.__name__)
        if function is metrics.pairwise_distances_argmin:
            job = partial(_call, function, held, (), kwargs)
            return rows.map_blocks(job, dtype=np.int64, drop_axis=1)
        both = rows.map_blocks(
            partial(_both, function, held, kwargs), dtype=np.float64, chunks=(rows.chunks[0], (2,))
        )
        return both[:, 0].astype(np.int64), both[:, 1]

    return _documented(lazy, function, "lazy Dask Arrays of shape (n_rows,)")


def _call(function: Callable[..., Any], Y: Any, args: Any, kwargs: Any, block: Any) -> Any:
    return function(block, Y, *args, **kwargs)


def _both(function: Callable[..., Any], Y: Any, kwargs: Any, block: Any) -> Any:
    return np.column_stack(function(block, Y, **kwargs))


def _documented(
    lazy: Callable[..., Any], function: Callable[..., Any], result: str
) -> Callable[..., Any]:
    summary = (inspect.getdoc(function) or "").split("\n")[0]
    lazy.__doc__ = f"""{summary}

    As :func:`sklearn.metrics.{function.__name__}`. Where X is a Dask Array or DataFrame, Y has to
    be in memory, and the result is {result}.
    """
    lazy.__module__ = "skdask.metrics"
    del lazy.__wrapped__  # type: ignore[attr-defined]
    lazy.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return lazy
