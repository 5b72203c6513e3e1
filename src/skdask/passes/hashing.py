"""Random numbers that belong to something: to a row, a group, a round; the same wherever asked.

The finaliser of SplitMix64 (Steele, Lea, Flood 2014), whose every bit depends on every bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_GOLDEN = 0x9E3779B97F4A7C15
_ALL = 2**64 - 1


def mixed(values: Hashes, key: int) -> Hashes:
    """A hash of each number, another one for every key."""
    start = np.uint64(with_key(key, 0))
    with np.errstate(over="ignore"):
        found = (values + np.uint64(1)) * np.uint64(_GOLDEN) + start
        found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashes: Hashes = found ^ (found >> np.uint64(31))
    return hashes


def with_key(seed: int, number: int) -> int:
    """A key of a seed and a number."""
    found = (seed * 0xD1342543DE82EF95 + (number + 1) * _GOLDEN) & _ALL
    found = ((found ^ (found >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    found = ((found ^ (found >> 27)) * 0x94D049BB133111EB) & _ALL
    return found ^ (found >> 31)


def share_of(hashes: Hashes, count: int) -> NDArray[np.int64]:
    """Which of so many equal shares of all numbers each hash is in."""
    return (((hashes >> np.uint64(32)) * np.uint64(count)) >> np.uint64(32)).astype(np.int64)


def hash_of_labels(labels: Any) -> Hashes:
    """A hash of each label by its value: numbers that are equal have the same, whatever types.

    Raises
    ------
    ValueError
        Where a label is missing.
    """
    values = np.asarray(labels)
    if pd.isna(values).any():
        raise ValueError("Input contains NaN among the groups by which rows are split.")
    if values.dtype.kind in "biumM":
        return values.astype(np.int64).view(np.uint64)
    if values.dtype.kind == "f":
        return _hash_of_floats(values.astype(np.float64))
    codes, distinct = pd.factorize(values.astype(object))
    hashed = [_hash_of_object(each) for each in distinct]
    found: Hashes = np.array(hashed, dtype=np.uint64)[codes]
    return found


def _hash_of_floats(values: NDArray[np.float64]) -> Hashes:
    whole = (values == np.floor(values)) & (np.abs(values) < 2.0**62)
    with np.errstate(invalid="ignore"):
        as_numbers = values.astype(np.int64).view(np.uint64)
    return np.where(whole, as_numbers, values.view(np.uint64))


def _hash_of_object(label: Any) -> np.uint64:
    if isinstance(label, bool | int | float | np.number | np.bool_):
        return np.uint64(hash_of_labels(np.array([label]))[0])
    # text by its text, and other objects by theirs
    return np.uint64(pd.util.hash_array(np.array([str(label)], dtype=object))[0])
