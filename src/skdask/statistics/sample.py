"""Samples of rows: those with the smallest keys, a key being a random number of the row's own.

A key is a hash of a seed and the row's number in the data. So a sample depends on neither blocks
nor threads, two samples merge into a sample of both, and no row is more likely than another.
Dividing exponential keys by weights draws rows in proportion to them, without replacement, which
is the reservoir of Efraimidis and Spirakis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic
from skdask.statistics.tiles import weights_of


@dataclass(frozen=True, slots=True)
class Reservoir:
    """The rows with the smallest keys so far, in the order of the data.

    Attributes
    ----------
    keys : ndarray of shape (n_rows,)
    rows : Rows or None
        None while there are none.
    count : int
        Rows seen.
    """

    keys: NDArray[np.float64]
    rows: Rows | None
    count: int


@dataclass(frozen=True, slots=True)
class SampledRows:
    """A sample, in the order of the data.

    Attributes
    ----------
    rows : Rows
    count : int
        Rows of the data that it was drawn from.
    """

    rows: Rows
    count: int

    @property
    def is_whole(self) -> bool:
        """Whether every row of the data is in it."""
        return self.count == self.rows.n_rows


@dataclass(frozen=True)
class Sample(Statistic[Reservoir, SampledRows]):
    """A sample of rows without replacement, or all rows where there are no more.

    Parameters
    ----------
    size : int
    seed : int
    by_weight : bool
        Whether rows are drawn in proportion to their sample weight; all alike otherwise.
    with_missing : bool
        Whether values may be NaN.

    Notes
    -----
    **Passes** 1. **Cost** a hash a row; the state holds the rows. **Error** none: exactly
    uniform, up to the hash. **Source** Efraimidis, Spirakis (2006), Weighted random sampling with
    a reservoir.
    """

    accepts_sparse: ClassVar[bool] = True
    size: int
    seed: int
    by_weight: bool = False
    with_missing: bool = False

    @property
    def accepts_nan(self) -> bool:  # type: ignore[override]
        return self.with_missing

    def zero(self) -> Reservoir:
        return Reservoir(np.empty(0), None, 0)

    def update(self, state: Reservoir, rows: Rows) -> Reservoir:
        keys = uniform_numbers(rows, self.seed)
        if self.by_weight:
            keys = exponential_keys(keys, weights_of(rows, True))
        return take_in(state, keys, rows, self.size)

    def merge(self, left: Reservoir, right: Reservoir) -> Reservoir:
        return merged(left, right, self.size)

    def value(self, state: Reservoir) -> SampledRows:
        return SampledRows(state.rows or Rows(0), state.count)

    def state_bytes(self, n_columns: int) -> int:
        return reservoir_bytes(self.size, n_columns)

    def suspect(self, state: Reservoir) -> bool:
        return not_finite(state, with_missing=self.with_missing)


def uniform_numbers(rows: Rows, seed: int) -> NDArray[np.float64]:
    """A number between 0 and 1 for each row, of its number and the seed: SplitMix64."""
    if rows.numbers is None:
        raise ValueError("sampling needs numbered rows, as a pass gives them")
    numbers = rows.numbers
    if isinstance(numbers, range):
        numbers = np.arange(numbers.start, numbers.stop, numbers.step)
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64)
        # the seed is mixed first, so that neighbouring seeds have unrelated samples
        mixed += _mix(np.array([seed], dtype=np.uint64))
        mixed = _mix(mixed)
    return (np.asarray(mixed >> np.uint64(11), np.float64) + 0.5) * 2.0**-53


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def exponential_keys(
    uniform: NDArray[np.float64], weight: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """Keys whose smallest belong to rows drawn in proportion to their weight; infinite for 0."""
    keys = -np.log(uniform)
    if weight is None:
        return keys
    drawn = weight > 0.0
    return np.divide(keys, weight, out=np.full(len(keys), np.inf), where=drawn)


def take_in(state: Reservoir, keys: NDArray[np.float64], rows: Rows, size: int) -> Reservoir:
    """The reservoir after rows with these keys; rows with infinite keys never enter."""
    limit = state.keys.max() if len(state.keys) == size else np.inf
    entering = np.flatnonzero(keys < limit)
    if len(entering) > size:
        smallest = np.argpartition(keys[entering], size - 1)[:size]
        entering = np.sort(entering[smallest])
    if len(entering) == 0:
        return Reservoir(state.keys, state.rows, state.count + rows.n_rows)
    found = Reservoir(keys[entering], rows.take(entering), rows.n_rows)
    return merged(state, found, size)


def merged(left: Reservoir, right: Reservoir, size: int) -> Reservoir:
    """The smallest keys of both, rows in their order."""
    count = left.count + right.count
    if left.rows is None or right.rows is None:
        some = right if left.rows is None else left
        return Reservoir(some.keys, some.rows, count)
    keys = np.concatenate([left.keys, right.keys])
    if len(keys) <= size:
        return Reservoir(keys, _joined(left.rows, right.rows), count)
    kept = np.sort(np.argpartition(keys, size - 1)[:size])
    from_left = kept[kept < len(left.keys)]
    from_right = kept[len(from_left) :] - len(left.keys)
    rows = _joined(left.rows.take(from_left), right.rows.take(from_right))
    return Reservoir(keys[kept], rows, count)


def _joined(left: Rows, right: Rows) -> Rows:
    def both(one: Any, other: Any) -> Any:
        if one is None or other is None:
            return None
        if is_sparse(one):
            return sparse.vstack([one, other], format="csr")
        return np.concatenate([one, other])

    return Rows(
        left.n_rows + right.n_rows,
        both(left.X, right.X),
        both(left.y, right.y),
        both(left.sample_weight, right.sample_weight),
        both(left.groups, right.groups),
        both(left.numbers, right.numbers),
    )


def reservoir_bytes(size: int, n_columns: int) -> int:
    """Bytes of a full reservoir: key, number, weight and group beside the columns."""
    return 8 * size * (n_columns + 4)


def not_finite(state: Reservoir, *, with_missing: bool = False) -> bool:
    """Whether a value among the rows is infinite, or NaN where none may be missing."""
    if state.rows is None or state.rows.X is None:
        return False
    X = state.rows.X.data if is_sparse(state.rows.X) else state.rows.X
    return bool(np.isinf(X).any()) if with_missing else not np.isfinite(X).all()
