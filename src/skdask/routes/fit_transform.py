"""fit_transform on Dask collections: the rows that were fitted on, transformed lazily.

That is fit and then transform, unless an encoder of targets is within: then each row is encoded by
the folds that it is not in, which is known by its number. So partitions are told at which row they
begin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask import delayed

from skdask.blocks import Blocks, PolarsFrames
from skdask.blocks.columns import plain_text
from skdask.exceptions import DataError
from skdask.routes.cross_fit import cross_fits, forget_cross_fits, of_rows
from skdask.routes.lazy import apply_lazily, fitted_columns, is_polars, polars_frame
from skdask.routes.twins import settled, to_sklearn
from skdask.rows import is_frame


def fit_transform_lazily(estimator: Any, X: Any, fit: Callable[[], Any]) -> Any:
    """Fit an estimator, and transform the same rows.

    Parameters
    ----------
    estimator : transformer
    X : Dask Array or DataFrame, Blocks or path
    fit : callable
        Fits it on X.
    """
    if not cross_fits(estimator):
        return fit().transform(fitted_columns(estimator, X))
    data: list[Blocks] = []
    estimator._applied = data
    try:
        fit()
        lazy = fitted_columns(estimator, X)
        if isinstance(X, PolarsFrames):
            lazy = fitted_columns(estimator, X.to_dask_dataframe())
        elif not isinstance(X, da.Array | dd.DataFrame):
            lazy = data[0].to_dask()
        return _by_folds(estimator, lazy, _lengths_of(lazy, data[0]))
    finally:
        vars(estimator).pop("_applied", None)
        forget_cross_fits(estimator)


def _by_folds(estimator: Any, lazy: Any, lengths: Sequence[int]) -> Any:
    """What transform would give, but for encodings of targets, which are those of folds."""
    plain = to_sklearn(estimator)
    alike = apply_lazily(estimator, "transform", lazy)
    if isinstance(lazy, da.Array) and lazy.numblocks[1] > 1:
        lazy = lazy.rechunk({1: -1})
    parts = np.ravel(lazy.to_delayed())
    bare = isinstance(lazy, da.Array) or not hasattr(plain, "feature_names_in_")
    shared = delayed(settled(plain, bare=bare), pure=True)
    empty = alike.empty if isinstance(alike, PolarsFrames) else alike._meta
    starts = np.cumsum(lengths) - lengths
    pieces = [
        delayed(_transform_part)(shared, part, int(start), bare, empty)
        for part, start in zip(parts, starts, strict=True)
    ]
    if isinstance(alike, PolarsFrames):
        return PolarsFrames(pieces, alike.empty)
    if isinstance(alike, dd.DataFrame):
        return dd.from_delayed(pieces, meta=alike._meta, divisions=alike.divisions)
    width = alike.shape[1]
    chunks = [
        da.from_delayed(piece, (length, width), meta=alike._meta)
        for piece, length in zip(pieces, lengths, strict=True)
    ]
    return da.concatenate(chunks)


def _transform_part(plain: Any, part: Any, start: int, bare: bool, empty: Any) -> Any:
    n_rows = part.shape[0]
    if n_rows == 0:
        return empty
    rows, index = part, None
    if is_frame(part):
        index = part.index
        rows = part.to_numpy() if bare else plain_text(part)
    try:
        found = of_rows(plain, range(start, start + n_rows)).transform(rows)
    except (ValueError, TypeError) as error:
        raise DataError(f"{str(error).rstrip('.')}. Found in rows from {start} on.") from error
    if is_polars(empty) and not is_polars(found):
        return polars_frame(found, empty.columns)
    if is_frame(empty) and not is_frame(found):
        return pd.DataFrame(found, index=index, columns=empty.columns)
    return found


def _lengths_of(lazy: Any, data: Blocks) -> list[int]:
    """Rows of each partition."""
    if isinstance(lazy, da.Array) and not any(np.isnan(lazy.chunks[0])):
        return [int(length) for length in lazy.chunks[0]]
    lengths = data.piece_lengths()
    parts = lazy.npartitions if isinstance(lazy, dd.DataFrame) else lazy.numblocks[0]
    if len(lengths) == parts:
        return list(lengths)
    if isinstance(lazy, dd.DataFrame):
        return list(lazy.map_partitions(len).compute())
    return list(lazy[:, 0].map_blocks(lambda part: np.array([len(part)])).compute())
