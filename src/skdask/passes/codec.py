"""States of statistics as bytes and back, bit for bit, without pickle.

A checkpoint folder may have been written by anybody, so reading one must never run what it says.
A state becomes a JSON structure beside the raw buffers of its arrays. Of classes only frozen
dataclasses are made again, found by name in modules that the reader trusts beforehand: those of
`skdask.statistics`, `skdask.rows`, and those in which the statistics asked for are defined.

What arithmetic can tell is kept: dtype, byte order, the order of axes in memory, the sign of a
NaN. Arrays are copied into fresh memory, aligned as NumPy aligns it.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator

STATISTICS = "skdask.statistics"

_SPARSE = {
    kind.__name__: kind
    for kind in (sparse.csr_array, sparse.csr_matrix, sparse.csc_array, sparse.csc_matrix)
}


def encode(value: Any, trusted: Iterable[str] = ()) -> bytes:
    """The bytes of a value.

    Parameters
    ----------
    value : None, bool, int, float, str, bytes, tuple, list, dict, set, frozenset, NumPy scalar
        or array, CSR or CSC array or matrix of scipy, slice, or dataclass of a trusted module
    trusted : iterable of str
        Names of modules, beside those of `skdask.statistics`.

    Raises
    ------
    TypeError
        For anything else, naming its type.
    """
    writer = _Writer(frozenset(trusted))
    structure = json.dumps(writer.node(value), separators=(",", ":")).encode()
    head = struct.pack("<Q", len(structure)) + structure
    return b"".join([head, *writer.buffers])


def decode(data: bytes, trusted: Iterable[str] = ()) -> Any:
    """The value of bytes that `encode` made.

    Raises
    ------
    ValueError
        Where they are no such bytes, or name a class of a module that is not trusted.
    """
    (length,) = struct.unpack_from("<Q", data)
    structure = json.loads(data[8 : 8 + length])
    return _Reader(memoryview(data)[8 + length :], frozenset(trusted)).value(structure)


def fingerprint(value: Any) -> str:
    """A digest of a value, of whatever type: equal where its contents are equal bytes."""
    writer = _Fingerprint(frozenset())
    digest = hashlib.blake2b(json.dumps(writer.node(value)).encode(), digest_size=16)
    for buffer in writer.buffers:
        digest.update(buffer)
    return digest.hexdigest()


class _Writer:
    def __init__(self, trusted: frozenset[str]) -> None:
        self._trusted = trusted
        self.buffers: list[bytes] = []

    def node(self, value: Any) -> Any:
        """The JSON of a value; its buffers are put aside in order."""
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return ["float", struct.pack("<d", value).hex()]
        if kind is bytes:
            return ["bytes", self._put(value)]
        if kind in (tuple, list, set, frozenset):
            # the order of a set follows its history; sorted, equal ones are equal bytes
            items = sorted(value, key=repr) if kind in (set, frozenset) else value
            return [kind.__name__, [self.node(item) for item in items]]
        if kind is dict:
            return ["dict", [[self.node(key), self.node(item)] for key, item in value.items()]]
        if kind is slice:
            return ["slice", [self.node(part) for part in (value.start, value.stop, value.step)]]
        if isinstance(value, np.dtype):
            return ["dtype", npy.dtype_to_descr(value)]
        if isinstance(value, np.generic):
            return ["scalar", self._array(np.asarray(value))]
        if kind is np.ndarray:
            return ["array", self._array(value)]
        if kind in _SPARSE.values():
            return ["sparse", kind.__name__, list(map(int, value.shape)), *self._sparse(value)]
        if is_dataclass(value) and may_make(kind, self._trusted):
            named = [[field.name, self.node(getattr(value, field.name))] for field in fields(value)]
            return ["class", kind.__module__, kind.__qualname__, named]
        raise TypeError(f"a {kind.__module__}.{kind.__qualname__} cannot be written")

    def _put(self, buffer: bytes) -> int:
        self.buffers.append(buffer)
        return len(buffer)

    def _array(self, array: NDArray[Any]) -> list[Any]:
        if array.dtype.kind == "O":
            return ["objects", list(array.shape), [self.node(item) for item in array.flat]]
        if array.dtype.hasobject:
            raise TypeError(f"an array of dtype {array.dtype} cannot be written")
        # axes from the longest stride to the shortest: so they lie in memory
        axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
        data = np.ascontiguousarray(array.transpose(axes)).tobytes()
        descr = npy.dtype_to_descr(array.dtype)
        return [descr, list(array.shape), axes, self._put(data)]

    def _sparse(self, value: Any) -> list[Any]:
        return [self._array(part) for part in (value.data, value.indices, value.indptr)]


class _Fingerprint(_Writer):
    """Writes what need not be read again, so anything."""

    def node(self, value: Any) -> Any:
        try:
            return super().node(value)
        except TypeError:
            return self._other(value)

    def _other(self, value: Any) -> Any:
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if is_dataclass(value) and not isinstance(value, type):
            return [name, [self.node(getattr(value, field.name)) for field in fields(value)]]
        if isinstance(value, BaseEstimator) and not isinstance(value, type):
            return [name, self.node(vars(value))]
        return [name, hashlib.blake2b(pickle.dumps(value)).hexdigest()]


class _Reader:
    def __init__(self, buffers: memoryview, trusted: frozenset[str]) -> None:
        self._buffers = buffers
        self._at = 0
        self._trusted = trusted

    def value(self, node: Any) -> Any:
        if not isinstance(node, list):
            return node
        kind, *rest = node
        if kind == "float":
            return struct.unpack("<d", bytes.fromhex(rest[0]))[0]
        if kind == "bytes":
            return bytes(self._take(rest[0]))
        if kind in ("tuple", "list", "set", "frozenset"):
            made = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}[kind]
            return made([self.value(item) for item in rest[0]])
        if kind == "dict":
            return {self.value(key): self.value(item) for key, item in rest[0]}
        if kind == "slice":
            return slice(*[self.value(part) for part in rest[0]])
        if kind == "dtype":
            return npy.descr_to_dtype(_descr(rest[0]))
        if kind == "scalar":
            return self._array(rest[0])[()]
        if kind == "array":
            return self._array(rest[0])
        if kind == "sparse":
            name, shape, *parts = rest
            arrays: Any = tuple(self._array(part) for part in parts)
            return _SPARSE[name](arrays, shape=tuple(shape))
        if kind == "class":
            return self._instance(*rest)
        raise ValueError(f"{kind!r} is no kind of value that can be read")

    def _take(self, length: int) -> memoryview:
        part = self._buffers[self._at : self._at + length]
        if len(part) != length:
            raise ValueError("a buffer ends before its array does")
        self._at += length
        return part

    def _array(self, node: list[Any]) -> NDArray[Any]:
        if node[0] == "objects":
            objects = np.empty(tuple(node[1]), dtype=object)
            flat: Any = objects.reshape(-1)
            for position, item in enumerate(node[2]):
                flat[position] = self.value(item)
            return objects
        descr, shape, axes, length = node
        in_memory = np.empty([shape[axis] for axis in axes], npy.descr_to_dtype(_descr(descr)))
        in_memory.reshape(-1).view(np.uint8)[:] = np.frombuffer(self._take(length), np.uint8)
        return in_memory.transpose(np.argsort(axes).tolist()) if axes else in_memory

    def _instance(self, module: str, name: str, named: list[Any]) -> Any:
        found = sys.modules.get(module) if is_trusted(module, self._trusted) else None
        kind: Any = reduce(_member, name.split("."), found)
        if not isinstance(kind, type) or not is_dataclass(kind):
            raise ValueError(f"{module}.{name} is no dataclass that may be made from a file")
        expected = [field.name for field in fields(kind)]
        if expected != [field for field, _ in named]:
            raise ValueError(f"the fields of {module}.{name} were others when it was written")
        made = object.__new__(kind)
        for field, node in named:
            # as it was, without running what the class does when it is made
            object.__setattr__(made, field, self.value(node))
        return made


def is_trusted(module: str, trusted: frozenset[str]) -> bool:
    own = module in (STATISTICS, "skdask.rows") or module.startswith(f"{STATISTICS}.")
    return own or module in trusted


def may_make(kind: type, trusted: frozenset[str]) -> bool:
    """Whether a reader that trusts these modules can find the class by its name."""
    module = kind.__module__
    found: Any = sys.modules.get(module) if is_trusted(module, trusted) else None
    return reduce(_member, kind.__qualname__.split("."), found) is kind


def _member(owner: Any, name: str) -> Any:
    return getattr(owner, name, None)


def _descr(node: Any) -> Any:
    """A dtype's description: JSON has made lists of its tuples."""
    if isinstance(node, str):
        return node
    return [(part[0], _descr(part[1]), *map(tuple, part[2:])) for part in node]
