"""Ranges of a remote file: few large requests, side by side, each tried again by itself.

A request costs some tens of milliseconds whatever it brings, so what a reader will want of a
file is fetched before it asks: ranges that nearly touch are joined, long ones are cut, and all
are under way together. What nobody announced is fetched when it is read.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from skdask.blocks.retries import ATTEMPTS, ShortReadError, is_passing, wait
from skdask.exceptions import ReadError

# Bytes between two ranges that cost less than another request
GAP_BYTES = 2**17

# A request of more is cut, so that connections share it
PART_BYTES = 2**23

# The end of a file: a footer of Parquet or Arrow, mostly as a whole
TAIL_BYTES = 2**16


def joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that nearly touch as one, none longer than a request should be.

    Examples
    --------
    >>> joined([(500, 600), (0, 100), (101, 300)])
    [(0, 600)]
    >>> joined([(0, 2**23 + 1)])
    [(0, 4194305), (4194305, 8388609)]
    """
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if stop <= start:
            continue
        if merged and start - merged[-1][1] <= GAP_BYTES:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    cut: list[tuple[int, int]] = []
    for start, stop in merged:
        count = -(-(stop - start) // PART_BYTES)
        step = -(-(stop - start) // count)
        cut += [(begin, min(begin + step, stop)) for begin in range(start, stop, step)]
    return cut


def fetch(filesystem: Any, path: str, url: str, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
    """The bytes of some ranges; those that fail for a moment are asked for again.

    Raises
    ------
    ReadError
        Naming the URL and the cause.
    """
    if not ranges:
        return []
    found: dict[tuple[int, int], bytes] = {}
    missing = list(dict.fromkeys(ranges))
    for attempt in range(ATTEMPTS):
        answers = _ask(filesystem, path, missing)
        failed = []
        for part, answer in zip(missing, answers, strict=True):
            if isinstance(answer, bytes) and len(answer) > part[1] - part[0]:
                raise ReadError(
                    f"cannot read a part of {url}: its server gives {len(answer)} bytes where "
                    f"{part[1] - part[0]} are asked for, so it serves no ranges; download the file"
                )
            if isinstance(answer, bytes) and len(answer) < part[1] - part[0]:
                answer = ShortReadError(f"got {len(answer)} of {part[1] - part[0]} bytes")
            if isinstance(answer, bytes):
                found[part] = answer
            elif not is_passing(answer):
                raise _final(url, answer)
            else:
                failed.append((part, answer))
        missing = [part for part, _ in failed]
        if not missing:
            return [found[part] for part in ranges]
        if attempt + 1 < ATTEMPTS:
            wait(attempt)
    (start, stop), cause = failed[0]
    raise ReadError(
        f"cannot read bytes {start} to {stop} of {url}: {type(cause).__name__}: {cause} "
        f"({ATTEMPTS} attempts). Check the network and the store, and try again"
    ) from cause


def _ask(filesystem: Any, path: str, ranges: Sequence[tuple[int, int]]) -> list[Any]:
    """Bytes or an exception for every range."""
    starts, stops = [start for start, _ in ranges], [stop for _, stop in ranges]
    try:
        answers = filesystem.cat_ranges([path] * len(ranges), starts, stops, on_error="return")
    except Exception as error:
        return [error] * len(ranges)
    return [answer if isinstance(answer, Exception) else bytes(answer) for answer in answers]


def _final(url: str, cause: Exception) -> Exception:
    if isinstance(cause, FileNotFoundError):
        return FileNotFoundError(f"{url} does not exist any more; open the data again")
    if isinstance(cause, PermissionError):
        return PermissionError(f"{url} may not be read: {cause}. Check the credentials")
    error = ReadError(f"cannot read {url}: {type(cause).__name__}: {cause}")
    error.__cause__ = cause
    return error


class RemoteFile(io.RawIOBase):
    """A file behind a URL, of which some ranges are fetched at once when it is opened."""

    def __init__(
        self,
        filesystem: Any,
        path: str,
        url: str,
        size: int,
        ranges: Sequence[tuple[int, int]] = (),
    ) -> None:
        super().__init__()
        self._filesystem, self._path, self._url, self._size = filesystem, path, url, size
        self._at = 0
        parts = joined(ranges)
        self._starts = [start for start, _ in parts]
        self._parts = fetch(filesystem, path, url, parts) if parts else []

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def size(self) -> int:
        return self._size

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        stop = self._size if size is None or size < 0 else min(self._at + size, self._size)
        data = b"" if stop <= self._at else self._bytes(self._at, stop)
        self._at += len(data)
        return data

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _bytes(self, start: int, stop: int) -> bytes:
        pieces: list[bytes | memoryview] = []
        at = start
        while at < stop:
            index = bisect_right(self._starts, at) - 1
            begin = self._starts[index] if index >= 0 else 0
            if index < 0 or at >= begin + len(self._parts[index]):
                break
            piece = memoryview(self._parts[index])[at - begin : stop - begin]
            pieces.append(piece)
            at += len(piece)
        if at < stop:
            pieces.append(self._missing(at, stop))
        return b"".join(pieces)

    def _missing(self, start: int, stop: int) -> bytes:
        """Bytes that were not announced; of the end of a file more, which will be read next."""
        first = max(0, min(start, self._size - TAIL_BYTES)) if stop == self._size else start
        if stop - first > PART_BYTES:
            return b"".join(fetch(self._filesystem, self._path, self._url, joined([(first, stop)])))
        (data,) = fetch(self._filesystem, self._path, self._url, [(first, stop)])
        if stop == self._size:
            place = bisect_right(self._starts, first)
            self._starts.insert(place, first)
            self._parts.insert(place, data)
        return data[start - first :]

    def close(self) -> None:
        self._parts, self._starts = [], []
        super().close()
