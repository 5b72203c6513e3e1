"""Losses with kinks and no curvature, minimised in a handful of passes.

Near the minimum most rows are far from their kinks: they are linear there, and a sum of their
slopes says all of them. The few near the kinks decide. So every pass gives the exact loss and
gradient and some rows near the kinks (`NearKinks`), which make a model: those rows with their
kinks, and one linear term for all others. An interior point method minimises it (`hinges`).

While the rows near the kinks are too many, a sample of them stands for all, its slopes corrected
by the exact gradient: an error falls by the square root of (parameters / rows kept) a pass, and
the width with it. Once all of them are kept, the model lies below the loss everywhere, since a
convex loss is above its own lines. Its minimum bounds the loss from below, and the next pass shows
how far the loss is from that bound: the answer comes with a proof.

Source: Portnoy, Koenker (1997), who fix the signs of rows far from the kinks; Shamir, Srebro,
Zhang (2014), for samples corrected by the gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.exceptions import UnsupportedError
from skdask.passes.request import Algorithm, ask, together
from skdask.rows import is_sparse
from skdask.solvers.glm import GlmObjective
from skdask.solvers.hinges import HingeMinimum, Hinges, minimise_hinges
from skdask.solvers.quasi_newton import Minimum, Vector
from skdask.statistics.kinked import KinkedProblem, above
from skdask.statistics.near_kinks import NearKinks, NearRows, nearest_kink, row_weights

Matrix = NDArray[np.float64]

# Rows kept a parameter at least, so that a sample is a guide
_ROWS_PER_PARAMETER = 4
# Parameters above which an interior point method takes too long
_WIDEST = 2048
_MOST_PASSES = 100
# More rows than this make a step slower than they make the next pass better
_MOST_ROWS = 50_000
_ROW_BYTES = 2**25
# A loss this close to its bound, relative, is at its minimum
_GAP = 1e-7


def minimise_side_by_side(
    objectives: Sequence[GlmObjective], n_rows: int, tol: float, max_iter: int, alone: bool
) -> Algorithm[list[Minimum]]:
    """Minimise several of them, each pass shared.

    Parameters
    ----------
    objectives : sequence of GlmObjective
    n_rows : int
    tol : float
    max_iter : int
    alone : bool
        Whether nothing else is fitted beside them.
    """
    size = _rows_to_keep(objectives[0], n_rows, len(objectives) * (1 if alone else 8))
    most = min(max_iter, _MOST_PASSES)
    return (yield from together([minimise_kinked(each, size, tol, most) for each in objectives]))


def _rows_to_keep(objective: GlmObjective, n_rows: int, n_problems: int) -> int:
    """Rows near the kinks that each of some problems side by side keeps."""
    n_parameters = objective.shape[1]
    if n_parameters > _WIDEST:
        raise UnsupportedError(
            f"{objective.asked_by} with {n_parameters:,} parameters on blocks: a loss with kinks "
            f"is solved with a matrix of parameters squared, up to {_WIDEST:,} of them. Use a "
            "smooth loss (squared_hinge, squared_epsilon_insensitive, HuberRegressor), or fewer "
            "columns."
        )
    fitting = _ROW_BYTES // (8 * (n_parameters + 4) * n_problems)
    return min(n_rows, max(_ROWS_PER_PARAMETER * n_parameters, min(_MOST_ROWS, fitting)))


def minimise_kinked(
    objective: GlmObjective, size: int, tol: float, max_iter: int
) -> Algorithm[Minimum]:
    """Minimise a mean of kinked losses plus its penalty.

    Parameters
    ----------
    objective : GlmObjective
        Of a `KinkedProblem`.
    size : int
        Rows near the kinks to keep.
    tol : float
        Relative distance from the lower bound at which it is solved; 1e-7 at most.
    max_iter : int
        Passes after which it is given up.

    Notes
    -----
    **Passes** 1 where all rows are kept; else about 5, the last of which proves the answer.
    **Cost** of a pass as of a gradient. **Error** the gap that the outcome tells.
    """
    tol = min(tol, _GAP)
    best, theta, width = np.inf, objective.start(), np.inf
    found, bound = theta, -np.inf
    failures = 0
    for n_iter in range(1, max_iter + 1):
        near = yield from _look(objective, theta, width, size, n_iter)
        model = _Model(objective, theta, near, first=n_iter == 1)
        value = model.value_at_centre
        if value < best or n_iter == 1:
            best, found, failures = value, theta, 0
        else:
            failures += 1
        end = model.minimum()
        if model.is_bound:
            bound = max(bound, end.bound)
        if near.is_whole:
            return _ended(end.x, end.value, end.value - end.bound, n_iter, True)
        if best - bound <= tol * abs(best):
            return _ended(found, best, best - bound, n_iter, True)
        narrower = model.next_width(end)
        # a step that was no better had too small a sample, or too narrow a one
        width = max(narrower, width * 2.0 ** (failures - 1)) if failures else narrower
        theta = end.x
    return _ended(found, best, best - bound, max_iter, False)


def _look(
    objective: GlmObjective, theta: Vector, width: float, size: int, seed: int
) -> Algorithm[NearRows]:
    problem: Any = objective.problem
    statistic = NearKinks(problem, objective.raw_coefficients(theta), width, size, seed)
    return (yield from ask(statistic, objective.rows, objective.asked_by))


def _ended(theta: Vector, loss: float, gap: float, n_iter: int, converged: bool) -> Minimum:
    relative = max(gap, 0.0) / max(abs(loss), 1e-300)
    told = "converged" if converged else "stopped, with more rows near the kinks than are kept,"
    outcome = f"{told} after {n_iter} passes, within {relative:.1e} of the lowest loss there can be"
    return Minimum(theta, loss, gap, n_iter, converged, outcome)


@dataclass(frozen=True)
class _Columns:
    """Centred columns of one scale, so that the interior point method meets no other ones."""

    centre: Vector
    spread: Vector
    fit_intercept: bool

    @classmethod
    def of(cls, X: Matrix, weight: Vector, fit_intercept: bool) -> _Columns:
        """From rows of features without the intercept's column."""
        share = weight / weight.sum()
        centre = share @ X if fit_intercept else np.zeros(X.shape[1])
        spread = np.sqrt(share @ np.square(X - centre))
        # what does not vary to all digits has no scale of its own
        spread = np.where(spread > 1e-13 * np.abs(centre), spread, np.maximum(np.abs(centre), 1.0))
        return cls(centre, spread, fit_intercept)

    def change(self) -> Matrix:
        """The matrix that makes parameters of the rows as they are from those of these columns."""
        n_features = len(self.centre)
        change = np.zeros((n_features + 1, n_features + 1))
        change[:-1, :-1] = np.diag(1.0 / self.spread)
        change[-1, :-1] = -self.centre / self.spread
        change[-1, -1] = 1.0
        return change if self.fit_intercept else change[:, :-1]

    def inverse(self, theta: Vector) -> Vector:
        """The parameters of these columns from those of the rows as they are."""
        coef = theta[:-1] * self.spread
        if not self.fit_intercept:
            return coef
        return np.append(coef, theta[-1] + self.centre @ theta[:-1])


