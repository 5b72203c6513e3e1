"""The same rows in every form that a fit on blocks takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import scipy.sparse

import skdask.blocks
from tests.cases import Data

Given = tuple[Any, Any, Any]  # X, y, sample_weight


def columns_of(given: Data) -> list[str]:
    """Names of the features, in the order of the columns."""
    return [f"x{number}" for number in range(given.X.shape[1])]


@dataclass(frozen=True)
class Arrangement:
    """How rows are handed over.

    Attributes
    ----------
    name : str
    rows : int
        Of a block.
    dtype : str
        Of X.
    weighted : bool
    give : callable
        From the data and a folder to X, y and sample_weight.
    named : bool
        Whether columns have names.
    by_partition : bool
        Whether blocks are partitions, since lengths are unknown.
    """

    name: str
    rows: int
    dtype: str
    weighted: bool
    give: Callable[[Data, Path], Given]
    named: bool = False
    by_partition: bool = False

    @property
    def in_fast_suite(self) -> bool:
        """Weighted ones see the most code; the others are for when there is time."""
        return self.weighted or (self.dtype == "int64" and self.rows == 7)

    def __str__(self) -> str:
        weights = ", weighted" if self.weighted else ""
        return f"{self.name}, {self.rows} rows, {self.dtype}{weights}"

    def block_bytes(self, given: Data) -> int:
        """The setting that makes blocks of so many rows."""
        targets = 0 if given.y is None else given.y[:1].size
        return 8 * self.rows * (given.X.shape[1] + targets + self.weighted)


def array_in(chunks: Any) -> Callable[[Data, Path], Given]:
    """A Dask Array in these chunks, with target and weights in others."""

    def give(given: Data, _: Path) -> Given:
        y, weight = (
            None if part is None else da.from_array(part, chunks=(61, *part.shape[1:]))
            for part in (given.y, given.sample_weight)
        )
        return da.from_array(given.X, chunks=chunks), y, weight

    return give


def sparse_in(chunks: Any, kind: Any) -> Callable[[Data, Path], Given]:
    """A Dask Array of sparse chunks of some kind."""

    def give(given: Data, folder: Path) -> Given:
        X, y, weight = array_in(chunks)(given, folder)
        return X.map_blocks(kind), y, weight

    return give


def _undeclared(given: Data, folder: Path) -> Given:
    """Chunks that turn out sparse, which their collection does not say."""
    X, y, weight = array_in((40, -1))(given, folder)
    return X.map_blocks(scipy.sparse.csr_array, meta=np.empty((0, 0), X.dtype)), y, weight


def _sparse_blocks(given: Data, _: Path) -> Given:
    opened = skdask.blocks.open(scipy.sparse.coo_array(given.X), given.y, given.sample_weight)
    return opened, None, None if given.sample_weight is None else True


def _array_with_memory(given: Data, _: Path) -> Given:
    return da.from_array(given.X, chunks=(80, -1)), given.y, given.sample_weight


def _frame(given: Data) -> tuple[pd.DataFrame, Any, Any]:
    frame = pd.DataFrame(given.X, columns=columns_of(given))
    y: Any = None
    if given.y is not None and given.y.ndim == 1:
        frame["y"], y = given.y, "y"
    elif given.y is not None:
        y = [f"y{k}" for k in range(given.y.shape[1])]
        frame[y] = given.y
    if given.sample_weight is not None:
        frame["weight"] = given.sample_weight
    return frame, y, None if given.sample_weight is None else "weight"


def _unknown_chunks(given: Data, _: Path) -> Given:
    frame, y, weight = _frame(given)
    lazy = dd.from_pandas(frame, npartitions=9)
    return (
        lazy[columns_of(given)].to_dask_array(),
        None if y is None else lazy[y].to_dask_array(),
        None if weight is None else lazy[weight].to_dask_array(),
    )


def _dask_frame(given: Data, _: Path) -> Given:
    frame, y, weight = _frame(given)
    return dd.from_pandas(frame, npartitions=4), y, weight


def _empty_partitions(given: Data, _: Path) -> Given:
    frame, y, weight = _frame(given)
    lazy = dd.from_pandas(frame, npartitions=4)
    none = lazy[lazy["x0"] > 1e9]
    lazy = dd.concat([none, lazy.partitions[:2], none, lazy.partitions[2:], none])
    return (
        lazy[columns_of(given)],
        None if y is None else lazy[y],
        None if weight is None else lazy[weight],
    )


def _parquet(given: Data, folder: Path) -> Given:
    frame, y, weight = _frame(given)
    for part, start in enumerate(range(0, len(frame), 70)):
        piece = frame.iloc[start : start + 70]
        piece.to_parquet(folder / f"part.{part}.parquet", row_group_size=33)
    return folder, y, weight


def _npy(given: Data, folder: Path) -> Given:
    np.save(folder / "X.npy", given.X)
    return folder / "X.npy", given.y, given.sample_weight


def _blocks(given: Data, _: Path) -> Given:
    opened = skdask.blocks.open(np.asfortranarray(given.X), given.y, given.sample_weight)
    return opened, None, None if given.sample_weight is None else True


ARRANGEMENTS = [
    Arrangement("chunks", 1, "float64", True, array_in((50, -1))),
    Arrangement("chunks", 7, "float64", False, array_in((50, -1))),
    Arrangement("small chunks", 30, "float32", True, array_in((12, -1))),
    Arrangement("one chunk", 1000, "float32", False, array_in((-1, -1))),
    Arrangement("column chunks", 7, "int64", False, array_in((40, 2))),
    Arrangement("y in memory", 1000, "int64", True, _array_with_memory),
    Arrangement("unknown chunks", 7, "float64", True, _unknown_chunks, by_partition=True),
    Arrangement("frame", 7, "float64", True, _dask_frame, True, True),
    Arrangement("frame", 1000, "float32", False, _dask_frame, True, True),
    Arrangement("empty partitions", 7, "float64", True, _empty_partitions, True, True),
    Arrangement("Parquet", 7, "float64", True, _parquet, True),
    Arrangement("Parquet", 1000, "int64", False, _parquet, True),
    Arrangement("npy", 7, "float64", False, _npy),
    Arrangement("Blocks", 1000, "float64", True, _blocks),
]

# for cases that take sparse rows
SPARSE_ARRANGEMENTS = [
    Arrangement("csr_array", 7, "float64", True, sparse_in((50, -1), scipy.sparse.csr_array)),
    Arrangement("csr_matrix", 30, "float32", True, sparse_in((12, -1), scipy.sparse.csr_matrix)),
    Arrangement(
        "csc, column chunks", 7, "int64", False, sparse_in((40, 2), scipy.sparse.csc_array)
    ),
    Arrangement("undeclared", 7, "float64", False, _undeclared),
    Arrangement("sparse Blocks", 1000, "float64", True, _sparse_blocks),
]
