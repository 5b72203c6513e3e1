"""One fixed-point step of independent component analysis, for all directions at once.

A contrast g of the sources y = W x is averaged with the rows it came from; the tile's sources
never leave the cache. Rows are not whitened: that is a product with what was summed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.mapped import Mapped

Array = NDArray[np.float64]

# Sources of shape (n_directions, n_rows), which may be overwritten, to their contrast and the
# mean of its derivative
Contrast = Callable[[Array], tuple[Array, Array]]


def log_cosh(sources: Array, alpha: float) -> tuple[Array, Array]:
    """The contrast of the logarithm of the hyperbolic cosine."""
    sources *= alpha
    np.tanh(sources, out=sources)
    squares = np.einsum("ij,ij->i", sources, sources) / sources.shape[1]
    return sources, alpha * (1.0 - squares)


def gaussian(sources: Array) -> tuple[Array, Array]:
    """The contrast of the Gaussian."""
    squares = np.square(sources)
    bell = np.exp(-0.5 * squares)
    return sources * bell, ((1.0 - squares) * bell).mean(axis=1)


def cube(sources: Array) -> tuple[Array, Array]:
    """The contrast of the fourth power."""
    squares = np.square(sources)
    return sources * squares, 3.0 * squares.mean(axis=1)


def user_contrast(
    sources: Array, function: Callable[..., Any], arguments: dict[str, Any]
) -> tuple[Array, Array]:
    """A contrast that a user wrote for scikit-learn."""
    values, slopes = function(sources, **arguments)
    slopes = np.asarray(slopes, np.float64)
    return values, slopes if slopes.ndim < 2 else slopes.mean(axis=-1)


@dataclass(frozen=True, slots=True)
class ContrastSums:
    """Sums over rows.

    Attributes
    ----------
    count : int
    products : ndarray of shape (n_directions, n_features)
        Of the contrast and the rows.
    slopes : ndarray of shape (n_directions,)
        Of the contrast's derivative.
    """

    count: int
    products: Array
    slopes: Array


@dataclass(frozen=True)
class ContrastStep(Statistic[ContrastSums, ContrastSums]):
    """Sums of contrasts of directions, with the rows and of their slopes; equal by contents.

    Parameters
    ----------
    mapped : Mapped
    directions : ndarray of shape (n_directions, n_features)
        Of the mapped rows.
    kind : str
        By which contrasts are told apart.
    contrast : callable

    Notes
    -----
    **Passes** 1. **Cost** 2 n_features multiply-adds and a contrast a row and direction.
    **Error** a few ulp of the sums. **Source** Hyvarinen, Oja (2000), Independent component
    analysis: algorithms and applications.
    """

    reusable: ClassVar[bool] = False
    mapped: Mapped
    directions: Array = field(compare=False)
    kind: str
    contrast: Contrast = field(compare=False, repr=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.directions))

    def zero(self) -> ContrastSums:
        return ContrastSums(0, np.zeros(self.directions.shape), np.zeros(len(self.directions)))

    def update(self, state: ContrastSums, rows: Rows) -> ContrastSums:
        n_directions, n_features = self.directions.shape
        for _, tile, _ in self.mapped.tiles(rows, n_directions + n_features):
            values, slopes = self.contrast(self.directions @ tile.T)
            found = ContrastSums(len(tile), values @ tile, np.asarray(slopes) * len(tile))
            state = self.merge(state, found)
        return state

    def merge(self, left: ContrastSums, right: ContrastSums) -> ContrastSums:
        return ContrastSums(
            left.count + right.count,
            left.products + right.products,
            left.slopes + right.slopes,
        )

    def value(self, state: ContrastSums) -> ContrastSums:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * (self.directions.size + len(self.directions))

    def suspect(self, state: ContrastSums) -> bool:
        return not np.isfinite(state.products).all()
