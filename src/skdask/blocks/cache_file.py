"""One decoded block as a file that is mapped, not read: what a cache folder is made of.

A header says what the arrays are and where; the arrays follow as they lie in memory, X last and
on a page of its own, in its own order, so that a mapped block gives the bits that the decoded one
gave. Frames are Arrow streams; other text is kept as codes and a vocabulary. Nothing is pickled: a
file can do no more than be wrong numbers, and one that is cut short or damaged in its header is
told from its size and checksum.
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from skdask.blocks.cache_frame import arrow_table, mapped_frame, stream_bytes, write_stream
from skdask.rows import Rows, is_frame, is_sparse

VERSION = 2
MAGIC = b"skdask\x00" + bytes([VERSION])
_PREFIX = len(MAGIC) + 8
_PAGE = mmap.ALLOCATIONGRANULARITY
_SPARSE = ("X.indptr", "X.indices", "X.data")
_FRAME = "X.stream"

# maps all pages at once: 16 MiB of faults one by one cost more than the kernel that reads them
_POPULATE = getattr(mmap, "MAP_POPULATE", 0)


class NotStorable(Exception):
    """These rows hold something that has no place in a file: the message says what."""


class Damaged(Exception):
    """A file is not, or no longer, a whole block."""


def write_rows(file: IO[bytes], rows: Rows) -> int:
    """Write rows to an empty file; the bytes written.

    Raises
    ------
    NotStorable
        Before anything is written.
    """
    arrays, entries = [], {}
    for role, array in _arrays(rows).items():
        if array is not None:
            stored, entries[role] = _described(array, role)
            arrays.append(stored)
    table = _table_of(rows.X)
    offsets, end = _places(arrays)
    for entry, offset in zip(entries.values(), offsets, strict=True):
        entry["offset"] = offset
    header: dict[str, Any] = {"n_rows": rows.n_rows, "bytes": end, "arrays": entries}
    if is_sparse(rows.X):
        header["shape"] = rows.X.shape
    if table is not None:
        offset, length = _up(end), stream_bytes(table)
        entries[_FRAME] = {"shape": [length], "dtype": "|u1", "order": "C", "offset": offset}
        header |= {"bytes": offset + length, "columns": list(rows.X.columns)}
    text = json.dumps(header).encode()
    start = _up(_PREFIX + len(text))
    file.write(MAGIC + _number(len(text)) + _number(zlib.crc32(text)) + text)
    file.write(bytes(start - _PREFIX - len(text)))
    position = start
    for array, offset in zip(arrays, offsets, strict=True):
        file.write(bytes(start + offset - position))
        for part in _contiguous(array):
            file.write(part)
        position = start + offset + array.nbytes
    if table is not None:
        file.write(bytes(start + entries[_FRAME]["offset"] - position))
        write_stream(file, table)
    return start + int(header["bytes"])


def map_rows(path: str, *, features: bool) -> Rows:
    """The rows of a file as read-only views of it.

    Raises
    ------
    Damaged
        Where the file is not a whole block.
    FileNotFoundError
        Where there is none.
    """
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if status.st_uid != os.geteuid():
            raise Damaged(f"{path} belongs to somebody else")
        if status.st_size < _PREFIX:
            raise Damaged(f"{path} has no header")
        flags = mmap.MAP_SHARED | (_POPULATE if features else 0)
        mapped = mmap.mmap(file.fileno(), 0, flags=flags, prot=mmap.PROT_READ)
    header, start = _header(mapped, path)
    if start + header["bytes"] != status.st_size:
        raise Damaged(f"{path} is cut short")
    found: dict[str, Any] = {
        role: _view(mapped, entry, start)
        for role, entry in header["arrays"].items()
        if features or not role.startswith("X")
    }
    if features and "shape" in header:
        indptr, indices, data = (found.pop(role) for role in _SPARSE)
        found["X"] = sparse.csr_array((data, indices, indptr), header["shape"], copy=False)
    if _FRAME in found:
        found["X"] = mapped_frame(found.pop(_FRAME), header["columns"])
    return Rows(header["n_rows"], **found)


def _header(mapped: mmap.mmap, path: str) -> tuple[dict[str, Any], int]:
    if mapped[: len(MAGIC)] != MAGIC:
        raise Damaged(f"{path} is not a block of this version")
    length = int.from_bytes(mapped[len(MAGIC) : len(MAGIC) + 4], "little")
    checksum = int.from_bytes(mapped[len(MAGIC) + 4 : _PREFIX], "little")
    text = mapped[_PREFIX : _PREFIX + length]
    if len(text) != length or zlib.crc32(text) != checksum:
        raise Damaged(f"{path} has a damaged header")
    return json.loads(text), _up(_PREFIX + length)


def _arrays(rows: Rows) -> dict[str, Any]:
    """What is stored, by role; the features last."""
    arrays = {"y": rows.y, "sample_weight": rows.sample_weight, "groups": rows.groups}
    if is_sparse(rows.X):
        return {**arrays, **{role: getattr(rows.X, role[2:]) for role in _SPARSE}}
    if is_frame(rows.X):
        return arrays
    return {**arrays, "X": rows.X}


def _table_of(X: Any) -> Any | None:
    """Arrow's table of a frame; None where X is none."""
    if not is_frame(X):
        return None
    table = arrow_table(X)
    if table is None:
        kinds = sorted({str(dtype) for dtype in X.dtypes})
        raise NotStorable(f"X is a DataFrame that no file gives back as it is ({', '.join(kinds)})")
    return table


