"""Logistic regression as a problem for `quasi_newton`: objectives and Hessian models.

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

from skdask.passes.request import ALL_ROWS, Request, RowSet
from skdask.solvers.quasi_newton import Solve, Vector
from skdask.statistics.affine import Affine
from skdask.statistics.columns import ColumnMoments, ColumnSummary
from skdask.statistics.logistic import (
    HessianState,
    LogisticGradient,
    LogisticHessian,
    LogisticProblem,
    LossState,
)


@dataclass(frozen=True)
class LogisticObjective:
    """Mean logistic loss over a set of rows plus ``0.5 * l2 * ||coef||**2``.

    Parameters are ordered output by output, each with its features and then its intercept.

    Attributes
    ----------
    problem : LogisticProblem
    rows : RowSet
    affine : Affine
        From the raw rows to the features of the model.
    l2 : float
        Strength of the penalty, relative to the mean loss.
    fit_intercept : bool
    asked_by : str
    """

    problem: LogisticProblem
    rows: RowSet
    affine: Affine
    l2: float
    fit_intercept: bool
    asked_by: str

    @property
    def shape(self) -> tuple[int, int]:
        """(n_outputs, n_features + 1)"""
        return self.problem.n_outputs, self.affine.n_outputs + 1

    def start(self) -> Vector:
        return np.zeros(self.shape).ravel()

    def raw_coefficients(self, theta: Vector) -> NDArray[np.float64]:
        """The coefficients of the raw rows, shape (n_inputs + 1, n_outputs)."""
        by_output = theta.reshape(self.shape).T
        coef, intercept = self.affine.pull_back(by_output[:-1], by_output[-1])
        return np.vstack([coef, intercept])

    def gradient_request(self, theta: Vector) -> Request:
        statistic = LogisticGradient(self.problem, self.raw_coefficients(theta))
        return Request(statistic, self.rows, self.asked_by)

    def evaluate(self, theta: Vector, answer: LossState) -> tuple[float, Vector]:
        coef = theta.reshape(self.shape)[:, :-1]
        by_feature = self.affine.pull_back_gradient(answer.gradient[:-1], answer.gradient[-1])
        gradient = np.empty(self.shape)
        gradient[:, :-1] = by_feature.T / answer.weight + self.l2 * coef
        gradient[:, -1] = answer.gradient[-1] / answer.weight if self.fit_intercept else 0.0
        loss = answer.loss / answer.weight + 0.5 * self.l2 * float(np.vdot(coef, coef))
        return loss, gradient.ravel()

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
        penalty = np.full(self.shape, self.l2)
        penalty[:, -1] = 0.0
        whole[np.diag_indices_from(whole)] += penalty.ravel()
        if not self.fit_intercept:
            fixed = np.arange(n_parameters - 1, whole.shape[0], n_parameters)
            whole[fixed, :] = 0.0
            whole[:, fixed] = 0.0
            whole[fixed, fixed] = 1.0
        return whole


class SampledHessian:
    """One Hessian for all problems of a group, which differ in their folds.

    Taken at the mean of their coefficients over every ``stride``-th row of all folds; with one
    problem and stride 1 it is that problem's exact Hessian.

    Parameters
    ----------
    objectives : sequence of LogisticObjective
    stride : int
    """

    def __init__(self, objectives: Sequence[LogisticObjective], stride: int) -> None:
        self._objectives = objectives
        self._stride = stride

    @property
    def exact(self) -> bool:
        """Whether the model is the Hessian itself."""
        return self._stride == 1 and len(self._objectives) == 1

    def request(self, thetas: Sequence[Vector]) -> Request:
        raw = [
            objective.raw_coefficients(theta)
            for objective, theta in zip(self._objectives, thetas, strict=True)
        ]
        first = self._objectives[0]
        rows = first.rows if len(self._objectives) == 1 else ALL_ROWS
        statistic = LogisticHessian(first.problem, np.mean(raw, axis=0), self._stride)
        return Request(statistic, rows, first.asked_by)

    def solvers(self, answer: HessianState) -> list[Solve]:
        mean = answer.hessian / answer.weight
        return [
            _cholesky_solver(objective.penalised(mean), objective.shape[0])
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

    def __init__(self, objectives: Sequence[LogisticObjective]) -> None:
        self._objectives = objectives

    def request(self, thetas: Sequence[Vector]) -> Request:
        first = self._objectives[0]
        return Request(ColumnMoments(first.problem.weighted), ALL_ROWS, first.asked_by)

    def solvers(self, answer: ColumnSummary) -> list[Solve]:
        return [self._solver(objective, answer) for objective in self._objectives]

    def _solver(self, objective: LogisticObjective, columns: ColumnSummary) -> Solve:
        affine = objective.affine
        if affine.by_column:
            columns = columns.through(affine)
            square = columns.scatter / columns.weight + columns.mean**2
        else:
            variance = (columns.scatter / columns.weight) @ affine.factor**2
            square = variance + (columns.mean @ affine.factor + affine.offset) ** 2
        diagonal = np.empty(objective.shape)
        diagonal[:, :-1] = 0.25 * square + objective.l2
        diagonal[:, -1] = 0.25
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
