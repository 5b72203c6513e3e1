"""Rows held in memory together: the currency between blocks, statistics and passes.

A statistic is updated with `Rows`; a block is `Rows` that know where they came from. Nothing
here reads data.

Features come as a dense array; where most of their values are zero, as a sparse array in
compressed rows; and where what is done with them needs names, text or dates, as a pandas frame. A
statistic says which of them it takes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# Bits for the rows of one block, where numbers follow the blocks
_ROWS_OF_A_BLOCK = 40


@dataclass(frozen=True, slots=True)
class Rows:
    """Features, target and weight of some rows.

    Attributes
    ----------
    X : ndarray, scipy.sparse.csr_array or pandas DataFrame of shape (n_rows, n_features), or None
        Read-only by contract. Arrays are float32 or float64; a dense one is C- or
        Fortran-ordered, a sparse one has no entry twice. The columns of a frame keep their types.
        None where a pass asked for no features.
    y : ndarray of shape (n_rows,) or (n_rows, n_targets), or None
        Any dtype: class labels stay as they came.
    sample_weight : ndarray of shape (n_rows,), float64, or None
    groups : ndarray of shape (n_rows,), or None
    numbers : range or ndarray of shape (n_rows,), or None
        One number a row, unlike those of all other rows of the data, by which random choices are
        keyed; known within a pass.
    n_rows : int
    """

    n_rows: int
    X: Any = None
    y: NDArray[np.generic] | None = None
    sample_weight: NDArray[np.float64] | None = None
    groups: NDArray[np.generic] | None = None
    numbers: range | NDArray[np.int64] | None = None

    def aligned(self) -> Rows:
        """The same rows in arrays that every kernel meets in the same way."""
        before = (self.X, self.y, self.sample_weight, self.groups)
        after = tuple(map(aligned, before))
        moved = any(new is not old for new, old in zip(after, before, strict=True))
        if not moved:
            return self
        X, y, weight, groups = after
        return replace(self, X=X, y=y, sample_weight=weight, groups=groups)

    def take(self, rows: slice | NDArray[np.intp]) -> Rows:
        """The rows at these positions; a slice makes views, an index makes copies."""
        if isinstance(rows, slice):
            start, stop, step = rows.indices(self.n_rows)
            count = len(range(start, stop, step))
        else:
            count = len(rows)
        return Rows(
            count,
            _taken(self.X, rows),
            None if self.y is None else self.y[rows],
            None if self.sample_weight is None else self.sample_weight[rows],
            None if self.groups is None else self.groups[rows],
            None if self.numbers is None else _numbers_of(self.numbers, rows),
        )


def _numbers_of(
    numbers: range | NDArray[np.int64], rows: slice | NDArray[np.intp]
) -> range | NDArray[np.int64]:
    if isinstance(numbers, range) and not isinstance(rows, slice):
        return np.arange(numbers.start, numbers.stop, numbers.step)[rows]
    taken: range | NDArray[np.int64] = numbers[rows]  # type: ignore[assignment]
    return taken


def _taken(X: Any, rows: slice | NDArray[np.intp]) -> Any:
    if X is None:
        return None
    return X.iloc[rows] if is_frame(X) else X[rows]


def is_frame(X: Any) -> bool:
    """Whether X is a frame of named columns."""
    return hasattr(X, "iloc")


def is_matrix(X: Any) -> bool:
    """Whether X is an array of floating numbers, dense or sparse."""
    return not is_frame(X) and X.dtype.kind == "f"


def is_sparse(X: Any) -> bool:
    """Whether X is an array or a matrix of scipy.sparse."""
    return bool(sparse.issparse(X))


def bytes_of(values: Any) -> int:
    """Bytes of an array, dense or sparse, or of a frame; 0 for None."""
    if values is None:
        return 0
    if is_frame(values):
        return int(np.sum(values.memory_usage(index=False)))  # of a series it is one number
    if is_sparse(values):
        return int(values.data.nbytes + values.indices.nbytes + values.indptr.nbytes)
    return int(values.nbytes)


def aligned(array: Any) -> Any:
    """The array, copied where its numbers lie across their own boundaries, as received ones do.

    NumPy sums such an array in another order, which gives other bits.
    """
    if is_sparse(array):
        return array if array.data.flags.aligned else array.copy()
    if isinstance(array, np.ndarray) and not array.flags.aligned:
        copy = array.copy(order="K")
        copy.flags.writeable = array.flags.writeable
        return copy
    return array


@dataclass(frozen=True, slots=True)
class Block:
    """A leaf of the merge tree: consecutive rows of the data and where they are.

    Attributes
    ----------
    index : int
        Position among the blocks; the merge tree is fixed over it.
    first_row : int or None
        Number of the block's first row in the whole data, None while row counts are unknown.
    rows : Rows
    where : str
        For people: the file, partition or chunk, and the rows of it.
    cached : bool
        Whether the rows are mapped from the block cache instead of decoded.
    """

    index: int
    first_row: int | None
    rows: Rows
    where: str
    cached: bool = False

    def numbered(self) -> Block:
        """This block, its rows with their numbers: in the data, or in the block where unknown."""
        first = self.first_row if self.first_row is not None else self.index << _ROWS_OF_A_BLOCK
        return replace(
            self, rows=replace(self.rows, numbers=range(first, first + self.rows.n_rows))
        )
