"""Huber's loss with its scale, jointly convex in both.

The scale is a second output that is the same for all rows, an intercept without features. So the
gradient is that of any loss with two outputs, and only the Hessian leaves out what is zero.

From a scale that is far too large a Newton step would end below zero, since the loss is almost
linear in it there. So while the loss falls with the scale, its curvature is raised such that a
step at most halves it. At the minimum that adds nothing.

Source: Huber, Ronchetti (2009), Robust Statistics, section 7.7; scikit-learn's HuberRegressor.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.glm import Problem
from skdask.statistics.target import number_column

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HuberProblem(Problem):
    """``scale + H(residual / scale) * scale``, quadratic within ``epsilon`` scales, else linear.

    Attributes
    ----------
    epsilon : float
    weighted : bool
    """

    curvature: ClassVar[float] = 2.0
    without_features: ClassVar[tuple[int, ...]] = (1,)
    epsilon: float
    weighted: bool = False

    @property
    def n_outputs(self) -> int:
        return 2

    @property
    def kernel(self) -> Hashable:
        return "huber"

    def target(self, rows: Rows) -> Floats:
        return number_column(rows)

    def loss(
        self, problems: Sequence[Self], predicted: Floats, target: NDArray[Any]
    ) -> tuple[Floats, Floats]:
        epsilon = np.array([problem.epsilon for problem in problems])[:, np.newaxis]
        scale = predicted[1::2]
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (target - predicted[0::2]) / scale
        clipped = np.clip(z, -epsilon, epsilon)
        # z**2 within, 2 epsilon |z| - epsilon**2 beyond: both are c (2 z - c) for the clipped c
        loss = scale * (1.0 + clipped * (2.0 * z - clipped))
        loss[scale <= 0.0] = np.inf
        derivative = np.empty_like(predicted)
        derivative[0::2] = -2.0 * clipped
        derivative[1::2] = 1.0 - np.square(clipped)
        return loss, derivative

    def hessian(self, X: Floats, predicted: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        size = X.shape[1] + 1
        # a trial with a scale below zero is not kept, and any positive model will do for it
        scale = max(abs(float(predicted[1, 0])), np.finfo(np.float64).tiny)
        z = (target - predicted[0]) / scale
        near = np.flatnonzero(np.abs(z) <= self.epsilon)
        root = np.sqrt(2.0 * weight[near] / scale)
        columns = np.empty((len(near), size + 1))
        np.multiply(X[near], root[:, np.newaxis], out=columns[:, :-2])
        columns[:, -2] = root
        columns[:, -1] = root * z[near]
        # between the intercept and the scale lie the scale's features, of which it has none
        hessian = np.zeros((2 * size, 2 * size))
        places = np.append(np.arange(size), 2 * size - 1)
        hessian[np.ix_(places, places)] = columns.T @ columns
        slopes = 1.0 - np.square(np.clip(z, -self.epsilon, self.epsilon))
        hessian[size, size] = 2.0 * float(weight @ slopes) / scale
        return hessian

    def settled(self, hessian: Floats) -> Floats:
        # where a feature of the scale would be, the loss's slope by the scale was summed
        size = len(hessian) // 2
        model = hessian.copy()
        model[-1, -1] += max(model[size, size], 0.0)
        model[size, size] = 0.0
        return model
