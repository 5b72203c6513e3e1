"""Parquet files: a piece is a row group, streamed slice by slice.

Reading is Arrow's record batch stream over buffered pages, so a row group is never whole in
memory. Measured on one row group of 1,300,000 x 100 float64 (1 GB): 0.3 GB at peak with a
small buffer per column, 1.4 GB with whole column chunks, and the buffered one is the faster.
A batch is a block wherever there is room: Arrow then copies it into the matrix at once, and
decodes 20 % faster than in batches that fit a cache.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Hashable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property, partial
from itertools import chain, groupby
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from dask.utils import format_bytes

from skdask.blocks.columns import arrow_columns, arrow_rows, index_columns, is_number
from skdask.blocks.cut import Span
from skdask.blocks.file_source import FileSource
from skdask.blocks.files import Files, cannot_read, check_same_columns
from skdask.blocks.parquet_pages import BUFFER_BYTES, held_by_column, streaming_bytes
from skdask.blocks.source import Piece, Stamp
from skdask.blocks.stores import Store
from skdask.exceptions import MemoryBudgetError
from skdask.rows import Rows

# Shorter blocks, those of wide tables, are decoded a few at a time: a batch costs something for
# every column (500 float64: 1.9 GB/s with batches of 4,167 rows, 2.5 with 12,500).
SHORT_ROWS = 3 * 2**12
SHORT_BLOCKS = 3

# Rows decoded at a time where memory is tight: what a core's cache takes of some tens of columns.
TIGHT_ROWS = 2**14

# Rows decoded at a time where the rows that pass a filter are counted, or not known yet.
COUNT_ROWS = 2**16

# Of a remote row group this much is fetched at once and held compressed; a larger one streams
# through a buffer a column, one request after another. A sixteenth of it where memory is tight.
PREFETCH_BYTES = 2**28
REMOTE_BUFFER_BYTES = 2**20

# Row groups of a file that say how long its texts are.
WIDTH_GROUPS = 4


class ParquetSource(FileSource):
    """Parquet files of the same columns."""

    kind = "Parquet"
    piece_name = "row group"
    streams = True
    joins = True
    parallel = False
    roomy = True

    def __init__(self, files: Files, filters: Any = None, **roles: Any) -> None:
        super().__init__(files)
        first = _metadata(self.store, self.paths[0])
        schema = _schema(first, self.paths[0])
        self.names = tuple(schema.names)
        self.take_partitions(schema.names)
        self.take_filter(filters, schema)
        self.metadata = self.side_by_side(partial(_metadata, self.store), self.paths)
        expected = [(field.name, field.type) for field in schema]
        for path, metadata in zip(self.paths, self.metadata, strict=True):
            found = [(field.name, field.type) for field in _schema(metadata, path)]
            check_same_columns(expected, found, path, files.paths[0])
        self._take_groups()
        self.lay_out(
            arrow_columns(schema, _widths(self.metadata, schema)),
            index=index_columns(schema),
            **roles,
        )
        self.pieces = tuple(self._piece(number) for number in range(len(self.groups)))

    def _take_groups(self) -> None:
        """The row groups in which rows may pass the filter."""
        self.groups: list[tuple[int, int]] = []
        whole: set[int] = set()
        there = 0
        for file, metadata in enumerate(self.metadata):
            there += metadata.num_row_groups
            some, all_of = list(range(metadata.num_row_groups)), set(range(metadata.num_row_groups))
            if self.filter is not None:
                some, all_of = self.filter.row_groups(metadata, self.values[file])
            for group in some:
                if group in all_of:
                    whole.add(len(self.groups))
                self.groups.append((file, group))
        self.whole = frozenset(whole)
        if self.filter is not None:
            self.notes += (
                f"filters leave {len(self.groups)} of {there} row groups by their statistics; in "
                f"{len(self.whole)} of them all rows pass",
            )

    def _piece(self, number: int) -> Piece:
        file, group = self.groups[number]
        n_rows = self.metadata[file].row_group(group).num_rows
        where = f"{self.labels[file]}, row group {group}"
        if number in self.whole:
            return Piece(where, n_rows)
        return Piece(where, None, n_rows * self.schema.row_bytes)

    def first_value(self, column: Hashable) -> Any:
        if not self.groups or column not in self.names:
            return None
        for batch in self._decoded([0], [str(column)], 1):
            return batch.column(0)[0].as_py() if batch.num_rows else None
        return None

    def _batches(
        self, pieces: Sequence[int], columns: list[str], rows: int
    ) -> Generator[Any, None, None]:
        """Record batches of row groups of one file, their rows filtered."""
        filtered = not self.whole.issuperset(pieces)
        decoded = self._decoded(pieces, columns, rows)
        return self.completed(decoded, self.groups[pieces[0]][0], filtered)

    def _decoded(
        self, pieces: Sequence[int], columns: list[str], rows: int
    ) -> Generator[Any, None, None]:
        """Record batches of row groups of one file."""
        file = self.groups[pieces[0]][0]
        groups = [self.groups[piece][1] for piece in pieces]
        path, metadata = self.paths[file], self.metadata[file]
        try:
            ranges: list[tuple[int, int]] = []
            if self.waits:
                ranges = wanted_ranges(metadata, groups, columns, self.prefetched)
            with pq.ParquetFile(
                self.store.arrow(path, ranges),
                metadata=metadata,
                memory_map=False,
                pre_buffer=False,
                buffer_size=REMOTE_BUFFER_BYTES if self.waits and not ranges else BUFFER_BYTES,
            ) as parquet:
                yield from parquet.iter_batches(
                    batch_size=rows, row_groups=groups, columns=columns, use_threads=self.parallel
                )
        except (FileNotFoundError, PermissionError, ImportError):
            raise
        except (pa.ArrowException, OSError, ValueError) as error:
            if len(pieces) > 1:
                # which of them it is, the error does not say
                for piece in pieces:
                    deque(self._decoded([piece], columns, rows), maxlen=0)
            raise cannot_read(f"row group {groups[0]} of {path}", error) from error

    def length(self, piece: int) -> int:
        columns = self.count_columns(self.names)
        return sum(batch.num_rows for batch in self._batches([piece], columns, COUNT_ROWS))

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        columns = self.file_columns(features, self.names, piece not in self.whole)
        known = self.pieces[piece].n_rows
        if bounds is None and known is not None:
            bounds = [(0, known)]
        lengths = None if bounds is None else [stop - start for start, stop in bounds]
        if not self.layout.needed(features):
            yield from (Rows(length) for length in lengths or [self.length(piece)])
            return
        rows = COUNT_ROWS if lengths is None else self.batch_rows(max(lengths))
        batches = self._batches([piece], columns, rows)
        try:
            yield from arrow_rows(batches, lengths, self.layout, features)
        finally:
            batches.close()

    def read_whole(self, spans: Sequence[Span], features: bool) -> Iterator[Rows]:
        """Read whole row groups, those of one file as one batch."""
        n_rows = sum(span.n_rows or 0 for span in spans)
        at_once = max(1, n_rows if self.roomy else min(n_rows, TIGHT_ROWS))
        if not self.layout.needed(features):
            yield Rows(n_rows)
            return
        pieces = [span.piece for span in spans]
        columns = self.file_columns(features, self.names, not self.whole.issuperset(pieces))
        by_file = [
            list(group) for _, group in groupby(pieces, key=lambda piece: self.groups[piece][0])
        ]
        parts: Iterable[Iterable[Any]]
        if self.waits:
            # small files: their requests are under way together
            parts = self.side_by_side(
                lambda part: list(self._batches(part, columns, at_once)), by_file
            )
        else:
            parts = (self._batches(part, columns, at_once) for part in by_file)
        batches = chain.from_iterable(parts)
        yield from arrow_rows(batches, [n_rows], self.layout, features)

    def suited(self, *, spare_threads: bool, roomy: bool) -> Self:
        other = copy(self)
        other.parallel, other.roomy = spare_threads, roomy
        return other

    def batch_rows(self, rows: int) -> int:
        """Rows to decode at a time for blocks of some rows."""
        if not self.roomy:
            return min(rows, TIGHT_ROWS)
        return rows * max(1, min(SHORT_BLOCKS, -(-SHORT_ROWS // rows)))

    def decoding_bytes(self, piece_bytes: int, rows: int) -> int:
        """Pages and dictionaries of the largest row group, and a decoded batch of it."""
        found = self._largest_pages + self.batch_rows(rows) * self.schema.row_bytes
        if not self.waits:
            return found
        # compressed, also of the small row groups that make one block
        return found + max(self._largest_fetch, rows * self.schema.row_bytes)

    @property
    def prefetched(self) -> int:
        """Bytes of a remote row group that are fetched at once at most."""
        return PREFETCH_BYTES if self.roomy else PREFETCH_BYTES // 16

    @cached_property
    def _largest_fetch(self) -> int:
        """Bytes of the largest row group that are held compressed."""
        columns = self.file_columns(True, self.names, True)
        streamed = len(columns) * REMOTE_BUFFER_BYTES
        largest = 0
        for file, group in self.groups:
            ranges = wanted_ranges(self.metadata[file], [group], columns, self.prefetched)
            fetched = sum(stop - start for start, stop in ranges)
            largest = max(largest, fetched or streamed)
        return largest

    @cached_property
    def _largest_pages(self) -> int:
        return max((self._pages(*place) for place in self.groups), default=0)

    def _pages(self, file: int, group: int) -> int:
        """What Arrow holds of a row group beside the batch that it decodes."""
        metadata = self.metadata[file]
        columns = set(self.file_columns(True, self.names, True))
        held = self._held.get(metadata.created_by, {})
        return streaming_bytes(metadata.row_group(group), columns, held)

    @cached_property
    def _held(self) -> dict[str, dict[str, int]]:
        """By writer, what is held of a column, as its largest row group tells.

        Behind a network a look at every column would cost as much as reading.
        """
        largest: dict[str, tuple[int, int, int]] = {}
        for file, group in () if self.waits else self.groups:
            metadata = self.metadata[file]
            size = metadata.row_group(group).total_byte_size
            known = largest.get(metadata.created_by, (0, 0, 0))
            largest[metadata.created_by] = max(known, (size, file, group))
        columns = set(self.file_columns(True, self.names, True))
        return {
            writer: held_by_column(self.paths[file], self.metadata[file].row_group(group), columns)
            for writer, (_, file, group) in largest.items()
        }

    def stamp(self) -> Stamp | None:
        return self.files_stamp()

    def check_memory(self, budget: int, rows: int) -> None:
        block = rows * self.schema.row_bytes
        for piece, (file, group) in enumerate(self.groups):
            need = block + self._pages(file, group)
            if need > budget:
                n_columns = len(self.file_columns(True, self.names, True))
                raise MemoryBudgetError(
                    f"{self.pieces[piece].where} of {self.name} needs {format_bytes(need)} even "
                    f"when it is streamed ({n_columns} columns), and the budget is "
                    f"{format_bytes(budget)}: write the file with a smaller row_group_size, read "
                    "fewer columns, or raise skdask.config.set(memory_limit=...)"
                )


def _widths(metadata: Sequence[Any], schema: Any) -> dict[str, int]:
    """Bytes of a value of each column that is no number, from what the footers say.

    Of a plain column that is its size; a dictionary's is that of its codes, so that the longest
    of the smallest and largest values stands for the text.
    """
    texts = {field.name for field in schema if not is_number(field.type)}
    if not texts:
        return {}
    widths: dict[str, int] = {}
    for footer in metadata:
        for group in range(min(footer.num_row_groups, WIDTH_GROUPS)):
            row_group = footer.row_group(group)
            for index in range(row_group.num_columns):
                column = row_group.column(index)
                name = column.path_in_schema
                if name in texts and column.num_values:
                    size = -(-column.total_uncompressed_size // column.num_values)
                    ends = column.statistics
                    if ends is not None and ends.has_min_max:
                        size = max(size, *(len(str(end)) + 8 for end in (ends.min, ends.max)))
                    widths[name] = max(widths.get(name, 0), size)
    return widths


def wanted_ranges(
    metadata: Any, groups: Sequence[int], columns: Sequence[str], most: int
) -> list[tuple[int, int]]:
    """Where the columns of row groups lie in their file; nothing where that is too much at once."""
    ranges: list[tuple[int, int]] = []
    names = set(columns)
    for group in groups:
        row_group = metadata.row_group(group)
        for index in range(row_group.num_columns):
            chunk = row_group.column(index)
            if chunk.path_in_schema in names:
                start = chunk.data_page_offset
                if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                    start = min(start, chunk.dictionary_page_offset)
                ranges.append((start, start + chunk.total_compressed_size))
    return ranges if sum(stop - start for start, stop in ranges) <= most else []


def _metadata(store: Store, path: str) -> Any:
    try:
        return pq.read_metadata(store.arrow(path))
    except (FileNotFoundError, PermissionError, ImportError):
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise cannot_read(f"the footer of {path}", error) from error


def _schema(metadata: Any, path: str) -> Any:
    try:
        return metadata.schema.to_arrow_schema()
    except (pa.ArrowException, ValueError) as error:
        raise cannot_read(f"the schema of {path}", error) from error
