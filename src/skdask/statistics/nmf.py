"""One step of non-negative matrix factorisation: weights of rows, used at once and forgotten.

For given components the weights of a row follow from the row alone. So they are found again in
every pass, tile by tile, instead of being kept for all rows; and as they are then the best ones,
what is minimised is a function of the components only, whose gradient follows from two products.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.mapped import Mapped

Array = NDArray[np.float64]

# Sweeps over the components of a tile's weights, at most
_SWEEPS = 200


def nonnegative(
    gram: Array, cross: Array, start: Array, tol: float, sweeps: int = _SWEEPS
) -> Array:
    """The non-negative Z of shape (k, n) that minimises tr(Z.T gram Z) / 2 - tr(cross.T Z).

    Coordinate descent over the rows of Z, each for all columns at once, until a sweep moves Z by
    less than ``tol`` of its size.
    **Source** Cichocki, Phan (2009), Fast local algorithms for large scale nonnegative matrix and
    tensor factorizations.
    """
    found = start.copy()
    curved = [k for k in range(len(gram)) if gram[k, k] > 0.0]
    for _ in range(sweeps):
        moved = 0.0
        for k in curved:
            step = cross[k] - gram[k] @ found
            step /= gram[k, k]
            step += found[k]
            np.maximum(step, 0.0, out=step)
            moved = max(moved, float(np.abs(step - found[k]).sum()))
            found[k] = step
        if moved <= tol * (float(found.sum()) / len(gram) + np.finfo(np.float64).tiny):
            break
    return found


def first_guess(gram: Array, cross: Array) -> Array:
    """The least squares solution, its negative parts cut off: where a descent starts."""
    size = np.trace(gram) / len(gram)
    ridge = gram + 1e-9 * (size or 1.0) * np.eye(len(gram))
    return np.maximum(np.linalg.solve(ridge, cross), 0.0)


def nonnegative_rows(X: Any, asked_by: str) -> None:
    """Raise scikit-learn's error where a value is negative."""
    values = X.data if is_sparse(X) else X
    if values.size and values.min() < 0.0:
        raise ValueError(f"Negative values in data passed to {asked_by}")


@dataclass(frozen=True, slots=True)
class FactorSums:
    """Sums over rows with their best weights w.

    Attributes
    ----------
    count : int
    squares : float
        Of the rows.
    pairs : ndarray of shape (n_components, n_components)
        Of w w.T.
    cross : ndarray of shape (n_components, n_features)
        Of w x.T.
    weights : ndarray of shape (n_components,)
        Of w.
    residual : float
        Squared distance of the rows from what their weights make; 0 unless asked for.
    """

    count: int
    squares: float
    pairs: Array
    cross: Array
    weights: Array
    residual: float


@dataclass(frozen=True)
class FactorStep(Statistic[FactorSums, FactorSums]):
    """Products of rows and their best non-negative weights, for given components.

    Parameters
    ----------
    mapped : Mapped
    components : ndarray of shape (n_components, n_features)
    l1, l2 : float
        Penalties of a weight and of half its square.
    tol : float
        To which weights are found.
    with_residual : bool
        Whether the distances are summed one by one, where a difference of squares would lose
        their digits.
    asked_by : str

    Notes
    -----
    **Passes** 1. **Cost** 2 n_features multiply-adds a row and component, and some tens of sweeps
    of n_components**2; the state is as large as the components. **Error** ``tol`` of the weights,
    which the objective feels squared.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    mapped: Mapped
    components: Array = field(compare=False)
    l1: float = 0.0
    l2: float = 0.0
    tol: float = 1e-6
    with_residual: bool = False
    asked_by: str = "NMF (input X)"
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.components))

    def zero(self) -> FactorSums:
        k, p = self.components.shape
        return FactorSums(0, 0.0, np.zeros((k, k)), np.zeros((k, p)), np.zeros(k), 0.0)

    def update(self, state: FactorSums, rows: Rows) -> FactorSums:
        H = self.components
        gram = H @ H.T + self.l2 * np.eye(len(H))
        for _, tile, _ in self.mapped.tiles(rows, sum(H.shape)):
            nonnegative_rows(tile, self.asked_by)
            cross = np.ascontiguousarray((tile @ H.T).T) - self.l1
            W = nonnegative(gram, cross, first_guess(gram, cross), self.tol)
            values = tile.data if is_sparse(tile) else tile
            residual = 0.0
            if self.with_residual:
                dense = tile.toarray() if is_sparse(tile) else tile
                residual = float(np.square(dense - W.T @ H).sum())
            found = FactorSums(
                tile.shape[0],
                float(np.vdot(values, values)),
                W @ W.T,
                (tile.T @ W.T).T if is_sparse(tile) else W @ tile,
                W.sum(axis=1),
                residual,
            )
            state = self.merge(state, found)
        return state

    def merge(self, left: FactorSums, right: FactorSums) -> FactorSums:
        return FactorSums(
            left.count + right.count,
            left.squares + right.squares,
            left.pairs + right.pairs,
            left.cross + right.cross,
            left.weights + right.weights,
            left.residual + right.residual,
        )

    def value(self, state: FactorSums) -> FactorSums:
        return state

    def state_bytes(self, n_columns: int) -> int:
        k = len(self.components)
        return 8 * (self.components.size + k * (k + 1))

    def suspect(self, state: FactorSums) -> bool:
        return not np.isfinite(state.squares)


@dataclass(frozen=True, slots=True)
class SignedSquares:
    """Squares of the positive and of the negative parts of projections, each (n_directions,)."""

    positive: Array
    negative: Array


@dataclass(frozen=True)
class SignedParts(Statistic[SignedSquares, SignedSquares]):
    """How far rows reach to both sides along directions.

    Parameters
    ----------
    mapped : Mapped
    directions : ndarray of shape (n_directions, n_features)

    Notes
    -----
    **Passes** 1. **Cost** n_features multiply-adds a row and direction. **Error** a few ulp.
    **Source** Boutsidis, Gallopoulos (2008), SVD based initialization: a head start for
    nonnegative matrix factorization.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    mapped: Mapped
    directions: Array = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.directions))

    def zero(self) -> SignedSquares:
        return SignedSquares(np.zeros(len(self.directions)), np.zeros(len(self.directions)))

    def update(self, state: SignedSquares, rows: Rows) -> SignedSquares:
        for _, tile, _ in self.mapped.tiles(rows, sum(self.directions.shape)):
            projected = tile @ self.directions.T
            positive = np.square(np.maximum(projected, 0.0)).sum(axis=0)
            negative = np.square(np.minimum(projected, 0.0)).sum(axis=0)
            state = self.merge(state, SignedSquares(positive, negative))
        return state

    def merge(self, left: SignedSquares, right: SignedSquares) -> SignedSquares:
        return SignedSquares(left.positive + right.positive, left.negative + right.negative)

    def value(self, state: SignedSquares) -> SignedSquares:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 16 * len(self.directions)

    def suspect(self, state: SignedSquares) -> bool:
        return not np.isfinite(state.positive).all()
