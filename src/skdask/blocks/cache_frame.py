"""A pandas frame as an Arrow stream that is mapped: how blocks of tables lie in a cache folder.

Numbers without gaps and text are views of the file when they come back; dates, categories and
nullable numbers are converted as they are from any Arrow file. Only frames that come back with the
same types are stored, and NaN stays NaN.
"""

from __future__ import annotations

from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray


def arrow_table(frame: Any) -> Any | None:
    """A frame as Arrow's table, None where types or names would not come back as they were."""
    if not all(isinstance(name, str | int) for name in frame.columns):
        return None
    try:
        schema = pa.Schema.from_pandas(_numbered(frame.iloc[:0]), preserve_index=False)
        arrays = [_arrow_array(frame.iloc[:, place]) for place in range(frame.shape[1])]
        table = pa.Table.from_arrays(arrays, schema=schema)
        restored = table.slice(0, 0).to_pandas().dtypes
    except (pa.ArrowException, ValueError, TypeError):
        return None
    same = all(one == other for one, other in zip(restored, frame.dtypes, strict=True))
    return table if same and object not in set(frame.dtypes) else None


def _numbered(frame: Any) -> Any:
    """The frame with names that are Arrow's: text, each once."""
    return frame.set_axis([str(place) for place in range(frame.shape[1])], axis=1)


def _arrow_array(column: Any) -> Any:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return pa.array(column.to_numpy())  # which leaves NaN what it is
    return pa.array(column, from_pandas=True)


def stream_bytes(table: Any) -> int:
    """How long the stream is."""
    counted = pa.MockOutputStream()
    write_stream(counted, table)
    return int(counted.size())


def write_stream(file: IO[bytes] | Any, table: Any) -> None:
    """Write a table as a stream."""
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


def mapped_frame(stream: NDArray[np.uint8], columns: list[str | int]) -> Any:
    """The frame of a stream in memory, of which it is a view as far as it can be."""
    table = pa.ipc.open_stream(pa.py_buffer(stream)).read_all()
    frame = table.to_pandas(split_blocks=True)
    return frame.set_axis(pd.Index(columns), axis=1)
