"""The rows of one branch of a tree of clusters, as k-means sees them.

A row belongs to a branch where at every split above it the row lies next to the centre on the
branch's side. So a branch needs no list of rows, and every statistic of k-means is one of a
branch as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask._sklearn import lloyd_labels
from skdask.rows import Rows
from skdask.statistics.base import array_token
from skdask.statistics.mapped import Mapped


@dataclass(frozen=True)
class Branch(Mapped):
    """Mapped rows that lie within a branch.

    Attributes
    ----------
    splits : tuple of ndarray of shape (2, n_features)
        The two centres at each split, from the root down, in the mapped and shifted space.
    sides : tuple of int
        Which of them the branch follows.
    """

    splits: tuple[NDArray[np.float64], ...] = field(default=(), compare=False)
    sides: tuple[int, ...] = ()
    path: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "path", array_token(*self.splits))

    @classmethod
    def root(cls, mapped: Mapped) -> Branch:
        return cls(mapped.affine, mapped.shift, mapped.weighted)

    def half(self, centres: NDArray[np.float64], side: int) -> Branch:
        """One side of a split of this branch."""
        return replace(self, splits=(*self.splits, centres), sides=(*self.sides, side))

    def tiles(self, rows: Rows, widest: int) -> Iterator[tuple[Any, Any, NDArray[np.float64]]]:
        """Each tile as (positions, rows of the branch in C order and float64, weights)."""
        for part, tile, weight in super().tiles(rows, widest):
            if not self.splits:
                yield part, tile, weight
                continue
            kept, tile = self._within(tile)
            yield np.arange(part.start, part.stop)[kept], tile, weight[kept]

    def _within(self, tile: Any) -> tuple[NDArray[np.intp], Any]:
        """Positions of the rows that belong to the branch, and these rows."""
        kept = np.arange(tile.shape[0])
        for centres, side in zip(self.splits, self.sides, strict=True):
            own = np.flatnonzero(lloyd_labels(tile, centres) == side)
            kept, tile = kept[own], tile[own]
        return kept, tile

    def belong(self, tile: Any) -> NDArray[np.intp]:
        """Positions of mapped and shifted rows that belong to the branch."""
        return self._within(tile)[0]
