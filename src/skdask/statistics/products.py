"""The product of a scatter with a few directions, without the scatter.

Of many thousands of columns the scatter is a matrix that no memory holds; its product with twenty
directions is twenty columns. Power, Lanczos and randomised iterations ask for nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.mapped import Mapped

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScatterProduct(Statistic[Array, Array]):
    """The sum over rows x of x (x' Q), for directions Q.

    Parameters
    ----------
    mapped : Mapped
        How rows are looked at; they are not centred beyond its shift.
    directions : ndarray of shape (n_features, n_directions)

    Notes
    -----
    **Passes** 1. **Cost** two multiply-adds a value and direction, of sparse rows a stored one; a
    state of the size of the directions. **Error** that of sums, in float64.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    mapped: Mapped
    directions: Array = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "directions", np.ascontiguousarray(self.directions, np.float64))
        object.__setattr__(self, "token", array_token(self.directions))

    def zero(self) -> Array:
        return np.zeros(self.directions.shape)

    def update(self, state: Array, rows: Rows) -> Array:
        found = state.copy()
        for _, tile, _ in self.mapped.tiles(rows, self.directions.shape[1]):
            found += tile.T @ (tile @ self.directions)
        return found

    def merge(self, left: Array, right: Array) -> Array:
        return left + right

    def value(self, state: Array) -> Array:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return self.directions.nbytes

    def suspect(self, state: Array) -> bool:
        return not np.isfinite(state.sum())
