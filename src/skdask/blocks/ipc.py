"""Arrow IPC files (`.arrow`, Feather): memory-mapped; a piece is a record batch.

The batches of an uncompressed file are views of the map, so any slice of one is read without
the rest. A compressed, a remote and a filtered batch is decoded as a whole, for all of its
blocks together.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pyarrow as pa
from dask.utils import format_bytes

from skdask.blocks.columns import arrow_columns, arrow_rows, index_columns, is_number
from skdask.blocks.cut import Span
from skdask.blocks.file_source import FileSource
from skdask.blocks.files import Files, cannot_read, check_same_columns
from skdask.blocks.freed import handed_out
from skdask.blocks.source import Piece, Stamp
from skdask.blocks.stores import Store
from skdask.exceptions import MemoryBudgetError
from skdask.rows import Rows

# Files of which the maps are kept
MOST_OPEN = 16


class IpcSource(FileSource):
    """Arrow IPC files of the same columns."""

    kind = "Arrow IPC"
    piece_name = "record batch"
    joins = True

    def __init__(self, files: Files, filters: Any = None, **roles: Any) -> None:
        super().__init__(files)
        self._maps = _Maps()
        with _reader(self.store, self.paths[0]) as (reader, _):
            first = reader.schema
        self.take_partitions(first.names)
        self.take_filter(filters, first)
        described = self.side_by_side(partial(_describe, self.store), self.paths)
        self.batches: list[tuple[int, int]] = []
        pieces: list[tuple[str, int]] = []
        expected = [(field.name, field.type) for field in first]
        for file, (path, (schema, lengths, _)) in enumerate(
            zip(self.paths, described, strict=True)
        ):
            found = [(field.name, field.type) for field in schema]
            check_same_columns(expected, found, path, files.paths[0])
            for batch, n_rows in enumerate(lengths):
                self.batches.append((file, batch))
                pieces.append((f"{self.labels[file]}, record batch {batch}", n_rows))
        self.mapped = all(is_view for *_, is_view in described)
        self.random_access = self.mapped and self.filter is None
        # of a map only blocks are made, and the pool makes the next one in the same pages
        self.pooled = not self.random_access
        self.names = tuple(tuple(schema.names) for schema, *_ in described)
        self.lay_out(
            arrow_columns(first, self._widths(first)),
            index=index_columns(first),
            **roles,
        )
        row_bytes = self.schema.row_bytes
        self.pieces = tuple(
            Piece(where, n_rows) if self.filter is None else Piece(where, None, n_rows * row_bytes)
            for where, n_rows in pieces
        )

    def _widths(self, schema: Any) -> dict[str, int]:
        """Bytes of a value of each column that is no number, as in the first batch."""
        texts = [field.name for field in schema if not is_number(field.type)]
        if not self.batches or not texts:
            return {}
        batch = self._batch(0, texts)
        return {name: -(-batch.column(name).nbytes // max(1, len(batch))) for name in texts}

    def first_value(self, column: Hashable) -> Any:
        if not self.batches or column not in self.names[0]:
            return None
        values = self._batch(0, [str(column)]).column(0)
        return values[0].as_py() if len(values) else None

    def _batch(self, piece: int, columns: Sequence[str]) -> Any:
        file, batch = self.batches[piece]
        if self.mapped:
            # views of all columns cost nothing; with fields chosen, Arrow would copy them
            return self._maps.batch(self.paths[file], batch).select(list(columns))
        positions = [self.names[file].index(name) for name in columns]
        with _reader(self.store, self.paths[file], positions) as (reader, _):
            return reader.get_batch(batch)

    def _filtered(self, piece: int, columns: Sequence[str]) -> Any:
        try:
            batch = self._batch(piece, columns)
        except pa.ArrowException as error:
            raise cannot_read(self.pieces[piece].where, error) from error
        (whole,) = self.completed([batch], self.batches[piece][0], True)
        return whole

    def length(self, piece: int) -> int:
        file = self.batches[piece][0]
        return int(self._filtered(piece, self.count_columns(self.names[file])).num_rows)

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        if not self.layout.needed(features):
            known = self.pieces[piece].n_rows
            n_rows = known if known is not None else self.length(piece)
            yield from (Rows(stop - start) for start, stop in bounds or [(0, n_rows)])
            return
        columns = self.file_columns(features, self.names[self.batches[piece][0]], True)
        batch = self._filtered(piece, columns)
        if bounds is None:
            bounds = [(0, batch.num_rows)]
        start, end = bounds[0][0], bounds[-1][1]
        lengths = [stop - begin for begin, stop in bounds]
        parts = [batch.slice(start, end - start)]
        del batch
        yield from arrow_rows(handed_out(parts), lengths, self.layout, features)

    def read_whole(self, spans: Sequence[Span], features: bool) -> Iterator[Rows]:
        return self.stacked(spans, features, self._batches)

    def _batches(self, piece: int, features: bool) -> list[Any]:
        columns = self.file_columns(features, self.names[self.batches[piece][0]], True)
        return [self._filtered(piece, columns)]

    def decoding_bytes(self, piece_bytes: int, rows: int) -> int:
        if self.random_access:
            # Arrow's pool keeps a block that was met
            return rows * self.schema.row_bytes
        # compressed, decoded and the buffers between, and the one before, which Arrow's pool
        # keeps; a filter copies
        return piece_bytes * (4 + (self.filter is not None))

    def stamp(self) -> Stamp | None:
        # an uncompressed file is mapped as it is
        return None if self.random_access else self.files_stamp()

    def check_memory(self, budget: int, rows: int) -> None:
        if self.random_access:
            return
        why = "is compressed" if not self.waits else "is remote"
        why = why if not self.mapped else "is filtered"
        for piece in self.pieces:
            n_bytes = piece.n_bytes or (piece.n_rows or 0) * self.schema.row_bytes
            if n_bytes > budget:
                raise MemoryBudgetError(
                    f"{piece.where} of {self.name} {why} and needs {format_bytes(n_bytes)} "
                    f"in memory at once, and the budget is {format_bytes(budget)}: write the file "
                    f"uncompressed or with chunksize={rows}, or raise "
                    "skdask.config.set(memory_limit=...)"
                )


class _Maps:
    """Readers of the files that were read last, kept open.

    Opening one waits for a thread of Arrow's, on a busy machine for milliseconds a block. A file
    that was written anew is opened anew; another process opens its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[str, tuple[tuple[int, ...], Any]] = OrderedDict()

    def __reduce__(self) -> Any:
        return _Maps, ()

    def batch(self, path: str, number: int) -> Any:
        with _explained(path), self._lock:
            there = os.stat(path)
            facts = (there.st_ino, there.st_size, there.st_mtime_ns)
            known = self._open.pop(path, None)
            if known is None or known[0] != facts:
                known = (facts, pa.ipc.open_file(pa.memory_map(path), options=_options(None)))
            self._open[path] = known
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
            return known[1].get_batch(number)


