"""A quadratic plus weighted hinges, minimised by an interior point method.

The primal-dual method of Portnoy and Koenker's quantile regressions, with a quadratic form beside
the linear one and Mehrotra's corrector. Each hinge has a dual between 0 and 1, the share of its
slope that is in force; those strictly between lie on their kinks, and a last linear system puts
them there exactly.

Famous cases: the dual of a support vector machine, a linear program of absolute deviations.

Source: Portnoy, Koenker (1997), The Gaussian hare and the Laplacian tortoise; Mehrotra (1992), On
the implementation of a primal-dual interior point method.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_STEPS = 100
_GAP = 1e-12
_STAY_INSIDE = 0.995
# Duals this far from their ends belong to hinges on their kinks
_ON_KINK = 1e-5


@dataclass(frozen=True)
class Hinges:
    """``x @ Q @ x / 2 + g @ x + weight @ max(0, A @ x - b)``.

    Attributes
    ----------
    Q : ndarray of shape (n_parameters, n_parameters)
    g : ndarray of shape (n_parameters,)
    A : ndarray of shape (n_hinges, n_parameters)
    b, weight : ndarray of shape (n_hinges,)
        Weights are positive.
    """

    Q: Matrix
    g: Vector
    A: Matrix
    b: Vector
    weight: Vector

    def value(self, x: Vector) -> float:
        smooth = 0.5 * float(x @ self.Q @ x) + float(self.g @ x)
        return smooth + float(self.weight @ np.maximum(self.A @ x - self.b, 0.0))


@dataclass(frozen=True)
class HingeMinimum:
    """The minimum, its value, and a bound from below on the values of all points."""

    x: Vector
    value: float
    bound: float


def minimise_hinges(problem: Hinges, start: Vector) -> HingeMinimum:
    """The minimum to about 1e-12 of its value, from any start.

    Notes
    -----
    **Cost** n_hinges * n_parameters**2 multiply-adds a step, of which it takes 10 to 40.
    """
    A, b, w = problem.A, problem.b, problem.weight
    x, u = start.copy(), np.full(len(b), 0.5)
    beyond = A @ x - b
    room = max(float(np.mean(np.abs(beyond))), 1e-8)
    above, below = np.maximum(beyond, 0.0) + room, np.maximum(-beyond, 0.0) + room
    best = HingeMinimum(x, problem.value(x), -np.inf)
    for _ in range(_STEPS):
        dual_rest = problem.Q @ x + problem.g + A.T @ (w * u)
        rest = A @ x - b - above + below
        gap = float(w @ (above * (1.0 - u) + below * u))
        value = problem.value(x)
        # a dual point that is not quite feasible bounds the values of points about as large as x
        lower = value - gap - float(np.abs(dual_rest) @ (2.0 * np.abs(x) + 1.0))
        bound = max(best.bound, lower)
        best = HingeMinimum(x, value, bound) if value <= best.value else replace(best, bound=bound)
        scale = max(abs(value), float(w @ np.abs(b)) * 1e-3, 1e-300)
        if gap <= _GAP * scale and np.abs(rest).max(initial=0.0) <= 1e-9 * (1.0 + room):
            break
        try:
            newton = _Newton(problem, u, above, below, dual_rest, rest)
        except (linalg.LinAlgError, ValueError):
            break
        mean_gap = gap / (2 * len(w))
        dx, du, da, db = newton.step(np.zeros_like(u), np.zeros_like(u), np.zeros_like(u))
        ahead = _longest(u, above, below, du, da, db)
        left_above, left_below = above + ahead * da, below + ahead * db
        share = u + ahead * du
        after = float(w @ (left_above * (1.0 - share) + left_below * share))
        target = mean_gap * (max(after, 0.0) / gap) ** 3
        dx, du, da, db = newton.step(target / w, -da * du, db * du)
        length = min(1.0, _STAY_INSIDE * _longest(u, above, below, du, da, db))
        if not np.isfinite(length) or length < 1e-10:
            break
        x, u = x + length * dx, u + length * du
        above, below = above + length * da, below + length * db
    return _on_kinks(problem, best, u)


class _Newton:
    """The linear system of one step, which two right sides share."""

    def __init__(
        self, problem: Hinges, u: Vector, above: Vector, below: Vector, dual_rest: Vector,
        rest: Vector,
    ) -> None:  # fmt: skip
        self._problem, self._u, self._above, self._below = problem, u, above, below
        self._dual_rest, self._rest = dual_rest, rest
        self._stiffness = above / (1.0 - u) + below / u
        scaled = problem.A * np.sqrt(problem.weight / self._stiffness)[:, np.newaxis]
        matrix = problem.Q + scaled.T @ scaled
        diagonal = np.diagonal(matrix)
        matrix[np.diag_indices_from(matrix)] += 1e-13 * np.maximum(diagonal, 1e-3 * diagonal.max())
        self._factor = linalg.cho_factor(matrix)

    def step(self, target: Vector, bend_above: Vector, bend_below: Vector) -> tuple[Vector, ...]:
        """Changes of x, u, above and below, towards products of ``target``.

        The bends are the products of changes that the linear system leaves out.
        """
        A, w = self._problem.A, self._problem.weight
        u, above, below = self._u, self._above, self._below
        pull_above = (target - bend_above) / (1.0 - u) - above
        pull_below = (target - bend_below) / u - below
        wanted = -self._rest + pull_above - pull_below
        right = -self._dual_rest + A.T @ (w * wanted / self._stiffness)
        dx = linalg.cho_solve(self._factor, right)
        du = (A @ dx - wanted) / self._stiffness
        return dx, du, pull_above + above * du / (1.0 - u), pull_below - below * du / u


def _longest(u: Vector, above: Vector, below: Vector, du: Vector, da: Vector, db: Vector) -> float:
    """The longest step that keeps everything positive and duals below one; at most one."""
    length = 1.0
    for value, change in ((u, du), (1.0 - u, -du), (above, da), (below, db)):
        falling = change < 0.0
        if falling.any():
            length = min(length, float((-value[falling] / change[falling]).min()))
    return length


def _on_kinks(problem: Hinges, found: HingeMinimum, u: Vector) -> HingeMinimum:
    """The minimum with the hinges of inner duals exactly on their kinks, where that is no worse."""
    inner = np.flatnonzero((u > _ON_KINK) & (u < 1.0 - _ON_KINK))
    size = len(found.x)
    if len(inner) > 2 * size + 10:
        return found
    A, x = problem.A[inner], found.x
    beyond = u >= 1.0 - _ON_KINK
    slope = problem.Q @ x + problem.g + problem.A[beyond].T @ problem.weight[beyond]
    system = np.block([[problem.Q, A.T], [A, np.zeros((len(inner), len(inner)))]])
    right = np.concatenate([-slope, problem.b[inner] - A @ x])
    polished = x + linalg.lstsq(system, right)[0][:size]
    value = problem.value(polished)
    if value <= found.value + 1e-14 * abs(found.value):
        return HingeMinimum(polished, value, min(found.bound, value))
    return found
