"""The rows within a radius of some centres: what a step of mean shift moves centres by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic
from skdask.statistics.lloyd import OfCentres


@dataclass(frozen=True, slots=True)
class Balls:
    """Sum and number of the rows in each ball; a row may be in several or in none.

    Attributes
    ----------
    sums : ndarray of shape (n_centres, n_features)
    counts : ndarray of shape (n_centres,)
    """

    sums: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class BallSums(OfCentres, Statistic[Balls, Balls]):
    """Sum and number of the rows within a radius of each centre, weights aside.

    Parameters
    ----------
    radius : float

    Notes
    -----
    **Passes** 1. **Cost** two multiply-adds a value and centre. **Error** a row whose distance
    equals the radius up to rounding may count either way. **Source** Comaniciu, Meer (2002), Mean
    shift: a robust approach toward feature space analysis, with its flat kernel.
    """

    reusable: ClassVar[bool] = False
    radius: float = 1.0

    @property
    def weighted(self) -> bool:
        return False

    def zero(self) -> Balls:
        return Balls(np.zeros(self.centres.shape), np.zeros(len(self.centres), np.int64))

    def update(self, state: Balls, rows: Rows) -> Balls:
        squares = np.einsum("ij,ij->i", self.centres, self.centres)[:, np.newaxis]
        # a few times the tile of rows: the distances are what is large
        for _, tile, _ in self.mapped.tiles(rows, max(len(self.centres), tile_width(rows) + 1)):
            distances = -2.0 * (self.centres @ tile.T)
            distances += squares
            distances += np.einsum("ij,ij->i", tile, tile)
            within = distances <= self.radius**2
            counts = within.sum(axis=1)
            state = self.merge(state, Balls(within.astype(np.float64) @ tile, counts))
            if not np.isfinite(distances).all():
                state = Balls(np.full(self.centres.shape, np.nan), state.counts)
        return state

    def merge(self, left: Balls, right: Balls) -> Balls:
        return Balls(left.sums + right.sums, left.counts + right.counts)

    def value(self, state: Balls) -> Balls:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * self.centres.size + 8 * len(self.centres)

    def suspect(self, state: Balls) -> bool:
        return not np.isfinite(state.sums).all()


def tile_width(rows: Rows) -> int:
    """Columns of the rows."""
    return 0 if rows.X is None else int(rows.X.shape[1])
