"""Rows by their Mahalanobis distance: their order, and the moments of those within a reach.

The minimum covariance determinant looks at the nearest half of the rows again and again. Which
these are is told by one number, the distance of the last of them, so that no mask as long as the
data is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.mapped import Mapped
from skdask.statistics.ranks import Ranks
from skdask.statistics.series import Columns

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ellipsoid:
    """What distances are taken from and by; equal by contents.

    Attributes
    ----------
    mapped : Mapped
    location : ndarray of shape (n_features,)
        In the mapped and shifted space.
    precision : ndarray of shape (n_features, n_features)
    """

    mapped: Mapped
    location: Array = field(compare=False)
    precision: Array = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.location, self.precision))

    def tiles(self, rows: Rows) -> Iterator[tuple[slice, Array, Array]]:
        """Each tile as (slice, rows less the location, squared distances)."""
        for part, tile, _ in self.mapped.tiles(rows, 2 * len(self.location)):
            centred = (tile.toarray() if is_sparse(tile) else tile) - self.location
            yield part, centred, np.einsum("ij,ij->i", centred @ self.precision, centred)


@dataclass(frozen=True)
class Distances(Columns):
    """Squared distances of the rows, as the one column of which ranks are counted.

    Parameters
    ----------
    ellipsoid : Ellipsoid
    negative : bool
        Whether the farthest row comes first.
    """

    ellipsoid: Ellipsoid
    negative: bool = False

    def width(self, n_columns: int) -> int:
        return 1

    def tiles(self, rows: Rows) -> Iterator[NDArray[np.floating]]:
        found = np.empty((1, rows.n_rows))
        for part, _, distances in self.ellipsoid.tiles(rows):
            found[0, part] = -distances if self.negative else distances
        yield found


@dataclass(frozen=True)
class DistanceRanks(Ranks):
    """`Ranks` of distances from what an algorithm moves, so that none asks for them again."""

    reusable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Inside:
    """Sums of rows less the location: those within the reach, and those at it.

    Attributes
    ----------
    counts : ndarray of shape (2,)
    sums : ndarray of shape (2, n_features)
    products : ndarray of shape (2, n_features, n_features)
    """

    counts: NDArray[np.int64]
    sums: Array
    products: Array

    def moments(self, n_rows: int | None = None) -> tuple[Array, Array]:
        """Mean, from the location, and covariance of the nearest rows.

        Of rows at the reach as many as are needed count, all of them in equal shares. Without a
        number of rows it is those within alone.
        """
        share = 0.0
        if n_rows is not None and self.counts[1]:
            share = (n_rows - self.counts[0]) / self.counts[1]
        total = self.counts[0] + share * self.counts[1]
        mean = (self.sums[0] + share * self.sums[1]) / total
        products = self.products[0] + share * self.products[1]
        return mean, products / total - np.outer(mean, mean)


@dataclass(frozen=True)
class InnerMoments(Statistic[Inside, Inside]):
    """Sums and products of the rows nearer than a distance, and of those just as far.

    Parameters
    ----------
    ellipsoid : Ellipsoid
    reach : float
        Squared.

    Notes
    -----
    **Passes** 1. **Cost** n_features multiply-adds a value for the distance and as many for the
    products. **Error** a few ulp of the spread around the location. **Source** the C-step of
    Rousseeuw, Van Driessen (1999), A fast algorithm for the minimum covariance determinant
    estimator.
    """

    reusable: ClassVar[bool] = False
    ellipsoid: Ellipsoid
    reach: float

    def zero(self) -> Inside:
        n_features = len(self.ellipsoid.location)
        return Inside(
            np.zeros(2, np.int64), np.zeros((2, n_features)), np.zeros((2, n_features, n_features))
        )

    def update(self, state: Inside, rows: Rows) -> Inside:
        for _, centred, distances in self.ellipsoid.tiles(rows):
            found = self.zero()
            for place, chosen in enumerate((distances < self.reach, distances == self.reach)):
                own = centred[chosen]
                found.counts[place] = len(own)
                found.sums[place] = own.sum(axis=0)
                found.products[place] = own.T @ own
            if not np.isfinite(distances).all():
                found.sums[:] = np.nan
            state = self.merge(state, found)
        return state

    def merge(self, left: Inside, right: Inside) -> Inside:
        return Inside(
            left.counts + right.counts, left.sums + right.sums, left.products + right.products
        )

    def value(self, state: Inside) -> Inside:
        return state

    def state_bytes(self, n_columns: int) -> int:
        n_features = len(self.ellipsoid.location)
        return 16 * (1 + n_features + n_features**2)

    def suspect(self, state: Inside) -> bool:
        return not np.isfinite(state.sums).all()