def _options(positions: list[int] | None) -> Any:
    return pa.ipc.IpcReadOptions(included_fields=positions, use_threads=False)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Arrow's errors as ours, with what to do."""
    try:
        yield
    except (FileNotFoundError, PermissionError, ImportError):
        raise
    except (pa.ArrowException, OSError) as error:
        raise cannot_read(
            path,
            error,
            "The file is cut short, damaged, or not in Arrow's file format (a stream, Feather "
            "version 1): write it again with pyarrow.feather.write_feather, or remove it",
        ) from error


@contextmanager
def _reader(
    store: Store, path: str, positions: list[int] | None = None
) -> Iterator[tuple[Any, Any]]:
    """A reader of some fields of a file, and the file's map. Batches outlive both."""
    with _explained(path):
        opened = store.arrow(path)
        stream = pa.PythonFile(opened, "r") if store.is_remote else pa.memory_map(opened)
        with pa.ipc.open_file(stream, options=_options(positions)) as reader:
            yield reader, stream


def _describe(store: Store, path: str) -> tuple[Any, list[int], bool]:
    """Schema, rows of the batches, and whether they are views of a map."""
    with _reader(store, path) as (reader, stream):
        schema, count = reader.schema, reader.num_record_batches
        is_view = not store.is_remote and _is_view(reader, stream)
    # one field is enough for lengths; of a compressed file only that is decoded
    with _reader(store, path, [0]) as (reader, _):
        return schema, [reader.get_batch(batch).num_rows for batch in range(count)], is_view


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
