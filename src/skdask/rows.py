"""Rows held in memory together: the currency between blocks, statistics and passes.

A statistic is updated with `Rows`; a block is `Rows` that know where they came from. Nothing
here reads data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rows:
    """Features, target and weight of some rows.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_features), float32 or float64, or None
        C- or Fortran-ordered, read-only by contract. None where a pass asked for no features.
    y : ndarray of shape (n_rows,) or (n_rows, n_targets), or None
        Any dtype: class labels stay as they came.
    sample_weight : ndarray of shape (n_rows,), float64, or None
    groups : ndarray of shape (n_rows,), or None
    n_rows : int
    """

    n_rows: int
    X: NDArray[np.floating] | None = None
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
