"""Arrow IPC files (`.arrow`, Feather): memory-mapped; a piece is a record batch.

The batches of an uncompressed file are views of the map, so any slice of one is read without
the rest. A compressed batch is decoded as a whole, for all of its blocks together.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from dask.utils import format_bytes

from skdask.blocks.columns import arrow_column, arrow_rows, index_columns
from skdask.blocks.files import cannot_read, check_same_columns
from skdask.blocks.schema import Layout, layout_of
from skdask.blocks.source import Piece, Source
from skdask.exceptions import MemoryBudgetError
from skdask.rows import Rows


class IpcSource(Source):
    """Arrow IPC files of the same columns."""

    kind = "Arrow IPC"
    piece_name = "record batch"

    def __init__(self, paths: Sequence[str], name: str, **roles: Any) -> None:
        self.paths = tuple(paths)
        self.name = name
        schemas: list[Any] = []
        self.batches: list[tuple[int, int]] = []
        pieces: list[Piece] = []
        compressed = False
        for file, path in enumerate(self.paths):
            with _reader(path) as (reader, mapped):
                schemas.append(reader.schema)
                first = [(field.name, field.type) for field in schemas[0]]
                found = [(field.name, field.type) for field in reader.schema]
                check_same_columns(first, found, path, self.paths[0])
                compressed |= not _is_view(reader, mapped)
                count = reader.num_record_batches
            for batch, n_rows in enumerate(_batch_lengths(path, count)):
                self.batches.append((file, batch))
                pieces.append(Piece(f"{os.path.basename(path)}, record batch {batch}", n_rows))
        self.random_access = not compressed
        self.pieces = tuple(pieces)
        self.names = tuple(tuple(schema.names) for schema in schemas)
        self.layout: Layout
        self.layout, self.schema = layout_of(
            [arrow_column(field) for field in schemas[0]],
            name,
            first_value=self._first,
            index=index_columns(schemas[0]),
            **roles,
        )

    def _first(self, column: Hashable) -> Any:
        if not self.batches:
            return None
        values = self._batch(0, [column]).column(0)
        return values[0].as_py() if len(values) else None

    def _batch(self, piece: int, columns: Sequence[Hashable]) -> Any:
        file, batch = self.batches[piece]
        positions = [self.names[file].index(str(name)) for name in columns]
        with _reader(self.paths[file], positions) as (reader, _):
            return reader.get_batch(batch)

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        bounds = bounds or [(0, self.pieces[piece].n_rows or 0)]
        columns = self.layout.needed(features)
        if not columns:
            yield from (Rows(stop - start) for start, stop in bounds)
            return
        try:
            batch = self._batch(piece, columns)
        except pa.ArrowException as error:
            raise cannot_read(self.pieces[piece].where, error) from error
        start, end = bounds[0][0], bounds[-1][1]
        lengths = [stop - begin for begin, stop in bounds]
        part = batch.slice(start, end - start)
        yield from arrow_rows([part], lengths, self.layout, features)

    def check_memory(self, budget: int, rows: int) -> None:
        if self.random_access:
            return
        for piece in self.pieces:
            n_bytes = (piece.n_rows or 0) * self.schema.row_bytes
            if n_bytes > budget:
                raise MemoryBudgetError(
                    f"{piece.where} of {self.name} is compressed and needs {format_bytes(n_bytes)} "
                    f"in memory at once, and the budget is {format_bytes(budget)}: write the file "
                    f"uncompressed or with chunksize={rows}, or raise "
                    "skdask.config.set(memory_limit=...)"
                )


@contextmanager
def _reader(path: str, positions: list[int] | None = None) -> Iterator[tuple[Any, Any]]:
    """A reader of some fields of a file, and the file's map. Batches outlive both."""
    options = pa.ipc.IpcReadOptions(included_fields=positions, use_threads=False)
    try:
        mapped = pa.memory_map(path)
        with pa.ipc.open_file(mapped, options=options) as reader:
            yield reader, mapped
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise cannot_read(
            path,
            error,
            "The file is cut short, damaged, or not in Arrow's file format (a stream, Feather "
            "version 1): write it again with pyarrow.feather.write_feather, or remove it",
        ) from error


def _batch_lengths(path: str, count: int) -> list[int]:
    # one field is enough; of a compressed file only that is decoded
    with _reader(path, [0]) as (reader, _):
        return [reader.get_batch(batch).num_rows for batch in range(count)]


def _is_view(reader: Any, mapped: Any) -> bool:
    """Whether batches point into the map: they do unless the file is compressed."""
    if reader.num_record_batches == 0:
        return True
    mapped.seek(0)
    whole = mapped.read_buffer(mapped.size())
    for column in reader.get_batch(0).columns:
        for buffer in column.buffers():
            if buffer is not None and buffer.size:
                return bool(whole.address <= buffer.address < whole.address + whole.size)
    return True
