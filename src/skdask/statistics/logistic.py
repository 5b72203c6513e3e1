"""The logistic loss with its gradient, and its Hessian, at given coefficients.

Two classes have one column of coefficients (the log-odds of the second class), more have one
column a class (softmax). Many gradients at many coefficients are one kernel: the coefficients of
all candidates and folds stand side by side, a tile of rows meets them in one matrix product, and
the link function is evaluated once a row and column while the tile is in cache. The Hessian may
be taken from every s-th row: as a preconditioner that is enough.

Coefficients are those of the raw rows. A pipeline's affine steps are folded into them, so
candidates with different preprocessing share the kernel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.labels import label_array
from skdask.statistics.link import binary_link, softmax_link
from skdask.statistics.tiles import (
    TILE_BYTES,
    feature_array,
    float64_tile,
    linear_height,
    linear_tile,
    predictions,
    weights_of,
)


@dataclass(frozen=True)
class LogisticProblem:
    """What the labels mean to a logistic loss; equal by contents.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    class_weight : ndarray of shape (n_classes,) or None
        Factor of the weight of each class's rows.
    weighted : bool
        Whether rows count by their sample weight.
    """

    classes: NDArray[Any] = field(compare=False)
    class_weight: NDArray[np.float64] | None = field(compare=False, default=None)
    weighted: bool = False
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.classes, self.class_weight))

    @property
    def n_outputs(self) -> int:
        """Columns of coefficients: one for two classes, else one a class."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    def codes(self, rows: Rows) -> NDArray[np.intp]:
        """The class number of each row."""
        return np.searchsorted(self.classes, label_array(rows))


@dataclass(frozen=True, slots=True)
class LossState:
    """Sums over rows; ``gradient`` has shape (n_features + 1, n_outputs), intercept last."""

    loss: float
    weight: float
    gradient: NDArray[np.float64]


@dataclass(frozen=True)
class LogisticGradient(Statistic[LossState | None, LossState]):
    """Weighted sums of the logistic loss and of its gradient.

    Parameters
    ----------
    problem : LogisticProblem
    coefficients : ndarray of shape (n_features + 1, n_outputs)
        For raw rows; the last row is the intercept.

    Notes
    -----
    **Passes** 1. **Cost** two multiply-adds a value and output, one exp and one log a row and
    output. **Error** a few ulp of the sum of absolute terms.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    problem: LogisticProblem
    coefficients: NDArray[np.float64] = field(compare=False)
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
        alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for position, statistic in enumerate(statistics):
            problem = statistic.problem
            same_labels = (array_token(problem.classes), problem.weighted)
            alike[same_labels].append(position)
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


def _fused_gradients(statistics: Sequence[LogisticGradient], rows: Rows) -> list[LossState]:
    """Loss and gradient of all statistics, which share their labels, over these rows."""
    problem = statistics[0].problem
    n_outputs = problem.n_outputs
    X = feature_array(rows)
    stacked = np.hstack([statistic.coefficients for statistic in statistics])
    codes = problem.codes(rows)
    weight = weights_of(rows, problem.weighted)
    class_weight = _class_weights(statistics)
    link = binary_link if n_outputs == 1 else softmax_link

    gradient = np.zeros((stacked.shape[1], stacked.shape[0]))
    loss = np.zeros(len(statistics))
    total = np.zeros(len(statistics))
    height = linear_height(X, stacked)
    for start in range(0, rows.n_rows, height):
        tile = slice(start, min(start + height, rows.n_rows))
        X_tile = linear_tile(X, tile)
        eta = predictions(X_tile, stacked)
        tile_loss, residual = link(eta, codes[tile], n_outputs)
        tile_weight = _row_weights(weight, class_weight, codes, tile)
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


def _class_weights(statistics: Sequence[LogisticGradient]) -> NDArray[np.float64] | None:
    """Class weights of each statistic, shape (n_statistics, n_classes); None where all are one."""
    if all(statistic.problem.class_weight is None for statistic in statistics):
        return None
    ones = np.ones(len(statistics[0].problem.classes))
    return np.vstack(
        [
            ones if statistic.problem.class_weight is None else statistic.problem.class_weight
            for statistic in statistics
        ]
    )


def _row_weights(
    weight: NDArray[np.float64] | None,
    class_weight: NDArray[np.float64] | None,
    codes: NDArray[np.intp],
    tile: slice,
) -> NDArray[np.float64] | None:
    """Weights of a tile's rows: (1, n_rows) or (n_statistics, n_rows), None where all are 1."""
    if weight is None and class_weight is None:
        return None
    by_row = None if weight is None else weight[np.newaxis, tile]
    if class_weight is None:
        return by_row
    by_class = class_weight[:, codes[tile]]
    return by_class if by_row is None else by_class * by_row


