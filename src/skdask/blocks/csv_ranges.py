"""Where the records of a CSV file end: byte ranges that are parsed on their own.

A newline ends a record only outside quotes, so the number of quotes before it must be even.
That takes one scan of the file, at the speed of the disk, and tells the number of records as
well wherever a range has no quotes and no blank lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

RANGE_BYTES = 16 * 2**20
STEP_BYTES = 2**16

# A record longer than this is a quote that was never closed.
RECORD_BYTES = 2**26


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `start:stop` of a file, whole records; `n_rows` is None where it must be parsed."""

    start: int
    stop: int
    n_rows: int | None
    quoted: bool


def header_end(file: BinaryIO) -> int:
    """The byte after the header record."""
    file.seek(0)
    read = file.read(STEP_BYTES)
    while (end := _record_end(read, 0, 0)) is None:
        more = file.read(STEP_BYTES)
        if not more:
            return len(read)
        read += more
    return end


def byte_ranges(file: BinaryIO, start: int, range_bytes: int = RANGE_BYTES) -> list[ByteRange]:
    """Cut the records from `start` on into ranges of about `range_bytes`.

    A range ends with the first record that ends at or after its target size; the last one may
    be shorter.
    """
    ranges: list[ByteRange] = []
    file.seek(start)
    rest = b""
    while True:
        data = rest + file.read(max(0, range_bytes - len(rest)))
        if not data:
            return ranges
        quotes = data.count(b'"') if b'"' in data else 0
        stop = None
        if data.endswith(b"\n") and quotes % 2 == 0:
            stop = len(data)
        # bytes beyond the target are searched for the end of the record that crosses it
        parity, searched = quotes % 2, len(data)
        step = STEP_BYTES
        while stop is None:
            if len(data) > range_bytes + RECORD_BYTES:
                raise ValueError(f"a quote is not closed somewhere after byte {start}")
            more = file.read(step)
            step *= 2
            if not more:
                stop = len(data)
                break
            data += more
            stop = _record_end(data, searched, parity)
            parity = (parity + more.count(b'"')) % 2
            searched = len(data)
        rest = data[stop:]
        data = data[:stop]
        ranges.append(ByteRange(start, start + stop, _count_records(data), b'"' in data))
        start += stop


def _record_end(data: bytes, start: int, parity: int) -> int | None:
    """The end of the first record that ends at or after `start`, given the quotes before it."""
    while (newline := data.find(b"\n", start)) >= 0:
        parity = (parity + data.count(b'"', start, newline)) % 2
        start = newline + 1
        if parity == 0:
            return start
    return None


def _count_records(data: bytes) -> int | None:
    """The number of records if newlines alone tell it."""
    if b'"' in data or data.startswith((b"\n", b"\r")):
        return None
    returns = data.count(b"\r") if b"\r" in data else 0
    if returns and returns != data.count(b"\r\n"):
        return None  # a lone carriage return ends a record as well
    # five times as fast as searching for two of them
    newlines = np.frombuffer(data, np.uint8) == ord("\n")
    if np.any(newlines[1:] & newlines[:-1]) or (returns and b"\n\r\n" in data):
        return None  # blank lines are no records
    return int(np.count_nonzero(newlines)) + (not data.endswith(b"\n"))
