"""How large the pages of a Parquet file are, which its footer does not tell.

While it streams, Arrow holds a page of every column. Writers make them of 1 MiB, of 20,000 rows or
of whatever they like, so that of 100 columns it is 20 MB, 200 MB or more: what to project is read
off the header of one page a column. A header is Thrift's compact protocol: type, size, compressed
size and, in a struct that follows, the number of values, each a tagged zigzag varint.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, BinaryIO

# What writers take a page to be at most unless they say otherwise, and Arrow's file buffer
PAGE_BYTES = 2**20
BUFFER_BYTES = 2**14

# What Arrow holds of a column of which no page was looked at: a dictionary and a page, each of up
# to 1 MiB as Arrow writes them, the compressed page, and the buffer.
COLUMN_BYTES = 7 * 2**19

_HEADER_BYTES = 64
# Thrift's compact types, each with the number of the field since the one before in its upper half
_I32, _STRUCT = 5, 12
_NEXT_I32 = 0x10 | _I32
# What the pool keeps of a column's pages: of small ones up to twice what they take, of large
# ones little
_KEPT_TIMES, _KEPT_BYTES = 2, 2**20
# Bytes of a value where it has as many in every row
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}


@dataclass(frozen=True, slots=True)
class Page:
    """What the header of a page says; `values` is 0 where it does not."""

    n_bytes: int
    compressed: int
    values: int


def page_at(file: BinaryIO, offset: int) -> Page | None:
    """The page that begins there; None where that is no header as we know them."""
    file.seek(offset)
    try:
        return _parsed(file.read(_HEADER_BYTES))
    except IndexError:
        return None


def _parsed(header: bytes) -> Page | None:
    position, numbers = 0, []
    for _ in range(3):
        if header[position] != _NEXT_I32:
            return None
        number, position = _varint(header, position + 1)
        numbers.append(number)
    if header[position] == _NEXT_I32:
        _, position = _varint(header, position + 1)  # a checksum
    values = 0
    if header[position] & 15 == _STRUCT and header[position + 1] == _NEXT_I32:
        values, _ = _varint(header, position + 2)
    return Page(numbers[1], numbers[2], values)


def _varint(header: bytes, position: int) -> tuple[int, int]:
    """A number in zigzag, and where the next field begins."""
    number = shift = 0
    while True:
        byte = header[position]
        number |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return (number >> 1) ^ -(number & 1), position


def held_by_column(path: str, row_group: Any, columns: Collection[str]) -> dict[str, int]:
    """Bytes that Arrow holds of each column while it streams, as far as the first pages tell."""
    found: dict[str, int] = {}
    with open(path, "rb") as file:
        for index in range(row_group.num_columns):
            column = row_group.column(index)
            if column.path_in_schema not in columns:
                continue
            held = _held(file, column)
            if held is not None:
                found[column.path_in_schema] = held
    return found


def _held(file: BinaryIO, column: Any) -> int | None:
    page = page_at(file, column.data_page_offset)
    if page is None:
        return None
    n_bytes, dictionary = page.n_bytes, 0
    if column.has_dictionary_page:
        codes = page_at(file, column.dictionary_page_offset)
        if codes is None:
            return None
        # a dictionary that grew too large is followed by plain pages of as many rows
        plain = page.values * _WIDTHS.get(column.physical_type, PAGE_BYTES) or PAGE_BYTES
        n_bytes, dictionary = max(n_bytes, min(plain, PAGE_BYTES)), 2 * codes.n_bytes
    held = dictionary + n_bytes + max(n_bytes, page.compressed)
    # as read and as decoded; and what Arrow's pool keeps of one column while it decodes others
    return held + min(_KEPT_TIMES * held, _KEPT_BYTES) + BUFFER_BYTES


def streaming_bytes(row_group: Any, columns: Collection[str], held: dict[str, int]) -> int:
    """What Arrow holds while it streams columns of a row group.

    A column takes what is held of it, or twice the whole of it if that is less.
    """
    total = 0
    for index in range(row_group.num_columns):
        column = row_group.column(index)
        if column.path_in_schema in columns:
            # compressed and decoded at the same time
            whole = column.total_uncompressed_size + column.total_compressed_size
            total += min(2 * whole, held.get(column.path_in_schema, COLUMN_BYTES))
    return total
