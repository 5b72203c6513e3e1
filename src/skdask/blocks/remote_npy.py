"""`.npy` files behind a URL: blocks are fetched as the byte ranges of their rows.

Rows of a C-ordered array lie together, so a block is one range; of a Fortran-ordered one it is a
range a column.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from skdask.blocks.arrays import check_two_dimensions
from skdask.blocks.identity import stored_facts
from skdask.blocks.remote import fetch
from skdask.blocks.schema import array_schema
from skdask.blocks.source import Piece, Source
from skdask.blocks.stores import RemoteStore, Store
from skdask.exceptions import DataError, ReadError
from skdask.rows import Rows

# What a header takes is 128 bytes, and more only for structured types
HEADER_BYTES = 2**12


class RemoteNpySource(Source):
    """An `.npy` file behind a URL."""

    kind = ".npy file"
    piece_name = "array"
    random_access = True
    waits = True

    def __init__(self, store: Store, url: str) -> None:
        assert isinstance(store, RemoteStore)
        self.store, self.url = store, url
        self.name = url.rpartition("/")[2]
        self.shape, self.fortran, self.dtype, self.start = _header(store, url)
        check_two_dimensions(len(self.shape), self.shape)
        if self.dtype.kind not in "biuf":
            raise DataError(f"{url} is of type {self.dtype}, not a number; encode it before")
        self.schema = array_schema(self.shape[1], self.dtype)
        self.pieces = (Piece(self.name, self.shape[0]),)

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        for start, stop in bounds or [(0, self.shape[0])]:
            X = None
            if features:
                X = self._rows(start, stop).astype(self.schema.dtype, copy=False)
                X.flags.writeable = False
            yield Rows(stop - start, X)

    def decoding_bytes(self, piece_bytes: int, rows: int) -> int:
        return rows * self.shape[1] * self.dtype.itemsize

    def identity(self) -> dict[str, str]:
        return {self.url: stored_facts(self.store, self.url)}

    def _rows(self, start: int, stop: int) -> NDArray[Any]:
        rows, columns = self.shape
        size = self.dtype.itemsize
        filesystem, path = self.store.at(self.url)
        if self.fortran:
            spans = [(column * rows + start, column * rows + stop) for column in range(columns)]
        else:
            spans = [(start * columns, stop * columns)]
        ranges = [(self.start + a * size, self.start + b * size) for a, b in spans]
        data = b"".join(fetch(filesystem, path, self.url, ranges))
        order = "F" if self.fortran else "C"
        return np.frombuffer(data, self.dtype).reshape((stop - start, columns), order=order)  # type: ignore[call-overload]


def load_remote_npy(store: Store, url: str) -> NDArray[Any]:
    """An `.npy` file behind a URL, in memory: a target or weights."""
    assert isinstance(store, RemoteStore)
    shape, fortran, dtype, start = _header(store, url)
    data = store.read(url, start, start + math.prod(shape) * dtype.itemsize)
    order = "F" if fortran else "C"
    return np.frombuffer(data, dtype).reshape(shape, order=order)  # type: ignore[call-overload]


def _header(store: RemoteStore, url: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, whether columns lie together, type, and where the values begin."""
    stream = io.BytesIO(store.read(url, 0, HEADER_BYTES))
    try:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(stream)
    except ValueError as error:
        raise ReadError(
            f"{url} is not a whole .npy file ({error}); write it again with numpy.save from an "
            "array of numbers"
        ) from error
    if dtype.hasobject:
        raise DataError(f"{url} holds Python objects; save an array of numbers")
    if store.size(url) < stream.tell() + math.prod(shape) * dtype.itemsize:
        raise ReadError(f"{url} is cut short; write it again with numpy.save")
    return shape, fortran, dtype, stream.tell()
