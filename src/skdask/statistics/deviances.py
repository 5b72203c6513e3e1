"""Deviances of the Tweedie family: least squares, Poisson, Gamma and what lies between.

Half the deviance without the terms of the target alone, as scikit-learn's losses have it. The
mean is the prediction itself or its exponential. A power below 1 or above 2 with an exponential
mean is not convex, nor is any power but 0 with an identity: there the Hessian is taken where it is
safely positive, as it is near the minimum, and elsewhere the expected one, Fisher's.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from skdask.rows import Rows
from skdask.statistics.glm import Problem, bordered_gram
from skdask.statistics.target import number_column

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TweedieProblem(Problem):
    """Half a Tweedie deviance.

    Attributes
    ----------
    power : float
        0 for least squares, 1 for Poisson, 2 for Gamma, 3 for inverse Gaussian.
    log_link : bool
        Whether a prediction is the logarithm of the mean.
    name : str
        scikit-learn's name of the loss.
    weighted : bool
    """

    power: float
    log_link: bool
    name: str
    weighted: bool = False

    @property
    def convex(self) -> bool:
        return 1.0 <= self.power <= 2.0 if self.log_link else self.power == 0.0

    @property
    def kernel(self) -> Hashable:
        return "tweedie", self.power, self.log_link, self.name

    def target(self, rows: Rows) -> Floats:
        y = number_column(rows)
        wrong = self.power >= 2.0 and (y <= 0.0).any()
        if wrong or (1.0 <= self.power < 2.0 and (y < 0.0).any()):
            raise ValueError(
                f"Some value(s) of y are out of the valid range of the loss {self.name!r}."
            )
        return y

    def loss(
        self, problems: Sequence[Self], predicted: Floats, target: NDArray[Any]
    ) -> tuple[Floats, Floats]:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return (
                self._by_logarithm(predicted, target)
                if self.log_link
                else (self._by_mean(predicted, target))
            )

    def _by_logarithm(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        p = self.power
        if p == 1.0:
            mean = np.exp(eta)
            return mean - y * eta, mean - y
        if p == 2.0:
            ratio = y * np.exp(-eta)
            return eta + ratio, 1.0 - ratio
        if p == 0.0:
            mean = np.exp(eta)
            return 0.5 * np.square(mean - y), mean * (mean - y)
        first, second = y * np.exp((1.0 - p) * eta), np.exp((2.0 - p) * eta)
        return second / (2.0 - p) - first / (1.0 - p), second - first

    def _by_mean(self, mean: Floats, y: Floats) -> tuple[Floats, Floats]:
        p = self.power
        if p == 0.0:
            residual = mean - y
            return 0.5 * np.square(residual), residual
        if p == 1.0:
            loss = mean - y * np.log(mean)
        elif p == 2.0:
            loss = np.log(mean) + y / mean
        else:
            power = np.power(mean, 1.0 - p)
            loss = mean * power / (2.0 - p) - y * power / (1.0 - p)
        residual = np.power(mean, -p) * (mean - y)
        if p > 0.0 or p != round(p):
            # outside its domain: no step may end there
            loss[~(mean > 0.0)] = np.inf
        return loss, residual

    @property
    def n_hessians(self) -> int:  # type: ignore[override]
        return 1 if self.convex else 2

    def hessian(self, X: Floats, predicted: Floats, target: NDArray[Any], weight: Floats) -> Floats:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            observed = weight * self._curvature(predicted[0], target)
        if self.convex:
            return bordered_gram(X, np.sqrt(observed))
        up, down = observed >= 0.0, observed < 0.0
        own = bordered_gram(X[up], np.sqrt(observed[up]))
        own -= bordered_gram(X[down], np.sqrt(-observed[down]))
        expected = bordered_gram(X, np.sqrt(weight * self._expected_curvature(predicted[0])))
        return np.vstack([own, expected])

    def settled(self, hessian: Floats) -> Floats:
        """The Hessian itself where it is safely positive, else its expectation."""
        if self.convex:
            return hessian
        own, expected = np.split(hessian, 2)
        scale = 1.0 / np.sqrt(np.maximum(np.diagonal(expected), 1e-300))
        margin = (own - 0.1 * expected) * np.outer(scale, scale)
        if np.isfinite(margin).all() and linalg.eigvalsh(margin)[0] > -1e-10:
            return own
        return expected

    def _curvature(self, eta: Floats, y: Floats) -> Floats:
        p = self.power
        if not self.log_link:
            mean = np.maximum(eta, 1e-12)
            return np.ones_like(eta) if p == 0.0 else mean**-p * (1.0 - p * (1.0 - y / mean))
        return (2.0 - p) * np.exp((2.0 - p) * eta) - (1.0 - p) * y * np.exp((1.0 - p) * eta)

    def _expected_curvature(self, eta: Floats) -> Floats:
        p = self.power
        return np.exp((2.0 - p) * eta) if self.log_link else np.maximum(eta, 1e-12) ** -p

    def link(self, mean: float) -> float:
        """The prediction whose mean is this."""
        if not self.log_link:
            return mean
        return float(np.log(mean)) if mean > 0.0 else 0.0

    def mean(self, predicted: Floats) -> Floats:
        """What is predicted of the target."""
        with np.errstate(over="ignore"):
            return np.exp(predicted) if self.log_link else predicted

    def least(self, y: Floats) -> Floats:
        """The loss of each row where its mean is the target."""
        p = self.power
        if p == 0.0:
            return np.zeros_like(y)
        positive = np.maximum(y, 0.0)
        if p == 1.0:
            return y - np.where(y > 0.0, y * np.log(np.where(y > 0.0, y, 1.0)), 0.0)
        if p == 2.0:
            return np.log(y) + 1.0
        if p < 0.0:
            # scikit-learn's constant leaves negative targets out
            return -np.power(positive, 2.0 - p) / ((1.0 - p) * (2.0 - p))
        return -np.power(y, 2.0 - p) / ((1.0 - p) * (2.0 - p))
