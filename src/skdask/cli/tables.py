"""Tables as streams of Arrow record batches, all columns and types kept.

Blocks hold numbers for fitting; predictions are written beside columns of any type, so `predict`
reads tables by itself: some megabytes at a time, in parts that threads take one by one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from skdask.blocks.columns import arrow_column, is_number
from skdask.blocks.csv import NULLS
from skdask.blocks.files import Files, cannot_read, check_same_columns, find_files
from skdask.exceptions import UnsupportedError

# Rows of a part: enough that a part's fixed cost vanishes, few enough to share a file among threads
PART_ROWS = 2**20

_CSV_BLOCK_BYTES = 2**22


@dataclass(frozen=True)
class Part:
    """Some consecutive rows of one file.

    Attributes
    ----------
    path : str
    pieces : range
        Row groups or record batches; empty for all of a CSV file.
    n_rows : int or None
        None while unknown.
    first_row : int
        Its first row's number in the file.
    """

    path: str
    pieces: range
    n_rows: int | None
    first_row: int


class Table(ABC):
    """Files of the same columns.

    Attributes
    ----------
    name : str
    schema : pyarrow.Schema
    parts : list of Part
    """

    name: str
    schema: Any
    parts: list[Part]

    def __init__(self, files: Files) -> None:
        self.name, self.store = files.name, files.store
        self.parts = []
        schemas = []
        for path in files.paths:
            try:
                schema, parts = self._describe(path)
            except (pa.ArrowException, OSError, ValueError) as error:
                if isinstance(error, FileNotFoundError | PermissionError):
                    raise
                raise cannot_read(path, error) from error
            self.parts += parts
            schemas.append(schema)
            check_same_columns(_pairs(schemas[0]), _pairs(schema), path, files.paths[0])
        self.schema = schemas[0]

    def not_numeric(self) -> dict[str, str]:
        """The columns that can be no features, with their types."""
        described = [arrow_column(field) for field in self.schema]
        return {str(c.name): c.kind for c in described if c.feature_dtype is None}

    def read(
        self, part: Part, features: Sequence[str], kept: Sequence[str], rows: int
    ) -> Iterator[Any]:
        """Record batches of at most some rows, in order, with these columns."""
        try:
            yield from self._batches(part, features, kept, rows)
        except (FileNotFoundError, PermissionError):
            raise
        except (pa.ArrowException, OSError) as error:
            raise cannot_read(part.path, error) from error

    @abstractmethod
    def _describe(self, path: str) -> tuple[Any, list[Part]]: ...

    @abstractmethod
    def _batches(
        self, part: Part, features: Sequence[str], kept: Sequence[str], rows: int
    ) -> Iterator[Any]: ...


class _ParquetTable(Table):
    def _describe(self, path: str) -> tuple[Any, list[Part]]:
        metadata = pq.read_metadata(self.store.arrow(path))
        lengths = [metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)]
        return metadata.schema.to_arrow_schema(), _parts(path, lengths)

    def _batches(
        self, part: Part, features: Sequence[str], kept: Sequence[str], rows: int
    ) -> Iterator[Any]:
        # small buffers: a row group is never whole in memory
        with pq.ParquetFile(
            self.store.arrow(part.path),
            memory_map=False,
            pre_buffer=False,
            buffer_size=2**20 if self.store.is_remote else 2**16,
        ) as parquet:
            yield from parquet.iter_batches(
                rows, row_groups=list(part.pieces), columns=_once(features, kept), use_threads=False
            )


class _IpcTable(Table):
    def _mapped(self, path: str) -> Any:
        opened = self.store.arrow(path)
        return pa.PythonFile(opened, "r") if self.store.is_remote else pa.memory_map(opened)

    def _describe(self, path: str) -> tuple[Any, list[Part]]:
        with self._mapped(path) as mapped, pa.ipc.open_file(mapped) as reader:
            lengths = [
                reader.get_batch(index).num_rows for index in range(reader.num_record_batches)
            ]
            return reader.schema, _parts(path, lengths)

    def _batches(
        self, part: Part, features: Sequence[str], kept: Sequence[str], rows: int
    ) -> Iterator[Any]:
        positions = [self.schema.get_field_index(name) for name in _once(features, kept)]
        options = pa.ipc.IpcReadOptions(included_fields=positions, use_threads=False)
        with (
            self._mapped(part.path) as mapped,
            pa.ipc.open_file(mapped, options=options) as reader,
        ):
            for index in part.pieces:
                batch = reader.get_batch(index)
                for start in range(0, batch.num_rows, rows):
                    yield batch.slice(start, rows)


class _CsvTable(Table):
    def _describe(self, path: str) -> tuple[Any, list[Part]]:
        with self._open(path, None, {}) as reader:
            schema = reader.schema
        return schema, [Part(path, range(0), None, 0)]

    def _open(self, path: str, columns: Sequence[str] | None, types: dict[str, Any]) -> Any:
        return pa_csv.open_csv(
            self.store.arrow(path),
            read_options=pa_csv.ReadOptions(use_threads=False, block_size=_CSV_BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=types,
                null_values=NULLS,
                strings_can_be_null=True,
                include_columns=None if columns is None else list(columns),
            ),
        )

    def _batches(
        self, part: Part, features: Sequence[str], kept: Sequence[str], rows: int
    ) -> Iterator[Any]:
        # whole numbers in the first block do not promise whole numbers in the next ones
        types = {name: self.schema.field(name).type for name in kept}
        types |= {
            name: pa.float64()
            if is_number(self.schema.field(name).type)
            else self.schema.field(name).type
            for name in features
        }
        with self._open(part.path, _once(features, kept), types) as reader:
            for batch in reader:
                for start in range(0, batch.num_rows, rows):
                    yield batch.slice(start, rows)


def _pairs(schema: Any) -> list[tuple[str, Any]]:
    return [(field.name, field.type) for field in schema]


def _once(features: Sequence[str], kept: Sequence[str]) -> list[str]:
    return list(dict.fromkeys((*features, *kept)))


def _parts(path: str, lengths: Sequence[int]) -> list[Part]:
    parts: list[Part] = []
    begin = first_row = rows = 0
    for piece, length in enumerate(lengths):
        rows += length
        if rows >= PART_ROWS or piece + 1 == len(lengths):
            parts.append(Part(path, range(begin, piece + 1), rows, first_row))
            begin, first_row, rows = piece + 1, first_row + rows, 0
    return parts or [Part(path, range(0), 0, 0)]


_KINDS: dict[str, type[Table]] = {"parquet": _ParquetTable, "ipc": _IpcTable, "csv": _CsvTable}


def open_table(path: str) -> Table:
    """The table of a file or folder; metadata only."""
    files = find_files(path)
    if files.kind not in _KINDS:
        raise UnsupportedError(
            f"{path} is no table: predictions are made for Parquet, Arrow IPC and CSV. In Python, "
            f"skdask.load(...).predict({path!r}) gives a Dask Array of them"
        )
    if any(files.partitions):
        raise UnsupportedError(
            f"{path} is partitioned into folders: predictions are written for plain folders and "
            f"files. In Python, skdask.load(...).predict({path!r}) reads their columns too"
        )
    return _KINDS[files.kind](files)