@dataclass(frozen=True, slots=True)
class HessianState:
    """Sum of the rows' Hessians, of shape (n_outputs * (n_features + 1),) * 2, and weight."""

    weight: float
    hessian: NDArray[np.float64]


@dataclass(frozen=True)
class LogisticHessian(Statistic[HessianState | None, HessianState]):
    """Weighted sum of the Hessian of the logistic loss, over all rows or every s-th of a block.

    The parameters are ordered output by output, each with its features and then its intercept.

    Parameters
    ----------
    problem : LogisticProblem
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
    problem: LogisticProblem
    coefficients: NDArray[np.float64] = field(compare=False)
    stride: int = 1
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.coefficients))

    def zero(self) -> HessianState | None:
        return None

    def update(self, state: HessianState | None, rows: Rows) -> HessianState | None:
        rows = rows.take(slice(0, None, self.stride))
        X = feature_array(rows)
        codes = self.problem.codes(rows)
        weight = weights_of(rows, self.problem.weighted)
        class_weight = self.problem.class_weight
        if class_weight is not None:
            weight = class_weight[codes] if weight is None else weight * class_weight[codes]
        n_parameters = self.coefficients.size
        height = max(32, TILE_BYTES // (8 * n_parameters))
        for start in range(0, rows.n_rows, height):
            tile = slice(start, min(start + height, rows.n_rows))
            tile_weight = np.ones(tile.stop - start) if weight is None else weight[tile]
            hessian = self._tile_hessian(float64_tile(X, tile), tile_weight)
            state = self.merge(state, HessianState(float(tile_weight.sum()), hessian))
        return state

    def _tile_hessian(
        self, X: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        eta = X @ self.coefficients[:-1]
        eta += self.coefficients[-1]
        if self.problem.n_outputs == 1:
            # p (1 - p), written so that 1 - p does not cancel where p is almost one
            odds = np.exp(-np.abs(eta[:, 0]))
            return _bordered_gram(X, np.sqrt(weight * odds) / (1.0 + odds))
        # minus the Gram matrix of the rows scaled by each class's probability; on the diagonal the
        # weight is p (1 - p), with 1 - p the sum of the others, which does not cancel
        eta -= eta.max(axis=1, keepdims=True)
        probability = np.exp(eta)
        probability /= probability.sum(axis=1, keepdims=True)
        others = probability @ (1.0 - np.eye(self.problem.n_outputs))
        scaled = probability * np.sqrt(weight)[:, np.newaxis]
        size = X.shape[1] + 1
        by_class = np.empty((len(X), self.problem.n_outputs, size))
        np.multiply(scaled[:, :, np.newaxis], X[:, np.newaxis, :], out=by_class[:, :, :-1])
        by_class[:, :, -1] = scaled
        flat = by_class.reshape(len(X), -1)
        hessian = flat.T @ flat
        np.negative(hessian, out=hessian)
        for k in range(self.problem.n_outputs):
            own = slice(k * size, (k + 1) * size)
            curvature = weight * probability[:, k] * others[:, k]
            hessian[own, own] = _bordered_gram(X, np.sqrt(curvature))
        return hessian

    def merge(self, left: HessianState | None, right: HessianState | None) -> HessianState | None:
        if left is None or right is None:
            return right if left is None else left
        return HessianState(left.weight + right.weight, left.hessian + right.hessian)

    def value(self, state: HessianState | None) -> HessianState:
        if state is None:
            size = self.coefficients.size
            return HessianState(0.0, np.zeros((size, size)))
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * int(self.coefficients.size) ** 2

    def suspect(self, state: HessianState | None) -> bool:
        return state is not None and not np.isfinite(np.diagonal(state.hessian)).all()


def _bordered_gram(X: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gram matrix of [X, 1] with its rows scaled."""
    n_features = X.shape[1]
    scaled = X * root[:, np.newaxis]
    gram = np.empty((n_features + 1, n_features + 1))
    gram[:-1, :-1] = scaled.T @ scaled
    gram[-1, :-1] = gram[:-1, -1] = root @ scaled
    gram[-1, -1] = root @ root
    return gram
