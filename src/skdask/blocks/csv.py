"""CSV files: a piece is a range of about 16 MiB that ends where a record ends.

Types are inferred from the first range of the first file and hold for all. Numeric features
are float64 everywhere, so that a first range of whole numbers does not refuse a later 0.5;
the target keeps its own type.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv
from dask.utils import format_bytes

from skdask.blocks.columns import arrow_column, arrow_rows, is_number
from skdask.blocks.csv_ranges import ByteRange, byte_ranges, header_end
from skdask.blocks.cut import Span
from skdask.blocks.file_source import FileSource
from skdask.blocks.files import Files, cannot_read, check_same_columns
from skdask.blocks.freed import handed_out
from skdask.blocks.schema import Column, Layout
from skdask.blocks.source import Piece, Stamp, check_length
from skdask.exceptions import DataError, MemoryBudgetError, ReadError
from skdask.rows import Rows

# What is parsed at a time.
STEP_BYTES = 2**20

# what pandas.read_csv takes for missing
NULLS = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
]  # fmt: skip


class CsvSource(FileSource):
    """CSV files of the same columns, with a header each."""

    kind = "CSV"
    piece_name = "range"
    joins = True

    def __init__(self, files: Files, filters: Any = None, **roles: Any) -> None:
        super().__init__(files)
        self.headers: list[list[str]] = []
        self.ranges: list[tuple[int, ByteRange]] = []
        self.types: dict[str, Any] = {}
        self._scan(self.paths[:1])
        first = self._table(0, None) if self.ranges else None
        self._first_row = first.slice(0, 1).to_pylist() if first is not None else []
        self._sample_bytes = self.ranges[0][1].stop - self.ranges[0][1].start if self.ranges else 0
        self.types = _types(first, self.headers[0])
        self.take_partitions(self.headers[0])
        columns = [
            arrow_column(pa.field(name, kind), width=_width(first, name))
            for name, kind in self.types.items()
        ]
        self.lay_out(columns, **roles)
        self._fix_types(first)
        self.take_filter(filters, pa.schema(list(self.types.items())))
        if self.paths[:1] != files.paths[:1]:
            self.headers, self.ranges = [], []
        self._scan(self.paths[len(self.headers) :])
        expected = [(name, "column") for name in self.types]
        for path, header in zip(self.paths, self.headers, strict=True):
            check_same_columns(expected, [(n, "column") for n in header], path, files.paths[0])
        self.pieces = tuple(
            Piece(
                _where(self.labels[file], part),
                part.n_rows if self.filter is None else None,
                self._estimate(part, first),
            )
            for file, part in self.ranges
        )

    def _scan(self, paths: Sequence[str]) -> None:
        """Find header and ranges of some more files."""
        for path in paths:
            with self.store.open(path) as stream:
                start = header_end(stream)
                stream.seek(0)
                file = len(self.headers)
                self.headers.append(_header(path, stream.read(start)))
                self.ranges += [(file, part) for part in _ranges(stream, start, path)]

    def _fix_types(self, first: Any) -> None:
        """Numbers are float64, whatever the first range looks like; text and dates stay."""
        weight = () if self.layout.weight is None else (self.layout.weight,)
        for name in (*self.layout.features, *weight):
            kind = self.types.get(str(name))
            if kind is not None and is_number(kind):
                self.types[str(name)] = pa.float64()
        for name in self.layout.y:
            if name in self.types and pa.types.is_null(self.types[str(name)]):
                raise DataError(
                    f"y: column {name!r} of {self.name} has no value in the first range of "
                    f"{self.paths[0]}, so that its type is not known; drop the rows without target"
                )
        columns = {name: arrow_column(pa.field(name, kind)) for name, kind in self.types.items()}
        columns |= {field.name: arrow_column(field) for field in self.constants}
        self.layout, self.schema = _relayout(self.layout, columns)

    def first_value(self, column: Hashable) -> Any:
        return self._first_row[0].get(column) if self._first_row else None

    def _estimate(self, part: ByteRange, first: Any) -> int | None:
        if first is None or first.num_rows == 0:
            return None
        # of the text of its first range, as of the first file's
        share = (part.stop - part.start) / max(1, self._sample_bytes)
        return int(first.num_rows * share * self.schema.row_bytes)

    def _table(self, piece: int, columns: Sequence[str] | None) -> Any:
        file, part = self.ranges[piece]
        path = self.paths[file]
        data = self.store.read(path, part.start, part.stop)
        if len(data) < part.stop - part.start:
            raise ReadError(f"{path} is shorter than when it was opened; open it again")
        try:
            # in steps that a cache holds: a third faster, but a longer record would not be one
            if columns is not None and not part.quoted:
                try:
                    return self._parsed(data, file, columns, STEP_BYTES)
                except pa.ArrowInvalid as error:
                    if "straddl" not in str(error):
                        raise
            return self._parsed(data, file, columns, len(data) + 1, part.quoted)
        except pa.ArrowInvalid as error:
            raise self._explained(error, file, part) from error

    def _parsed(
        self,
        data: bytes,
        file: int,
        columns: Sequence[str] | None,
        step: int,
        quoted: bool = False,
    ) -> Any:
        return pa_csv.read_csv(
            pa.BufferReader(data),
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=step, column_names=self.headers[file]
            ),
            parse_options=pa_csv.ParseOptions(newlines_in_values=quoted),
            convert_options=pa_csv.ConvertOptions(
                column_types=self.types,
                null_values=NULLS,
                strings_can_be_null=True,
                include_columns=columns,
            ),
        )

    def _explained(self, error: Exception, file: int, part: ByteRange) -> Exception:
        message = str(error)
        where = _where(self.labels[file], part)
        conversion = re.search(r"In CSV column #(\d+)", message)
        if conversion:
            column = self._column_of(file, int(conversion[1]))
            return DataError(
                f"column {column!r} of {where} has a value of another type than in the first "
                f"range: {message}. Correct the value, leave the column out with drop=, or write "
                "the data as Parquet with the type that you want"
            )
        return cannot_read(
            f"{where} (rows are counted from the start of the range)",
            error,
            "A record has another number of fields than the header; correct or remove it",
        )

    def _column_of(self, file: int, number: int) -> str:
        names = self.headers[file]
        return names[number] if number < len(names) else str(number)

    def _filtered(self, piece: int, columns: Sequence[str]) -> list[Any]:
        table = self._table(piece, columns)
        if self.filter is None:
            check_length(table.num_rows, self.pieces[piece].n_rows, self.pieces[piece].where)
        return list(self.completed(table.to_batches(), self.ranges[piece][0], True))

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        known = self.pieces[piece].n_rows
        if not self.layout.needed(features):
            n_rows = known if known is not None else self.length(piece)
            yield from (Rows(stop - start) for start, stop in bounds or [(0, n_rows)])
            return
        columns = self.file_columns(features, self.headers[0], True)
        batches = self._filtered(piece, columns)
        lengths = None if bounds is None else [stop - start for start, stop in bounds]
        yield from arrow_rows(handed_out(batches), lengths, self.layout, features)

    def read_whole(self, spans: Sequence[Span], features: bool) -> Iterator[Rows]:
        columns = self.file_columns(features, self.headers[0], True)
        return self.stacked(spans, features, lambda piece, _: self._filtered(piece, columns))

    def decoding_bytes(self, piece_bytes: int, rows: int) -> int:
        """The text of a range and its fields, and what is parsed of it, step by step."""
        text = max((part.stop - part.start for _, part in self.ranges), default=0)
        return 3 * piece_bytes + 2 * text

    def length(self, piece: int) -> int:
        columns = self.count_columns(self.headers[0])
        return sum(batch.num_rows for batch in self._filtered(piece, columns))

    def stamp(self) -> Stamp | None:
        return self.files_stamp(self.types)

    def check_memory(self, budget: int, rows: int) -> None:
        for (_, part), piece in zip(self.ranges, self.pieces, strict=True):
            decoded = piece.n_bytes or 0
            if piece.n_rows is not None:
                decoded = piece.n_rows * self.schema.row_bytes
            # the text, its Arrow columns and the matrix
            need = 2 * decoded + part.stop - part.start
            if need > budget:
                raise MemoryBudgetError(
                    f"{piece.where} needs {format_bytes(need)} in memory at once, and the budget "
                    f"is {format_bytes(budget)}: raise skdask.config.set(memory_limit=...), or "
                    f"write the data as Parquet with row_group_size={rows}"
                )


def _ranges(stream: BinaryIO, start: int, path: str) -> list[ByteRange]:
    try:
        return byte_ranges(stream, start)
    except ValueError as error:
        raise cannot_read(
            path, error, "Double the quotes within fields, or write the data as Parquet"
        ) from error


def _header(path: str, data: bytes) -> list[str]:
    try:
        names = pa_csv.read_csv(pa.BufferReader(data)).column_names
    except pa.ArrowInvalid as error:
        raise cannot_read(
            f"the header of {path}", error, "The first line must name the columns"
        ) from error
    return list(names)


def _types(first: Any, names: Sequence[str]) -> dict[str, Any]:
    if first is None:
        return dict.fromkeys(names, pa.float64())
    return {field.name: field.type for field in first.schema}


def _width(first: Any, name: str) -> int:
    """Bytes of a value, as those of the first range."""
    if first is None or not first.num_rows:
        return 8
    return -(-first.column(name).nbytes // first.num_rows)


def _relayout(layout: Layout, columns: dict[str, Column]) -> tuple[Layout, Any]:
    return layout, layout.schema([columns[str(name)].vector_dtype for name in layout.y])


def _where(label: str, part: ByteRange) -> str:
    return f"{label}, bytes {part.start} to {part.stop}"
