"""Some rows of a collection, lazily: those that have a number of their own.

Which rows is known from a number a row, one byte each. Every collection is cut where its own
chunks or partitions are, so that collections in other chunks than each other are split alike and
none is rechunked. Rows keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skdask.blocks.dask_collections import is_dask, is_dask_array, known_lengths
from skdask.rows import is_sparse

Lengths = tuple[int, ...]


def lengths_of(collections: Sequence[Any]) -> list[Lengths]:
    """The rows of every chunk or partition; those of Dask that are unknown, in one computation."""
    known: list[Any] = []
    for collection in collections:
        lengths = known_lengths(collection) if is_dask(collection) else (_length(collection),)
        known.append(_counting(collection) if None in lengths else lengths)
    counted = dask.compute(*known)
    return [tuple(int(length) for length in lengths) for lengths in counted]


def _length(values: Any) -> int:
    return int(values.shape[0]) if hasattr(values, "shape") else len(values)


def _counting(collection: Any) -> Any:
    if is_dask_array(collection):
        pieces = collection.to_delayed()
        first = pieces.reshape(len(pieces), -1)[:, 0]
        return [dask.delayed(_length)(piece) for piece in first]
    return collection.map_partitions(len)


def rows_with(collection: Any, lengths: Lengths, numbers: NDArray[Any], number: int) -> Any:
    """The rows of a collection that have the number, in their order.

    Parameters
    ----------
    collection : Dask Array, DataFrame or Series, or rows in memory
    lengths : tuple of int
        The rows of its pieces.
    numbers : ndarray of shape (n_rows,)
    number : int

    Returns
    -------
    A lazy collection of the same kind; in memory what is in memory.
    """
    if not is_dask(collection):
        return _in_memory(collection, np.flatnonzero(numbers == number))
    bounds = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    parts = [numbers[start:stop] for start, stop in pairwise(bounds)]
    take = partial(_take, number=number)
    if not is_dask_array(collection):
        beside = dd.from_map(pd.Series, parts, meta=pd.Series(numbers[:0]))
        return collection.map_partitions(
            take, beside, meta=collection._meta, align_dataframes=False
        )
    axes = tuple(range(collection.ndim))
    return da.blockwise(
        take,
        axes,
        collection,
        axes,
        da.from_array(numbers, chunks=(lengths,)),
        (0,),
        adjust_chunks={0: tuple(int(np.count_nonzero(part == number)) for part in parts)},
        align_arrays=False,
        dtype=collection.dtype,
        meta=collection._meta,
    )


def _in_memory(rows: Any, positions: NDArray[np.intp]) -> Any:
    if hasattr(rows, "iloc"):
        return rows.iloc[positions]
    if isinstance(rows, list | tuple):
        return [rows[position] for position in positions.tolist()]
    return (rows.tocsr() if is_sparse(rows) else rows)[positions]


def _take(piece: Any, numbers: Any, number: int) -> Any:
    mine = np.asarray(numbers) == number
    if len(mine) != piece.shape[0]:
        raise ValueError(
            f"a chunk has {piece.shape[0]} rows, and had {len(mine)} when the rows were counted; "
            "split data that stay the same"
        )
    return piece[mine] if hasattr(piece, "iloc") else piece[np.flatnonzero(mine)]
