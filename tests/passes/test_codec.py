"""Values as bytes and back: exactly, and nothing but what is trusted."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import sparse

from skdask.passes.codec import decode, encode, fingerprint
from skdask.statistics import ClassTable


@dataclasses.dataclass(frozen=True, slots=True)
class Own:
    part: np.ndarray
    inner: Own | None = None


VALUES = [
    None,
    True,
    -(10**40),
    -0.0,
    math.inf,
    "Zürich",
    b"\x00\xff",
    (1, [2.5, ()], {"a": 1, (1, 2): None}),
    {3, 1, 2},
    frozenset({"b", "a"}),
    slice(1, None, 2),
    np.float32(0.1),
    np.int8(-3),
    np.datetime64("2026-11-24", "ns"),
    np.dtype("<M8[ns]"),
]


# the items of a set have another order in every process
@pytest.mark.parametrize(
    "value", VALUES, ids=[f"{number} {type(value).__name__}" for number, value in enumerate(VALUES)]
)
def test_values(value):
    again = decode(encode(value))
    assert type(again) is type(value)
    assert again == value
    assert encode(again) == encode(value)


ARRAYS = {
    "C": np.arange(6.0).reshape(2, 3),
    "F": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "three axes": np.arange(24).reshape(2, 3, 4).transpose(1, 2, 0),
    "strided": np.arange(20.0)[::3],
    "no axis": np.array(1.5),
    "empty": np.empty((0, 4), dtype=np.float32),
    "big-endian": np.arange(3, dtype=">i4"),
    "text": np.array(["a", "längst"]),
    "times": np.array(["2020-01-01", "NaT"], dtype="M8[s]"),
    "flags": np.array([True, False]),
    "fields": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8", (1,))]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name):
    array = ARRAYS[name]
    again = decode(encode(array))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    assert again.tobytes() == array.tobytes()
    assert again.flags.aligned
    if name in ("C", "F"):
        assert (again.flags.c_contiguous, again.flags.f_contiguous) == (name == "C", name == "F")


def test_every_bit_of_a_nan():
    bits = np.array([0x7FF8000000000001, 0xFFF0000000000000, 0x8000000000000000], np.uint64)
    again = decode(encode(bits.view(np.float64)))
    np.testing.assert_array_equal(again.view(np.uint64), bits)


def test_objects():
    array = np.array([["a", None], [1.5, True]], dtype=object)
    again = decode(encode(array))
    assert again.tolist() == array.tolist()
    assert again.dtype == object


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix, sparse.csc_array])
def test_sparse(kind):
    matrix = kind(np.array([[0.0, 1.0, 0.0], [2.0, 0.0, 3.0]]))
    again = decode(encode(matrix))
    assert type(again) is kind
    assert again.shape == matrix.shape
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(again, part), getattr(matrix, part))


def test_dataclasses_of_trusted_modules():
    table = ClassTable(np.array(["x", "y"]), np.array([1, 2]), np.array([0.5, 1.5]))
    again = decode(encode(table))
    assert isinstance(again, ClassTable)
    np.testing.assert_array_equal(again.weights, table.weights)
    own = Own(np.ones(2), Own(np.zeros(1)))
    with pytest.raises(TypeError, match="Own cannot be written"):
        encode(own)
    written = encode(own, {__name__})
    np.testing.assert_array_equal(decode(written, {__name__}).inner.part, [0.0])
    with pytest.raises(ValueError, match="no dataclass that may be made from a file"):
        decode(written)


def test_no_other_class_is_made():
    written = encode(Own(np.ones(2)), {__name__})
    forged = written.replace(b'"Own"', b'"np."')
    with pytest.raises(ValueError, match="may be made"):
        decode(forged, {__name__})


def test_what_cannot_be_written():
    with pytest.raises(TypeError, match="object cannot be written"):
        encode(object())


def test_fingerprints():
    assert fingerprint(np.arange(3)) == fingerprint(np.arange(3))
    assert fingerprint(np.arange(3)) != fingerprint(np.arange(3.0))
    assert fingerprint(Own(np.ones(1))) != fingerprint(Own(np.zeros(1)))