def _described(array: Any, role: str) -> tuple[NDArray[Any], dict[str, Any]]:
    """An array as it is stored, and what its header entry says of it."""
    if not isinstance(array, np.ndarray):
        raise NotStorable(f"{role} is a {type(array).__name__}")
    entry: dict[str, Any] = {"shape": array.shape}
    if array.dtype.hasobject:
        array, entry["words"] = _coded(array, role)
    entry["dtype"] = array.dtype.str
    entry["order"] = "C" if array.flags.c_contiguous or not _is_columns(array) else "F"
    return array, entry


def _is_columns(array: NDArray[Any]) -> bool:
    """Whether columns lie closer together than rows, as in a slice of a Fortran-ordered matrix."""
    return array.ndim == 2 and abs(array.strides[0]) < abs(array.strides[1])


def _coded(array: NDArray[Any], role: str) -> tuple[NDArray[np.int32], list[str]]:
    """Text as positions in a vocabulary, -1 for None."""
    try:
        encoded = pa.array(array.ravel(), from_pandas=False)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise NotStorable(f"{role} holds objects other than text") from error
    if pa.types.is_null(encoded.type):
        encoded = encoded.cast(pa.string())
    if not pa.types.is_string(encoded.type):
        raise NotStorable(f"{role} holds objects other than text ({encoded.type})")
    encoded = encoded.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes.astype(np.int32, copy=False).reshape(array.shape), encoded.dictionary.to_pylist()


def _view(mapped: mmap.mmap, entry: dict[str, Any], start: int) -> NDArray[Any]:
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    view: NDArray[Any] = np.ndarray(
        shape, dtype, buffer=mapped, offset=start + entry["offset"], order=entry["order"]
    )
    if "words" not in entry:
        return view
    # the last one is what -1 points at
    words = np.array([*entry["words"], None], dtype=object)
    text: NDArray[Any] = words[view]
    return text


def _places(arrays: list[NDArray[Any]]) -> tuple[list[int], int]:
    """Where each array begins after the header, and where the last one ends."""
    offsets, end = [], 0
    for array in arrays:
        offsets.append(_up(end) if array.ndim == 2 else -(-end // 64) * 64)
        end = offsets[-1] + array.nbytes
    return offsets, end


def _contiguous(array: NDArray[Any]) -> Iterator[memoryview]:
    """The bytes of an array in its order; what is not in one piece goes a column at a time."""
    if array.size == 0:
        return
    if array.flags.c_contiguous:
        yield _bytes(array)
    elif array.flags.f_contiguous:
        yield _bytes(array.T)
    elif _is_columns(array):
        for column in array.T:
            yield _bytes(np.ascontiguousarray(column))
    else:
        for start in range(0, len(array), 1024):
            yield _bytes(np.ascontiguousarray(array[start : start + 1024]))


def _bytes(array: NDArray[Any]) -> memoryview:
    # dates have no buffer of their own
    return array.reshape(-1).view(np.uint8).data


def _up(position: int) -> int:
    return -(-position // _PAGE) * _PAGE


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")