class _Model:
    """The loss as the rows near the kinks and the slopes of all others tell it."""

    def __init__(
        self, objective: GlmObjective, theta: Vector, near: NearRows, *, first: bool
    ) -> None:
        problem: Any = objective.problem
        self._theta, self._near, self._objective = theta, near, objective
        rows = near.rows
        X = rows.X.toarray() if is_sparse(rows.X) else rows.X
        mapped = objective.affine.apply(X)
        target = problem.target(rows)
        self._own_weight = row_weights(problem, rows, target)
        total = near.sums.weight
        weight = self._own_weight * near.each / total
        columns = _Columns.of(mapped, weight, objective.fit_intercept)
        design = np.column_stack([mapped, np.ones(len(mapped))])
        self._problem: KinkedProblem = problem
        self._target, self._design = target, design
        self._change, self._centre = columns.change(), columns.inverse(theta)
        # an infinite width keeps a plain sample, whose own slopes bound its loss
        plain = first and not near.is_whole
        loss, gradient = objective.evaluate(theta, near.sums)
        self.value_at_centre = loss + _absolute(objective, theta)
        self.is_bound = near.each == 1.0 and not plain
        self._hinges, self._constant = self._assemble(weight, gradient, loss, plain)

    def _assemble(
        self, weight: Vector, gradient: Vector, loss: float, plain: bool
    ) -> tuple[Hinges, float]:
        """The model in well-scaled parameters, and what its value lacks of the loss."""
        objective, theta, change = self._objective, self._theta, self._change
        constant, slope, kinks = self._problem.lines(self._target)
        linear = self._design.T @ (weight * slope)
        l2, l1 = objective.l2, objective.l1
        sampled = self._design @ theta
        if not plain:
            beyond = sampled - kinks
            derivative = slope + above(beyond, sampled).sum(axis=0)
            own = self._design.T @ (weight * derivative)
            linear = linear + (gradient - l2 * theta) - own
        A = np.tile(self._design, (len(kinks), 1)) @ change
        b, w = kinks.ravel(), np.tile(weight, len(kinks))
        if l1 is not None:
            # an absolute value is a line and a hinge too
            penalised = np.flatnonzero(l1)
            linear = linear - l1
            A = np.vstack([A, change[penalised]])
            b = np.concatenate([b, np.zeros(len(penalised))])
            w = np.concatenate([w, 2.0 * l1[penalised]])
        kept = w > 0.0
        hinges = Hinges(
            change.T @ (l2[:, np.newaxis] * change), change.T @ linear, A[kept], b[kept], w[kept]
        )
        if plain:
            return hinges, float(weight @ constant)
        return hinges, self.value_at_centre - hinges.value(self._centre)

    def minimum(self) -> HingeMinimum:
        """The model's minimum, as parameters of the objective and values of the loss."""
        found = minimise_hinges(self._hinges, self._centre)
        return HingeMinimum(
            self._change @ found.x, found.value + self._constant, found.bound + self._constant
        )

    def next_width(self, end: HingeMinimum) -> float:
        """How far from the kinks to look at the model's minimum.

        As far as the share of the rows that may be within the error of that point: a quantile
        estimated from m rows has an error of about sqrt(p / m) / 2 of them, and three times that
        both ways is safe.
        """
        n_rows, n_parameters = self._design.shape
        share = min(1.0, 4.0 * np.sqrt(n_parameters / n_rows))
        predicted = self._design @ end.x
        distance = nearest_kink(self._problem, predicted, self._target)
        floor = 1e-9 * max(float(np.abs(predicted).max()), 1e-300)
        return max(float(np.quantile(distance, share)), floor)


def _absolute(objective: GlmObjective, theta: Vector) -> float:
    return 0.0 if objective.l1 is None else float(objective.l1 @ np.abs(theta))
