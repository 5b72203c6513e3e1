"""Rows held in memory together: the currency between blocks, statistics and passes.

A statistic is updated with `Rows`; a block is `Rows` that know where they came from. Nothing
here reads data.

Features come as a dense array or, where most of their values are zero, as a sparse array in
compressed rows. A statistic says which of them it takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, slots=True)
class Rows:
    """Features, target and weight of some rows.

    Attributes
    ----------
    X : ndarray or scipy.sparse.csr_array of shape (n_rows, n_features), or None
        float32 or float64, read-only by contract. A dense one is C- or Fortran-ordered, a sparse
        one has no entry twice. None where a pass asked for no features.
    y : ndarray of shape (n_rows,) or (n_rows, n_targets), or None
        Any dtype: class labels stay as they came.
    sample_weight : ndarray of shape (n_rows,), float64, or None
    groups : ndarray of shape (n_rows,), or None
    n_rows : int
    """

    n_rows: int
    X: Any = None
    y: NDArray[np.generic] | None = None
    sample_weight: NDArray[np.float64] | None = None
    groups: NDArray[np.generic] | None = None

    def take(self, rows: slice | NDArray[np.intp]) -> Rows:
        """The rows at these positions; a slice makes views, an index makes copies."""
        if isinstance(rows, slice):
            start, stop, step = rows.indices(self.n_rows)
            count = len(range(start, stop, step))
        else:
            count = len(rows)
        return Rows(
            count,
            None if self.X is None else self.X[rows],
            None if self.y is None else self.y[rows],
            None if self.sample_weight is None else self.sample_weight[rows],
            None if self.groups is None else self.groups[rows],
        )


def is_sparse(X: Any) -> bool:
    """Whether X is an array or a matrix of scipy.sparse."""
    return bool(sparse.issparse(X))


def bytes_of(values: Any) -> int:
    """Bytes of an array, dense or sparse; 0 for None."""
    if values is None:
        return 0
    if is_sparse(values):
        return int(values.data.nbytes + values.indices.nbytes + values.indptr.nbytes)
    return int(values.nbytes)


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
    """

    index: int
    first_row: int | None
    rows: Rows
    where: str
