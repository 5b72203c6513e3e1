"""A loss of linear predictions with its gradient, and its Hessian, at given coefficients.

What the loss is, a `Problem` says: pointwise, by predictions. Least squares, the logistic and
softmax losses, the deviances of Poisson, Gamma and Tweedie, Huber's loss with its scale and the
squared margins of support vectors are all problems; everything about rows, tiles, weights and
fusion is here, once.

Many gradients at many coefficients are one kernel: the coefficients of all candidates and folds
stand side by side, a tile of rows meets them in one matrix product, and the loss is evaluated
once a row and column while the tile is in cache. The Hessian may be taken from every s-th row:
as a preconditioner that is enough.

Coefficients are those of the raw rows. A pipeline's affine steps are folded into them, so
candidates with different preprocessing share the kernel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.tiles import (
    TILE_BYTES,
    feature_array,
    float64_tile,
    linear_height,
    linear_tile,
    predictions,
    weights_of,
)

Array = NDArray[Any]
Floats = NDArray[np.float64]


class Problem(ABC):
    """A loss of linear predictions and of what the target says; a frozen value.

    Attributes
    ----------
    weighted : bool
        Whether rows count by their sample weight.
    curvature : float
        About the largest second derivative of the loss by a prediction.
    n_hessians : int
        Matrices that `hessian` gives below each other, of which `settled` makes one.
    shift_invariant : bool
        Whether the loss stays the same when all predictions of a row move together.
    without_features : tuple of int
        Outputs that are the same for all rows: an intercept and nothing else.
    """

    weighted: bool
    curvature: ClassVar[float] = 1.0
    n_hessians: int = 1
    shift_invariant: ClassVar[bool] = False
    without_features: ClassVar[tuple[int, ...]] = ()

    @property
    def n_outputs(self) -> int:
        """Columns of coefficients."""
        return 1

    @property
    @abstractmethod
    def kernel(self) -> Hashable:
        """Problems with the same one have the same `target` and are evaluated together."""

    @abstractmethod
    def target(self, rows: Rows) -> Array:
        """What the loss sees of the target, shape (n_rows,); an error where it cannot be."""

    @abstractmethod
    def loss(
        self, problems: Sequence[Self], predicted: Floats, target: Array
    ) -> tuple[Floats, Floats]:
        """Loss and derivative by the predictions, of problems with one kernel.

        ``predicted`` has shape (n_problems * n_outputs, n_rows) and may be overwritten; the loss
        has shape (n_problems, n_rows), the derivative that of the predictions.
        """

    @abstractmethod
    def hessian(self, X: Floats, predicted: Floats, target: Array, weight: Floats) -> Floats:
        """Weighted sum of the Hessians of some rows, for parameters as in `GlmHessian`.

        ``predicted`` has shape (n_outputs, n_rows) and may be overwritten.
        """

    def settled(self, hessian: Floats) -> Floats:
        """The model of the Hessian from the sum over all rows: the sum itself, for most losses."""
        return hessian

    def factors(self, problems: Sequence[Self], target: Array) -> Floats | None:
        """Factors of the rows' weights, shape (n_problems, n_rows); None where all are one."""
        return None


@dataclass(frozen=True, slots=True)
class LossState:
    """Sums over rows; ``gradient`` has shape (n_features + 1, n_outputs), intercept last."""

    loss: float
    weight: float
    gradient: Floats


