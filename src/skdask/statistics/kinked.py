"""Losses without curvature: the hinge, the tube of a regression, and the pinball of quantiles.

Each is a line plus a hinge ``max(0, prediction - kink)`` for every kink, so all that a row says
of such a loss is a slope and one or two kinks. Beyond the kinks a row is linear: it adds to the
gradient, and to nothing else, until its prediction crosses over.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import array_token
from skdask.statistics.class_problem import OneAgainstRest
from skdask.statistics.glm import Problem
from skdask.statistics.target import number_column

Floats = NDArray[np.float64]


class KinkedProblem(Problem):
    """A loss that is ``constant + slope * prediction + sum(max(0, prediction - kinks))``."""

    @abstractmethod
    def lines(self, target: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
        """Constant and slope, of shape (n_rows,), and kinks of shape (n_kinks, n_rows)."""

    def loss(
        self, problems: Sequence[Self], predicted: Floats, target: NDArray[Any]
    ) -> tuple[Floats, Floats]:
        loss, derivative = np.empty_like(predicted), np.empty_like(predicted)
        for position, problem in enumerate(problems):
            constant, slope, kinks = problem.lines(target)
            beyond = predicted[position] - kinks
            loss[position] = constant + slope * predicted[position]
            loss[position] += np.maximum(beyond, 0.0).sum(axis=0)
            derivative[position] = slope + above(beyond, predicted[position]).sum(axis=0)
        return loss, derivative

    def hessian(self, X: Floats, predicted: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        raise NotImplementedError("the loss has no curvature")


def above(beyond: Floats, predicted: Floats) -> NDArray[np.bool_]:
    """Whether predictions are above their kinks, those on them included.

    At a minimum some rows lie on their kinks up to rounding, and must count alike whoever asks.
    """
    return beyond >= -1e-10 * np.abs(predicted).max(initial=0.0)


@dataclass(frozen=True)
class Hinge(OneAgainstRest, KinkedProblem):
    """``max(0, 1 - s * prediction)``, s being +1 for one class and -1 for all others.

    Attributes are those of `OneAgainstRest`.
    """

    @property
    def kernel(self) -> Hashable:
        return "hinge", array_token(self.classes)

    def lines(self, target: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
        mine = target == self.positive
        # 1 - eta + max(0, eta - 1) for its own class, max(0, eta + 1) for the others
        own = mine.astype(np.float64)
        return own, -own, np.where(mine, 1.0, -1.0)[np.newaxis]


@dataclass(frozen=True)
class Tube(KinkedProblem):
    """``max(0, |y - prediction| - epsilon)``.

    Attributes
    ----------
    epsilon : float
    weighted : bool
    """

    epsilon: float
    weighted: bool = False

    @property
    def kernel(self) -> Hashable:
        return "tube"

    def target(self, rows: Rows) -> Floats:
        return number_column(rows)

    def lines(self, target: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
        lower, upper = target - self.epsilon, target + self.epsilon
        return lower, np.full(len(target), -1.0), np.stack([lower, upper])


@dataclass(frozen=True)
class Pinball(KinkedProblem):
    """``quantile * (y - prediction)`` above the prediction, ``(quantile - 1) * ...`` below it.

    Attributes
    ----------
    quantile : float
    weighted : bool
    """

    quantile: float
    weighted: bool = False

    @property
    def kernel(self) -> Hashable:
        return "pinball"

    def target(self, rows: Rows) -> Floats:
        return number_column(rows)

    def lines(self, target: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
        return self.quantile * target, np.full(len(target), -self.quantile), target[np.newaxis]
