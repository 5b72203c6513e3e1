"""Generalised linear models as problems for `quasi_newton`: objectives and Hessian models.

The parameters of an objective are those of the pipeline's features; statistics are asked at the
coefficients of the raw rows, and gradients and Hessians come back through the affine map of the
steps before. So candidates with other scalers or projections share every kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from skdask.passes.request import Request, RowSet
from skdask.solvers.quasi_newton import HessianModel, Solve, Vector
from skdask.statistics.affine import Affine
from skdask.statistics.columns import ColumnMoments, ColumnSummary
from skdask.statistics.glm import GlmGradient, GlmHessian, HessianState, LossState, Problem

# Parameters above which a Hessian (128 MB) costs more than the iterations that it saves
_WIDE = 4096
# An exact Hessian saves a third of the passes. It costs about size**2 / 40 ns a row, reading
# about 8 ns a value: from this ratio of the two on, a sampled one and more passes are faster
_DEAR = 0.25
_STRIDE = 10
# A sampled Hessian needs so many rows a parameter to be a good guide
_ROWS_PER_PARAMETER = 20


@dataclass(frozen=True)
class Penalty:
    """``0.5 * l2 * coef**2 + l1 * |coef|``, relative to the mean loss; intercepts have their own.

    liblinear's intercept is a coefficient like others, of a column that holds
    ``intercept_scaling``: for it the intercept's own strengths are not zero.
    """

    l2: float = 0.0
    l1: float = 0.0
    intercept_l2: float = 0.0
    intercept_l1: float = 0.0

    def over(self, total: float, intercept_scaling: float | None = None) -> Penalty:
        """The penalty of a sum of losses as one of their mean; intercepts penalised if scaled."""
        l2, l1 = self.l2 / total, self.l1 / total
        if intercept_scaling is None:
            return Penalty(l2, l1)
        return Penalty(l2, l1, l2 / intercept_scaling**2, l1 / intercept_scaling)


@dataclass(frozen=True)
class GlmObjective:
    """Mean loss over a set of rows plus a penalty of the coefficients.

    Parameters are ordered output by output, each with its features and then its intercept.

    Attributes
    ----------
    problem : Problem
    rows : RowSet
    affine : Affine
        From the raw rows to the features of the model.
    penalty : Penalty
    fit_intercept : bool
    asked_by : str
    first : ndarray or None
        Where to start; all zeros by default.
    """

    problem: Problem
    rows: RowSet
    affine: Affine
    penalty: Penalty
    fit_intercept: bool
    asked_by: str
    first: Vector | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(n_outputs, n_features + 1)"""
        return self.problem.n_outputs, self.affine.n_outputs + 1

    def start(self) -> Vector:
        return np.zeros(self.shape).ravel() if self.first is None else self.first

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which parameters there are, of `shape`."""
        free = np.ones(self.shape, dtype=bool)
        free[:, -1] = self.fit_intercept
        for output in self.problem.without_features:
            free[output, :-1] = False
            free[output, -1] = True
        return free

    def _strengths(self, features: float, intercept: float) -> Vector:
        strengths = np.full(self.shape, features)
        strengths[:, -1] = intercept if self.fit_intercept else 0.0
        for output in self.problem.without_features:
            strengths[output] = 0.0
        return strengths.ravel()

    @property
    def l2(self) -> Vector:
        """Strength of the ridge penalty of each parameter."""
        return self._strengths(self.penalty.l2, self.penalty.intercept_l2)

    @property
    def l1(self) -> Vector | None:
        """Strength of the absolute penalty of each parameter; None without one."""
        if self.penalty.l1 == 0.0:
            return None
        return self._strengths(self.penalty.l1, self.penalty.intercept_l1)

    def raw_coefficients(self, theta: Vector) -> NDArray[np.float64]:
        """The coefficients of the raw rows, shape (n_inputs + 1, n_outputs)."""
        by_output = theta.reshape(self.shape).T
        coef, intercept = self.affine.pull_back(by_output[:-1], by_output[-1])
        return np.vstack([coef, intercept])

    def gradient_request(self, theta: Vector) -> Request:
        statistic = GlmGradient(self.problem, self.raw_coefficients(theta))
        return Request(statistic, self.rows, self.asked_by)

    def evaluate(self, theta: Vector, answer: LossState) -> tuple[float, Vector]:
        by_feature = self.affine.pull_back_gradient(answer.gradient[:-1], answer.gradient[-1])
        slopes = np.empty(self.shape)
        slopes[:, :-1] = by_feature.T / answer.weight
        slopes[:, -1] = answer.gradient[-1] / answer.weight
        slopes[~self.free] = 0.0
        ridge = self.l2 * theta
        loss = answer.loss / answer.weight + 0.5 * float(ridge @ theta)
        return loss, slopes.ravel() + ridge

    def penalised(self, hessian: NDArray[np.float64]) -> NDArray[np.float64]:
        """The Hessian of the objective from that of the mean loss by raw coefficients."""
        n_outputs, n_parameters = self.shape
        extended = self.affine.extended()
        blocks = hessian.reshape(n_outputs, len(extended), n_outputs, len(extended))
        mapped = np.empty((n_outputs, n_parameters, n_outputs, n_parameters))
        for k in range(n_outputs):
            for m in range(n_outputs):
                mapped[k, :, m, :] = extended.T @ blocks[k, :, m, :] @ extended
        whole = mapped.reshape(n_outputs * n_parameters, n_outputs * n_parameters)
        whole[np.diag_indices_from(whole)] += self.l2
        fixed = np.flatnonzero(~self.free.ravel())
        whole[fixed, :] = 0.0
        whole[:, fixed] = 0.0
        whole[fixed, fixed] = 1.0
        return whole


class DenseModel:
    """A Hessian as a matrix, and the product with its inverse."""

    def __init__(self, matrix: NDArray[np.float64], n_shifted: int) -> None:
        self.matrix = matrix
        self._solve = _cholesky_solver(matrix, n_shifted)

    def __call__(self, vector: Vector) -> Vector:
        return self._solve(vector)


class SampledHessian:
    """One Hessian for all problems of a group, which differ in their folds.

    Taken at the mean of their coefficients over every ``stride``-th row of all folds; with one
    problem and stride 1 it is that problem's exact Hessian.

    Parameters
    ----------
    objectives : sequence of GlmObjective
    stride : int
    """

    def __init__(self, objectives: Sequence[GlmObjective], stride: int) -> None:
        self._objectives = objectives
        self._stride = stride

    @property
    def exact(self) -> bool:
        """Whether the model is the Hessian itself."""
        alone = len(self._objectives) == 1
        return self._stride == 1 and alone

    def request(self, thetas: Sequence[Vector]) -> Request:
        raw = [
            objective.raw_coefficients(theta)
            for objective, theta in zip(self._objectives, thetas, strict=True)
        ]
        first = self._objectives[0]
        # through one fold's steps where each fold has its own: it is a guide only
        rows = first.rows if len(self._objectives) == 1 else RowSet(prefix=first.rows.prefix)
        statistic = GlmHessian(first.problem, np.mean(raw, axis=0), self._stride)
        return Request(statistic, rows, first.asked_by)

    def solvers(self, answer: HessianState) -> list[Solve]:
        mean = answer.hessian / max(answer.weight, np.finfo(np.float64).tiny)
        return [
            DenseModel(
                objective.penalised(mean),
                objective.shape[0] if objective.problem.shift_invariant else 1,
            )
            for objective in self._objectives
        ]

    def sharpen(self) -> bool:
        if self._stride == 1:
            return False
        self._stride = 1
        return True


class DiagonalHessian:
    """An upper bound of the Hessian's diagonal from the columns' second moments.

    Makes L-BFGS indifferent to the columns' scales; for problems too wide for a Hessian.
    """

    exact = False

    def __init__(self, objectives: Sequence[GlmObjective]) -> None:
        self._objectives = objectives

    def request(self, thetas: Sequence[Vector]) -> Request:
        first = self._objectives[0]
        rows = RowSet(prefix=first.rows.prefix)
        return Request(ColumnMoments(first.problem.weighted), rows, first.asked_by)

    def solvers(self, answer: ColumnSummary) -> list[Solve]:
        return [self._solver(objective, answer) for objective in self._objectives]

    def _solver(self, objective: GlmObjective, columns: ColumnSummary) -> Solve:
        affine = objective.affine
        if affine.by_column:
            columns = columns.through(affine)
            square = columns.scatter / columns.weight + columns.mean**2
        else:
            variance = (columns.scatter / columns.weight) @ affine.factor**2
            square = variance + (columns.mean @ affine.factor + affine.offset) ** 2
        diagonal = np.empty(objective.shape)
        diagonal[:, :-1] = objective.problem.curvature * square
        diagonal[:, -1] = objective.problem.curvature
        diagonal += objective.l2.reshape(objective.shape)
        inverse = 1.0 / np.maximum(diagonal, 1e-12).ravel()
        return lambda vector: inverse * vector

    def sharpen(self) -> bool:
        return False


def _cholesky_solver(hessian: NDArray[np.float64], n_outputs: int) -> Solve:
    """Solve with the Hessian, lifted where it is singular.

    With more than two classes the loss does not change when all outputs move together; the lift
    closes that direction, in which the gradient is zero anyway. Separable classes and collinear
    columns need a little on the whole diagonal.
    """
    size = len(hessian)
    diagonal = np.diagonal(hessian)
    scale = 1.0 / np.sqrt(np.maximum(diagonal, 1e-300))
    if n_outputs > 1:
        same = np.tile(np.eye(size // n_outputs), (n_outputs, n_outputs)) / n_outputs
        hessian = hessian + same * diagonal.mean()
        scale = 1.0 / np.sqrt(np.diagonal(hessian))
    scaled = hessian * np.outer(scale, scale)
    for lift in (1e-14, 1e-10, 1e-7, 1e-4, 1e-2, 1.0):
        try:
            lifted = scaled + lift * np.eye(size)
            factor = linalg.cho_factor(lifted, check_finite=False)
        except linalg.LinAlgError:
            continue
        return lambda vector: scale * linalg.cho_solve(factor, scale * vector, check_finite=False)
    return lambda vector: vector


def hessian_model(objectives: Sequence[GlmObjective], n_rows: int, alone: bool) -> HessianModel:
    """The model of the Hessian that is fastest for problems of this size.

    Parameters
    ----------
    objectives : sequence of GlmObjective
        That differ in their folds only.
    n_rows : int
    alone : bool
        Whether nothing else is fitted beside them.
    """
    size = _size(objectives[0])
    if is_wide(objectives[0]):
        return DiagonalHessian(objectives)
    n_features = objectives[0].affine.n_inputs
    dear = size**2 / 40 > _DEAR * 8 * n_features
    # several problems share a sample; one problem has an exact Hessian where that is cheap
    stride = _STRIDE if dear or not alone else 1
    return SampledHessian(objectives, max(1, min(stride, n_rows // (_ROWS_PER_PARAMETER * size))))


def is_wide(objective: GlmObjective) -> bool:
    """Whether there are too many parameters for a Hessian."""
    return _size(objective) > _WIDE


def _size(objective: GlmObjective) -> int:
    """Parameters of the raw rows or of the features, whichever are more."""
    n_outputs, n_parameters = objective.shape
    bare = len(objective.problem.without_features)
    return (n_outputs - bare) * max(n_parameters, objective.affine.n_inputs + 1) + bare