@dataclass(frozen=True)
class GlmGradient(Statistic[LossState | None, LossState]):
    """Weighted sums of a loss and of its gradient.

    Parameters
    ----------
    problem : Problem
    coefficients : ndarray of shape (n_features + 1, n_outputs)
        For raw rows; the last row is the intercept.

    Notes
    -----
    **Passes** 1. **Cost** two multiply-adds a value and output, and the loss's own functions a
    row and output. **Error** a few ulp of the sum of absolute terms.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    problem: Problem
    coefficients: Floats = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.coefficients))

    def zero(self) -> LossState | None:
        return None

    def update(self, state: LossState | None, rows: Rows) -> LossState | None:
        return self.update_many([self], [state], rows)[0]

    @classmethod
    def update_many(
        cls, statistics: Sequence[Self], states: Sequence[LossState | None], rows: Rows
    ) -> list[LossState | None]:
        updated = list(states)
        if rows.n_rows == 0:
            return updated
        alike: dict[Hashable, list[int]] = defaultdict(list)
        for position, statistic in enumerate(statistics):
            problem = statistic.problem
            alike[problem.kernel, problem.weighted].append(position)
        for positions in alike.values():
            news = _fused_gradients([statistics[position] for position in positions], rows)
            for position, new in zip(positions, news, strict=True):
                updated[position] = statistics[position].merge(updated[position], new)
        return updated

    def merge(self, left: LossState | None, right: LossState | None) -> LossState | None:
        if left is None or right is None:
            return right if left is None else left
        return LossState(
            left.loss + right.loss, left.weight + right.weight, left.gradient + right.gradient
        )

    def value(self, state: LossState | None) -> LossState:
        return LossState(0.0, 0.0, np.zeros_like(self.coefficients)) if state is None else state

    def state_bytes(self, n_columns: int) -> int:
        return int(self.coefficients.nbytes)

    def suspect(self, state: LossState | None) -> bool:
        return state is not None and not np.isfinite(state.gradient).all()


def _fused_gradients(statistics: Sequence[GlmGradient], rows: Rows) -> list[LossState]:
    """Loss and gradient of all statistics, whose problems have one kernel, over these rows."""
    problems = [statistic.problem for statistic in statistics]
    first = problems[0]
    n_outputs = first.n_outputs
    X = feature_array(rows)
    stacked = np.hstack([statistic.coefficients for statistic in statistics])
    target = first.target(rows)
    weight = weights_of(rows, first.weighted)

    gradient = np.zeros((stacked.shape[1], stacked.shape[0]))
    loss = np.zeros(len(statistics))
    total = np.zeros(len(statistics))
    height = linear_height(X, stacked)
    for start in range(0, rows.n_rows, height):
        tile = slice(start, min(start + height, rows.n_rows))
        X_tile = linear_tile(X, tile)
        predicted = predictions(X_tile, stacked)
        tile_weight = _row_weights(weight, first.factors(problems, target[tile]), tile)
        tile_loss, residual = first.loss(problems, predicted, target[tile])
        if tile_weight is None:
            loss += tile_loss.sum(axis=1)
            total += tile.stop - tile.start
        else:
            loss += (tile_loss * tile_weight).sum(axis=1)
            total += np.broadcast_to(tile_weight, tile_loss.shape).sum(axis=1)
            if len(tile_weight) > 1 and n_outputs > 1:
                tile_weight = np.repeat(tile_weight, n_outputs, axis=0)
            residual *= tile_weight
        gradient[:, :-1] += residual @ X_tile
        gradient[:, -1] += residual.sum(axis=1)
    return [
        LossState(
            float(loss[i]), float(total[i]), gradient[i * n_outputs : (i + 1) * n_outputs].T.copy()
        )
        for i in range(len(statistics))
    ]


def _row_weights(weight: Floats | None, factors: Floats | None, tile: slice) -> Floats | None:
    """Weights of a tile's rows: (1, n_rows) or (n_problems, n_rows), None where all are one."""
    if weight is None:
        return factors
    by_row = weight[np.newaxis, tile]
    return by_row if factors is None else factors * by_row


@dataclass(frozen=True, slots=True)
class HessianState:
    """Sum of the rows' Hessians, of shape (n_outputs * (n_features + 1),) * 2, and weight."""

    weight: float
    hessian: Floats


@dataclass(frozen=True)
class GlmHessian(Statistic[HessianState | None, HessianState]):
    """Weighted sum of the Hessian of a loss, over all rows or every s-th of a block.

    The parameters are ordered output by output, each with its features and then its intercept.

    Parameters
    ----------
    problem : Problem
    coefficients : ndarray of shape (n_features + 1, n_outputs)
    stride : int
        Take every such row of a block.

    Notes
    -----
    **Passes** 1. **Cost** p**2 multiply-adds a sampled row for p = n_outputs * (n_features + 1),
    8 p**2 bytes of state.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    problem: Problem
    coefficients: Floats = field(compare=False)
    stride: int = 1
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.coefficients))

    def zero(self) -> HessianState | None:
        return None

    def update(self, state: HessianState | None, rows: Rows) -> HessianState | None:
        rows = rows.take(slice(0, None, self.stride))
        X = feature_array(rows)
        target = self.problem.target(rows)
        weight = weights_of(rows, self.problem.weighted)
        height = max(32, TILE_BYTES // (8 * self.coefficients.size))
        for start in range(0, rows.n_rows, height):
            tile = slice(start, min(start + height, rows.n_rows))
            factors = self.problem.factors([self.problem], target[tile])
            weights = _row_weights(weight, factors, tile)
            tile_weight = np.ones(tile.stop - start) if weights is None else weights[0]
            X_tile = float64_tile(X, tile)
            predicted = predictions(X_tile, self.coefficients)
            hessian = self.problem.hessian(X_tile, predicted, target[tile], tile_weight)
            state = self.merge(state, HessianState(float(tile_weight.sum()), hessian))
        return state

    def merge(self, left: HessianState | None, right: HessianState | None) -> HessianState | None:
        if left is None or right is None:
            return right if left is None else left
        return HessianState(left.weight + right.weight, left.hessian + right.hessian)

    def value(self, state: HessianState | None) -> HessianState:
        if state is None:
            size = self.coefficients.size
            return HessianState(0.0, np.zeros((size, size)))
        return HessianState(state.weight, self.problem.settled(state.hessian))

    def state_bytes(self, n_columns: int) -> int:
        return 8 * self.problem.n_hessians * int(self.coefficients.size) ** 2

    def suspect(self, state: HessianState | None) -> bool:
        return state is not None and not np.isfinite(np.diagonal(state.hessian)).all()


def bordered_gram(X: Floats, root: Floats) -> Floats:
    """Gram matrix of [X, 1] with its rows scaled."""
    n_features = X.shape[1]
    scaled = X * root[:, np.newaxis]
    gram = np.empty((n_features + 1, n_features + 1))
    gram[:-1, :-1] = scaled.T @ scaled
    gram[-1, :-1] = gram[:-1, -1] = root @ scaled
    gram[-1, -1] = root @ root
    return gram
