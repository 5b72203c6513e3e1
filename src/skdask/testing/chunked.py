"""Data in memory handed over in chunks, so that a check written for NumPy runs on Dask input.

scikit-learn's own checks of an estimator make their data in memory and compare NumPy arrays.
Within `in_chunks` the methods of a class turn what they are given into Dask collections of a few
chunks and compute what they answer, so that the checks, unchanged, are ones of the fit on blocks.

It is the class itself that is changed for that time, not a proxy beside it: clones, pickles,
tags, signatures and representations are then those of the class, whatever asks for them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from itertools import pairwise
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask import is_dask_collection
from scipy import sparse

from skdask import config
from skdask.rows import is_sparse

METHODS = (
    *("fit", "partial_fit", "fit_predict", "fit_transform", "score", "score_samples"),
    *("predict", "predict_proba", "predict_log_proba", "decision_function"),
    *("transform", "inverse_transform", "mahalanobis", "error_norm", "perplexity"),
    *("kneighbors", "kneighbors_graph", "radius_neighbors", "radius_neighbors_graph"),
)


@contextmanager
def in_chunks(*classes: type, n_chunks: int = 3) -> Iterator[None]:
    """While it lasts, methods of these classes see Dask collections and answer in memory.

    Arrays of NumPy and scipy.sparse, pandas frames and series become Dask collections of
    `n_chunks` chunks, or of a row each where there are fewer rows; blocks are these chunks.
    Lists, scalars and what is no array of one or two dimensions are left alone. Lazy results,
    and lazy attributes that a fit has left, are computed. Calls from within a method are not
    touched.

    Parameters
    ----------
    *classes : estimator classes
        Changed for all threads.
    n_chunks : int, default=3

    Examples
    --------
    >>> from sklearn.utils.estimator_checks import check_regressors_int
    >>> from skdask.linear_model import Ridge
    >>> from skdask.testing import in_chunks
    >>> with in_chunks(Ridge):
    ...     check_regressors_int("Ridge", Ridge())
    """
    with ExitStack() as undo:
        calls = _Calls(n_chunks)
        for kind in classes:
            for name in METHODS:
                method = inspect.getattr_static(kind, name, None)
                if method is None or not hasattr(method, "__get__"):
                    continue
                if name in vars(kind):
                    undo.callback(setattr, kind, name, method)
                else:
                    undo.callback(delattr, kind, name)
                setattr(kind, name, _Method(method, calls))
        yield


class _Calls:
    """Whether a method is at work, whose own calls are to be left alone."""

    def __init__(self, n_chunks: int) -> None:
        self.n_chunks = n_chunks
        self.at_work = False

    def chunked(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The bound method, on chunks."""

        @wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.at_work:
                return method(*args, **kwargs)
            self.at_work = True
            try:
                return self._call(method, args, kwargs)
            finally:
                self.at_work = False

        return call

    def _call(self, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = [_lazy(value, self.n_chunks) for value in args]
        named = {name: _lazy(value, self.n_chunks) for name, value in kwargs.items()}
        with config.set(block_bytes=_block_bytes([*args, *kwargs.values()], self.n_chunks)):
            found = method(*given, **named)
            (found,) = dask.compute(found)
            for name, value in vars(method.__self__).items():
                if is_dask_collection(value):
                    vars(method.__self__)[name] = value.compute()
        return found


class _Method:
    """In a class, what gives its instances a method on chunks wherever it gave them a method."""

    def __init__(self, method: Any, calls: _Calls) -> None:
        self.method = method
        self.calls = calls
        self.__doc__ = method.__doc__

    def __get__(self, instance: Any, owner: type) -> Any:
        # a method that is available for some parameters only says so here
        bound = self.method.__get__(instance, owner)
        return bound if instance is None else self.calls.chunked(bound)


def _chunk_rows(n_rows: int, n_chunks: int) -> tuple[int, ...]:
    parts = np.array_split(np.arange(n_rows), min(n_chunks, max(n_rows, 1)))
    return tuple(len(part) for part in parts)


def _lazy(value: Any, n_chunks: int) -> Any:
    if isinstance(value, pd.DataFrame | pd.Series):
        return dd.from_pandas(value, npartitions=n_chunks, sort=False)
    if is_sparse(value):
        return _lazy_sparse(value, _chunk_rows(value.shape[0], n_chunks))
    if isinstance(value, np.ndarray) and value.ndim in (1, 2):
        rows = _chunk_rows(len(value), n_chunks)
        return da.from_array(value, chunks=(rows, *value.shape[1:]))
    return value


def _lazy_sparse(value: Any, rows: tuple[int, ...]) -> da.Array:
    array = isinstance(value, sparse.sparray)
    kind: Any = sparse.csr_array if array else sparse.csr_matrix
    compressed, ends = kind(value), np.cumsum((0, *rows))
    parts = [
        da.from_array(compressed[start:stop], chunks=-1, asarray=False)
        for start, stop in pairwise(ends)
    ]
    return da.concatenate(parts)


def _block_bytes(values: list[Any], n_chunks: int) -> int:
    """Bytes of a block that is one chunk of these arrays, side by side."""
    shapes = [value.shape for value in values if len(getattr(value, "shape", ())) in (1, 2)]
    rows = max((shape[0] for shape in shapes), default=1)
    columns = sum(shape[1] if len(shape) == 2 else 1 for shape in shapes)
    return 8 * max(1, -(-rows // n_chunks) * columns)
