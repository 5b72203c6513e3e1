"""CSV files: a piece is a range of about 16 MiB that ends where a record ends.

Types are inferred from the first range of the first file and hold for all. Numeric features
are float64 everywhere, so that a first range of whole numbers does not refuse a later 0.5;
the target keeps its own type.
"""

from __future__ import annotations

import os
import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv
from dask.utils import format_bytes

from skdask.blocks.columns import arrow_column, arrow_rows
from skdask.blocks.csv_ranges import ByteRange, byte_ranges, header_end
from skdask.blocks.files import cannot_read, check_same_columns
from skdask.blocks.schema import Column, Layout, layout_of
from skdask.blocks.source import Piece, Source, check_length
from skdask.exceptions import DataError, MemoryBudgetError, ReadError
from skdask.rows import Rows

# what pandas.read_csv takes for missing
NULLS = [
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
]  # fmt: skip


class CsvSource(Source):
    """CSV files of the same columns, with a header each."""

    kind = "CSV"
    piece_name = "range"

    def __init__(self, paths: Sequence[str], name: str, **roles: Any) -> None:
        self.paths = tuple(paths)
        self.name = name
        self.ranges: list[tuple[int, ByteRange]] = []
        self.headers: list[list[str]] = []
        for file, path in enumerate(self.paths):
            with open(path, "rb") as stream:
                start = header_end(stream)
                self.headers.append(_header(path, start))
                self.ranges += [(file, part) for part in _ranges(stream, start, path)]
            expected, found = (
                [(n, "column") for n in h] for h in (self.headers[0], self.headers[-1])
            )
            check_same_columns(expected, found, path, self.paths[0])
        self.types: dict[str, Any] = {}
        first = self._table(0, None) if self.ranges else None
        self.types = _types(first, self.headers[0])
        columns = [arrow_column(pa.field(name, kind)) for name, kind in self.types.items()]
        self.layout: Layout
        self.layout, self.schema = layout_of(
            columns,
            name,
            first_value=lambda column: _first(first, column),
            **roles,
        )
        self._fix_types(first)
        self.pieces = tuple(
            Piece(_where(self.paths[file], part), part.n_rows, self._estimate(part, first))
            for file, part in self.ranges
        )

    def _fix_types(self, first: Any) -> None:
        """Features and weights are float64, whatever the first range looks like."""
        weight = () if self.layout.weight is None else (self.layout.weight,)
        for name in (*self.layout.features, *weight):
            if not pa.types.is_boolean(self.types[str(name)]):
                self.types[str(name)] = pa.float64()
        for name in self.layout.y:
            if pa.types.is_null(self.types[str(name)]):
                raise DataError(
                    f"y: column {name!r} of {self.name} has no value in the first range of "
                    f"{self.paths[0]}, so that its type is not known; drop the rows without target"
                )
        columns = {name: arrow_column(pa.field(name, kind)) for name, kind in self.types.items()}
        self.layout, self.schema = _relayout(self.layout, columns)

    def _estimate(self, part: ByteRange, first: Any) -> int | None:
        if first is None or first.num_rows == 0:
            return None
        sample = self.ranges[0][1]
        share = (part.stop - part.start) / max(1, sample.stop - sample.start)
        return int(first.num_rows * share * self.schema.row_bytes)

    def _table(self, piece: int, columns: Sequence[str] | None) -> Any:
        file, part = self.ranges[piece]
        path = self.paths[file]
        with open(path, "rb") as stream:
            stream.seek(part.start)
            data = stream.read(part.stop - part.start)
        if len(data) < part.stop - part.start:
            raise ReadError(f"{path} is shorter than when it was opened; open it again")
        try:
            return pa_csv.read_csv(
                pa.BufferReader(data),
                read_options=pa_csv.ReadOptions(
                    use_threads=False, block_size=len(data) + 1, column_names=self.headers[file]
                ),
                parse_options=pa_csv.ParseOptions(newlines_in_values=part.quoted),
                convert_options=pa_csv.ConvertOptions(
                    column_types=self.types,
                    null_values=NULLS,
                    strings_can_be_null=True,
                    include_columns=columns,
                ),
            )
        except pa.ArrowInvalid as error:
            raise self._explained(error, path, part) from error

    def _explained(self, error: Exception, path: str, part: ByteRange) -> Exception:
        message = str(error)
        where = _where(path, part)
        conversion = re.search(r"In CSV column #(\d+)", message)
        if conversion:
            column = self._column_of(message, path, int(conversion[1]))
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

    def _column_of(self, message: str, path: str, number: int) -> str:
        names = self.headers[self.paths.index(path)]
        return names[number] if number < len(names) else str(number)

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        columns = [str(name) for name in self.layout.needed(features)]
        where = self.pieces[piece].where
        known = self.pieces[piece].n_rows
        if not columns:
            n_rows = known if known is not None else self.length(piece)
            yield from (Rows(stop - start) for start, stop in bounds or [(0, n_rows)])
            return
        table = self._table(piece, columns)
        check_length(table.num_rows, known, where)
        lengths = None if bounds is None else [stop - start for start, stop in bounds]
        yield from arrow_rows(table.to_batches(), lengths, self.layout, features)

    def length(self, piece: int) -> int:
        return int(self._table(piece, self.headers[0][:1]).num_rows)

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


def _header(path: str, stop: int) -> list[str]:
    with open(path, "rb") as stream:
        data = stream.read(stop)
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


def _first(table: Any, column: Hashable) -> Any:
    return None if table is None or not table.num_rows else table.column(column)[0].as_py()


def _relayout(layout: Layout, columns: dict[str, Column]) -> tuple[Layout, Any]:
    return layout, layout.schema([columns[str(name)].vector_dtype for name in layout.y])


def _where(path: str, part: ByteRange) -> str:
    return f"{os.path.basename(path)}, bytes {part.start} to {part.stop}"
