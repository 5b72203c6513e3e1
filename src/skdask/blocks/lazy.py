"""Blocks as a lazy Dask collection of the features, one partition a unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from skdask.blocks.reader import concatenate
from skdask.blocks.schema import FLOAT64
from skdask.rows import Rows

if TYPE_CHECKING:
    from skdask.blocks.blocks import Blocks


def as_dask(blocks: Blocks) -> Any:
    """A Dask DataFrame where there are feature names, else a Dask Array."""
    return _frame(blocks) if blocks.feature_names is not None else _array(blocks)


def unit_matrix(blocks: Blocks, unit: int) -> Any:
    """The features of a unit."""
    return concatenate([block.rows for block in blocks.read(unit)]).X


def unit_frame(unit: int, blocks: Blocks) -> pd.DataFrame:
    """The features of a unit as a frame, its index the row numbers where they are known."""
    X = unit_matrix(blocks, unit)
    frame = X
    if not blocks.table:
        frame = pd.DataFrame(X, columns=pd.Index(blocks.feature_names or ()), copy=False)
    first_row = blocks._cut.first_rows[blocks.units[unit].start]
    if first_row is not None:
        frame.index = pd.RangeIndex(first_row, first_row + len(frame))
    return frame


def _frame(blocks: Blocks) -> Any:
    import dask.dataframe as dd

    names = pd.Index(blocks.feature_names or ())
    meta = blocks.template
    if not blocks.table:
        meta = pd.DataFrame(np.empty((0, len(names)), dtype=blocks.dtype), columns=names)
    return dd.from_map(unit_frame, range(len(blocks.units)), blocks=blocks, meta=meta)


def _array(blocks: Blocks) -> Any:
    empty = sparse.csr_array if blocks.sparse else np.empty
    meta = empty((0, blocks.n_features), dtype=blocks.dtype)
    return rows_of_units(blocks, _features, meta)


def _features(rows: Rows) -> Any:
    return rows.X


def rows_of_units(blocks: Blocks, function: Callable[[Rows], Any], meta: Any) -> Any:
    """What a function makes of the rows of every unit, a row for each, as a Dask Array."""
    import dask.array as da
    from dask import delayed

    read = delayed(_of_unit, pure=False)
    kept = delayed(blocks, pure=False)
    firsts = [blocks._cut.first_rows[unit.start] for unit in blocks.units]
    parts = []
    for unit, first in enumerate(firsts):
        end = firsts[unit + 1] if unit + 1 < len(firsts) else blocks.n_rows
        rows = FLOAT64.type("nan") if first is None or end is None else end - first
        shape = (rows, *meta.shape[1:])
        parts.append(da.from_delayed(read(kept, unit, function), shape=shape, meta=meta))
    return da.concatenate(parts, allow_unknown_chunksizes=True)


def _of_unit(blocks: Blocks, unit: int, function: Callable[[Rows], Any]) -> Any:
    return function(concatenate([block.rows for block in blocks.read(unit)]))
