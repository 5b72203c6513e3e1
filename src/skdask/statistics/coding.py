"""One step of dictionary learning: sparse codes of rows, used at once and forgotten.

For a given dictionary the code of a row follows from the row alone, so codes are found again in
every pass. All that the next dictionary needs of them are two products.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask._sklearn import sparse_codes
from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.mapped import Mapped

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CodeSums:
    """Sums over rows with their codes c.

    Attributes
    ----------
    count : int
    squares : float
        Of the rows.
    sizes : float
        Of the codes, in the l1 norm.
    pairs : ndarray of shape (n_components, n_components)
        Of c c.T.
    cross : ndarray of shape (n_features, n_components)
        Of x c.T.
    """

    count: int
    squares: float
    sizes: float
    pairs: Array
    cross: Array


@dataclass(frozen=True)
class CodeStep(Statistic[CodeSums, CodeSums]):
    """Products of rows and their sparse codes, for a given dictionary.

    Parameters
    ----------
    mapped : Mapped
    dictionary : ndarray of shape (n_components, n_features)
    method : {"lasso_lars", "lasso_cd"}
    alpha : float
    max_iter : int
        Of the coding of a row.
    positive : bool

    Notes
    -----
    **Passes** 1. **Cost** a lasso path of n_components steps a row; the state is as large as the
    dictionary. **Error** that of scikit-learn's coding. **Source** Mairal, Bach, Ponce, Sapiro
    (2009), Online dictionary learning for sparse coding.
    """

    reusable: ClassVar[bool] = False
    mapped: Mapped
    dictionary: Array = field(compare=False)
    method: str
    alpha: float
    max_iter: int
    positive: bool = False
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.dictionary))

    def zero(self) -> CodeSums:
        k, p = self.dictionary.shape
        return CodeSums(0, 0.0, 0.0, np.zeros((k, k)), np.zeros((p, k)))

    def update(self, state: CodeSums, rows: Rows) -> CodeSums:
        for _, tile, _ in self.mapped.tiles(rows, sum(self.dictionary.shape)):
            codes = sparse_codes(
                tile, self.dictionary, self.method, self.alpha, self.max_iter, self.positive
            )
            found = CodeSums(
                len(tile),
                float(np.vdot(tile, tile)),
                float(np.abs(codes).sum()),
                codes.T @ codes,
                tile.T @ codes,
            )
            state = self.merge(state, found)
        return state

    def merge(self, left: CodeSums, right: CodeSums) -> CodeSums:
        return CodeSums(
            left.count + right.count,
            left.squares + right.squares,
            left.sizes + right.sizes,
            left.pairs + right.pairs,
            left.cross + right.cross,
        )

    def value(self, state: CodeSums) -> CodeSums:
        return state

    def state_bytes(self, n_columns: int) -> int:
        k = len(self.dictionary)
        return 8 * (self.dictionary.size + k * k)

    def suspect(self, state: CodeSums) -> bool:
        return not np.isfinite(state.squares)


@dataclass(frozen=True, slots=True)
class Sides:
    """The projections that reach farthest from zero along directions, each (n_directions,)."""

    farthest: Array


@dataclass(frozen=True)
class FarthestSides(Statistic[Sides, Sides]):
    """To which side rows reach farther along directions, by which signs are settled.

    Parameters
    ----------
    mapped : Mapped
    directions : ndarray of shape (n_directions, n_features)

    Notes
    -----
    **Passes** 1. **Cost** n_features multiply-adds a row and direction. **Error** none but of
    ties.
    """

    reusable: ClassVar[bool] = False
    mapped: Mapped
    directions: Array = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.directions))

    def zero(self) -> Sides:
        return Sides(np.zeros(len(self.directions)))

    def update(self, state: Sides, rows: Rows) -> Sides:
        for _, tile, _ in self.mapped.tiles(rows, sum(self.directions.shape)):
            projected = tile @ self.directions.T
            far = projected[np.abs(projected).argmax(axis=0), np.arange(projected.shape[1])]
            state = self.merge(state, Sides(far))
        return state

    def merge(self, left: Sides, right: Sides) -> Sides:
        farther = np.abs(right.farthest) > np.abs(left.farthest)
        return Sides(np.where(farther, right.farthest, left.farthest))

    def value(self, state: Sides) -> Sides:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * len(self.directions)

    def suspect(self, state: Sides) -> bool:
        return not np.isfinite(state.farthest).all()
