"""Squared losses of support vectors: the squared hinge, and the squared tube of a regression.

Both are zero where a prediction is good enough and quadratic beyond, so that their generalised
Hessian is a Gram matrix of the rows beyond, and Newton's method ends after finitely many steps.

Source: Keerthi, DeCoste (2005), A modified finite Newton method for fast solution of large scale
linear SVMs.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import array_token
from skdask.statistics.class_problem import OneAgainstRest
from skdask.statistics.glm import Problem, bordered_gram
from skdask.statistics.target import number_column

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SquaredHinge(OneAgainstRest):
    """``max(0, 1 - s * prediction)**2``, s being +1 for one class and -1 for all others.

    Attributes are those of `OneAgainstRest`.
    """

    curvature: ClassVar[float] = 2.0

    @property
    def kernel(self) -> Hashable:
        return "squared hinge", array_token(self.classes)

    def loss(
        self, problems: Sequence[Self], predicted: Floats, target: NDArray[Any]
    ) -> tuple[Floats, Floats]:
        positive = np.array([problem.positive for problem in problems])[:, np.newaxis]
        sign = np.where(target == positive, 1.0, -1.0)
        missing = np.maximum(1.0 - sign * predicted, 0.0)
        return np.square(missing), -2.0 * sign * missing

    def hessian(self, X: Floats, predicted: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        sign = np.where(target == self.positive, 1.0, -1.0)
        beyond = np.flatnonzero(sign * predicted[0] < 1.0)
        return bordered_gram(X[beyond], np.sqrt(2.0 * weight[beyond]))


@dataclass(frozen=True)
class SquaredTube(Problem):
    """``max(0, |y - prediction| - epsilon)**2``.

    Attributes
    ----------
    epsilon : float
    weighted : bool
    """

    curvature: ClassVar[float] = 2.0
    epsilon: float
    weighted: bool = False

    @property
    def kernel(self) -> Hashable:
        return "squared tube"

    def target(self, rows: Rows) -> Floats:
        return number_column(rows)

    def loss(
        self, problems: Sequence[Self], predicted: Floats, target: NDArray[Any]
    ) -> tuple[Floats, Floats]:
        epsilon = np.array([problem.epsilon for problem in problems])[:, np.newaxis]
        residual = predicted - target
        beyond = residual - np.clip(residual, -epsilon, epsilon)
        return np.square(beyond), 2.0 * beyond

    def hessian(self, X: Floats, predicted: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        beyond = np.flatnonzero(np.abs(predicted[0] - target) > self.epsilon)
        return bordered_gram(X[beyond], np.sqrt(2.0 * weight[beyond]))
