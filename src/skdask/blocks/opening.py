"""`skdask.blocks.open`: from what a user has to Blocks.

X decides the source. What travels with it is, in this order, a column of X, a Dask collection
beside a Dask X, or an array in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from skdask.blocks.arrays import (
    ArraySource,
    FrameSource,
    NpySource,
    check_two_dimensions,
    load_npy,
    refuse_other_arrays,
)
from skdask.blocks.blocks import Blocks
from skdask.blocks.companions import Companions, in_memory_vector
from skdask.blocks.csv import CsvSource
from skdask.blocks.dask_collections import (
    DaskSource,
    is_dask,
    is_dask_array,
    is_dask_bag,
    is_dask_frame,
    is_dask_series,
)
from skdask.blocks.files import Files, find_files, is_path
from skdask.blocks.ipc import IpcSource
from skdask.blocks.parquet import ParquetSource
from skdask.blocks.polars_frames import PolarsFrames
from skdask.blocks.remote_npy import RemoteNpySource, load_remote_npy
from skdask.blocks.source import Source
from skdask.blocks.sparse import SparseSource
from skdask.exceptions import DataError, UnsupportedError
from skdask.rows import is_sparse

TABLES: dict[str, Callable[..., Source]] = {
    "parquet": ParquetSource,
    "ipc": IpcSource,
    "csv": CsvSource,
}


def is_big(X: Any) -> bool:
    """Whether X is read block by block: a Dask collection, Blocks, a path or a list of paths.

    Examples
    --------
    >>> import numpy as np, skdask
    >>> skdask.blocks.is_big("flights.parquet"), skdask.blocks.is_big(np.ones((3, 2)))
    (True, False)
    """
    return isinstance(X, Blocks | PolarsFrames) or is_path(X) or is_dask(X) or is_dask_bag(X)


def open(
    X: Any,
    y: Any = None,
    sample_weight: Any = None,
    groups: Any = None,
    *,
    drop: Sequence[Hashable] = (),
    columns: Sequence[Hashable] | None = None,
    filters: Any = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Blocks:
    """Open data as blocks of rows. Reads metadata only, unless lengths must be known.

    Parameters
    ----------
    X : Dask Array, Dask DataFrame, path, array in memory, pandas DataFrame or Blocks
        A path is a Parquet, Arrow IPC or CSV file, a folder of one of these, or a ``.npy``
        file; or a pattern (``"trips/2013-*.parquet"``), the URL of any of these
        (``"s3://bucket/trips/"``, also ``gs://``, ``https://`` and what else fsspec knows), or a
        list of them. Folders named ``key=value`` make columns of their keys. Arrays are NumPy's,
        memory maps or scipy.sparse ones, chunks of a Dask Array too. Numbers become float32
        if all are, else float64. A table may have text, categories and dates too: its blocks are
        then frames, for estimators that take them.
    y, sample_weight, groups : column name, Dask collection or array, optional
        A column of X is never a feature. `y` may be a list of columns. Arrays in memory have
        one entry per row; Dask collections go with a Dask X.
    drop : sequence of column names, optional
        Columns that are no features.
    columns : sequence of column names, optional
        The only columns that are features.
    filters : list or pyarrow.compute.Expression, optional
        Which rows of files to read: ``[("year", ">", 2013), ("origin", "in", ["LAX", "SFO"])]``
        for rows that meet all conditions, a list of such lists for any of them, or an expression.
        Columns of a filter need not be features. Files and row groups without such rows are not
        read.
    storage_options : dict, optional
        Of a URL, as fsspec takes them: ``{"anon": True}``, ``{"key": ..., "secret": ...}``. By
        default a store finds credentials as it always does, in the environment for example.

    Returns
    -------
    Blocks

    Raises
    ------
    DataError
        The data cannot be used: no rows, columns that are missing, lengths that differ ...
    ReadError
        A file is damaged.
    MemoryBudgetError
        A chunk or row group alone exceeds the memory budget.

    Examples
    --------
    >>> import numpy as np, skdask
    >>> blocks = skdask.blocks.open(np.ones((1000, 3)), np.arange(1000))
    >>> blocks
    <Blocks of NumPy array (1000, 3): 1000 rows, 3 features, y=int64, 1 blocks in 1 units>
    """
    drop = (drop,) if isinstance(drop, str) else tuple(drop)
    columns = (columns,) if isinstance(columns, str) else columns
    if isinstance(X, PolarsFrames):
        X = X.to_dask_dataframe()
    if isinstance(X, Blocks):
        return _opened(X, y, sample_weight, groups, drop, columns, filters)
    given = {"y": y, "sample_weight": sample_weight, "groups": groups}
    files = find_files(X, storage_options) if is_path(X) else None
    if files is None or files.kind not in TABLES:
        _refuse_file_options(filters, None if files else storage_options)
    if is_dask_frame(X):
        names = list(X.columns)
        named = {role: value for role, value in given.items() if _is_name(value, names)}
        beside, held = _apart(given, named)
        source: Source = DaskSource(X, **beside, roles=_roles(named, drop, columns))
    elif isinstance(X, pd.DataFrame):
        names = list(X.columns)
        named = {role: value for role, value in given.items() if _is_name(value, names, len(X))}
        beside, held = _apart(given, named)
        source = FrameSource(X, **_roles(named, drop, columns))
        held |= {role: collection.compute() for role, collection in beside.items()}
    elif files is not None and files.kind in TABLES:
        named = {role: value for role, value in given.items() if _looks_like_name(value)}
        beside, held = _apart(given, named)
        _refuse_beside(beside, "a path")
        source = TABLES[files.kind](files, filters, **_roles(named, drop, columns))
    else:
        source, held = _open_array(X, given, drop, columns, files)
    return _with_companions(source, held)


def _open_array(
    X: Any,
    given: dict[str, Any],
    drop: Sequence[Hashable],
    columns: Sequence[Hashable] | None,
    files: Files | None,
) -> tuple[Source, dict[str, Any]]:
    """A source without column names: Dask Array, NumPy array, `.npy` file, list."""
    if drop or columns is not None:
        raise DataError(
            "drop= and columns= name columns, and X has no column names; select columns of the "
            "array itself: X[:, positions]"
        )
    if is_dask_bag(X):
        raise DataError(
            "X is a Dask Bag, of which only vectorizers make numbers, such as "
            "skdask.feature_extraction.text.TfidfVectorizer; make an array or a table of it"
        )
    if is_dask_series(X):
        check_two_dimensions(1, ("?",))
    options = getattr(files.store, "options", None) if files else None
    given = {role: _vector_or_npy(value, role, options) for role, value in given.items()}
    beside, held = _apart(given, {})
    if is_dask_array(X):
        return DaskSource(X, **beside, roles={}), held
    held |= {role: collection.compute() for role, collection in beside.items()}
    if files is not None:
        (path,) = files.paths
        remote = files.store.is_remote
        return RemoteNpySource(files.store, path) if remote else NpySource(path), held
    if is_sparse(X):
        return SparseSource(X), held
    refuse_other_arrays(X)
    return ArraySource(X if isinstance(X, np.ndarray) else np.asarray(X)), held


def _vector_or_npy(value: Any, role: str, options: Mapping[str, Any] | None) -> Any:
    if not isinstance(value, str | os.PathLike):
        return value
    path = os.fspath(value)
    if path.endswith(".npy"):
        files = find_files(path, options if "://" in path else None)
        (path,) = files.paths
        return load_remote_npy(files.store, path) if files.store.is_remote else load_npy(path)
    raise DataError(
        f"{role}={path!r} names a column, and X has no column names; give {role} as an array, or "
        "as the path of an .npy file"
    )


def _opened(
    X: Blocks,
    y: Any,
    sample_weight: Any,
    groups: Any,
    drop: Sequence[Hashable],
    columns: Sequence[Hashable] | None,
    filters: Any,
) -> Blocks:
    given = {"y": y, "sample_weight": sample_weight, "groups": groups}
    changed = [role for role, value in given.items() if value is not None]
    changed += ["drop"] * bool(drop) + ["columns"] * (columns is not None)
    changed += ["filters"] * (filters is not None)
    if changed:
        raise DataError(
            f"{', '.join(changed)} cannot be given with Blocks, which carry their own; give "
            f"{'it' if len(changed) == 1 else 'them'} to skdask.blocks.open together with the data"
        )
    return X


def _refuse_file_options(filters: Any, storage_options: Any) -> None:
    if filters is not None:
        raise DataError(
            "filters= leaves out rows of Parquet, Arrow IPC and CSV files; select rows of other "
            "data before: frame[frame['year'] > 2013], X[mask]"
        )
    if storage_options:
        raise DataError("storage_options= belong to a URL, and X is none")


def _is_name(value: Any, names: Sequence[Hashable], n_rows: int | None = None) -> bool:
    """Whether a value names columns of a table, and is not an array of labels."""
    if isinstance(value, list | tuple):
        if value and all(isinstance(item, Hashable) and item in names for item in value):
            # [0, 1, 0] are labels even where the columns are numbered
            return all(isinstance(item, str) for item in value) or len(set(value)) == len(value)
        return _looks_like_name(value) and len(value) != n_rows
    return isinstance(value, str) or (isinstance(value, int) and value in names)


def _looks_like_name(value: Any) -> bool:
    if isinstance(value, list | tuple):
        # a list of labels is as long as a column, and repeats itself
        return (
            bool(value) and all(isinstance(v, str) for v in value) and len(set(value)) == len(value)
        )
    return isinstance(value, str)


def _apart(given: dict[str, Any], named: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is neither a column nor None, as Dask collections and arrays in memory."""
    rest = {r: value for r, value in given.items() if value is not None and r not in named}
    beside = {role: value for role, value in rest.items() if is_dask(value)}
    return beside, {role: value for role, value in rest.items() if role not in beside}


def _refuse_beside(beside: dict[str, Any], what: str) -> None:
    if beside:
        role = next(iter(beside))
        raise UnsupportedError(
            f"{role} is a Dask collection and X is {what}; name a column of the file, give "
            f"{role}.compute(), or open X with Dask too"
        )


def _roles(
    named: dict[str, Any], drop: Sequence[Hashable], columns: Sequence[Hashable] | None
) -> dict[str, Any]:
    for role in ("sample_weight", "groups"):
        value = named.get(role)
        if isinstance(value, list | tuple):
            if len(value) != 1:
                raise DataError(f"{role} should be one column, got {value!r}")
            named = {**named, role: value[0]}
    return {**named, "drop": drop, "chosen": columns}


def _with_companions(source: Source, held: dict[str, Any]) -> Blocks:
    if not held:
        blocks = Blocks(source)
        # of what a filter leaves of a large piece, blocks cannot be cut before it is counted
        return blocks.counted() if blocks.is_coarse and source.is_filtered else blocks
    y = held.get("y")
    name = getattr(y, "name", None)
    companions = Companions(
        y=None if y is None else in_memory_vector(y, "y", max_ndim=2),
        sample_weight=_vector(held, "sample_weight"),
        groups=_vector(held, "groups"),
        y_name=name if isinstance(name, str) else None,
    )
    if any(piece.n_rows is None for piece in source.pieces):
        # rows are matched by position, so every piece must know where it begins
        source = source.counted(source.lengths())
    return Blocks(source, companions)


def _vector(held: dict[str, Any], role: str) -> Any:
    return in_memory_vector(held[role], role) if role in held else None
