"""Non-negative matrix factorisation over passes, of squared distances: a pass is an iteration.

The best weights of the rows are a function of the components, so the objective is one of the
components alone. Each pass gives its value, its gradient, and a quadratic model of it that is
minimised exactly; steps are carried on beyond that as long as the objective falls, by which a
third of the passes does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import Algorithm, RowSet, ask
from skdask.statistics.divergence import DivergenceStep, DivergenceSums
from skdask.statistics.mapped import Mapped
from skdask.statistics.nmf import FactorStep, FactorSums, nonnegative

Array = NDArray[np.float64]

# A residual that is a smaller share of the squares would be a difference without digits
_TIGHT = 1e-6
_CAREFUL = 1e-8
_SHARE = 0.1
# Iterations after which scikit-learn looks at the divergence
_LOOK = 10


@dataclass(frozen=True)
class NmfProblem:
    """Rows to be factorised.

    Attributes
    ----------
    mapped : Mapped
    rows : RowSet
    weight_penalties : tuple of float
        Of the l1 and of half the squared l2 norm of the weights.
    component_penalties : tuple of float
        The same of the components, for each row that there is.
    tol : float
        Share of the first projected gradient at which components have settled.
    max_iter : int
    asked_by : str
    """

    mapped: Mapped
    rows: RowSet
    weight_penalties: tuple[float, float]
    component_penalties: tuple[float, float]
    tol: float
    max_iter: int
    asked_by: str

    def step(
        self, components: Array, tol: float, with_residual: bool = False
    ) -> Algorithm[FactorSums]:
        l1, l2 = self.weight_penalties
        statistic = FactorStep(self.mapped, components, l1, l2, tol, with_residual)
        sums: FactorSums = yield from ask(statistic, self.rows, self.asked_by)
        return sums

    def objective(self, components: Array, sums: FactorSums) -> float:
        """The penalised objective, less what the squares of the weights add."""
        l1, l2 = self.weight_penalties
        l1_rows, l2_rows = (each * sums.count for each in self.component_penalties)
        value = residual_of(components, sums) / 2 + l1 * sums.weights.sum()
        value += l2 * np.trace(sums.pairs) / 2
        return float(value + l1_rows * components.sum() + l2_rows * np.square(components).sum() / 2)


@dataclass(frozen=True)
class Factorised:
    """Where a run has ended.

    Attributes
    ----------
    components : ndarray of shape (n_components, n_features)
    residual : float
        Squared distance of all rows from what the components make of them.
    n_iter : int
    converged : bool
    """

    components: Array
    residual: float
    n_iter: int
    converged: bool


def residual_of(components: Array, sums: FactorSums) -> float:
    """Squared distance of the rows, as a difference of their squares."""
    inner = 2.0 * np.vdot(sums.cross, components) - np.vdot(sums.pairs @ components, components)
    return max(float(sums.squares - inner), 0.0)


def factorise(problem: NmfProblem, start: Array) -> Algorithm[Factorised]:
    """Descend from components until the projected gradient has settled.

    Notes
    -----
    **Passes** one an iteration, one for a step that went too far, and at most two at the end.
    **Cost** and **Error** as `FactorStep`. **Source** Ang, Gillis (2019), Accelerating
    nonnegative matrix factorization algorithms using extrapolation.
    """
    components = kept = start
    best, carry, limit = np.inf, 0.5, 1.0
    first_violation, ratio = None, 1.0
    before = start
    for n_iter in range(1, problem.max_iter + 1):
        sums = yield from problem.step(components, max(_CAREFUL, 1e-3 * ratio))
        value = problem.objective(components, sums)
        if value > best and components is not kept:
            # too far: go back to where the model pointed, more careful from here on
            components, limit = kept, carry
            carry /= 1.5
            continue
        if value <= best:
            carry, limit = min(carry * 1.05, limit), min(1.0, limit * 1.01)
        best = min(best, value)
        l1, l2 = (each * sums.count for each in problem.component_penalties)
        gram, cross = sums.pairs + l2 * np.eye(len(sums.pairs)), sums.cross - l1
        gradient = gram @ components - cross
        downhill = np.where(components > 0.0, gradient, np.minimum(gradient, 0.0))
        violation = float(np.abs(downhill).sum())
        first_violation = violation if first_violation is None else first_violation
        ratio = violation / first_violation if first_violation else 0.0
        # the weights have settled already, which share the first gradient elsewhere
        if ratio <= _SHARE * problem.tol:
            return (yield from _end(problem, components, n_iter, True))
        kept = nonnegative(gram, cross, components, _CAREFUL)
        components = np.maximum(kept + carry * (kept - before), 0.0)
        before = kept
    return (yield from _end(problem, kept, problem.max_iter, False))


def _end(
    problem: NmfProblem, components: Array, n_iter: int, converged: bool
) -> Algorithm[Factorised]:
    """The residual of careful weights, by itself where it is small."""
    sums = yield from problem.step(components, _CAREFUL)
    residual = residual_of(components, sums)
    if residual < _TIGHT * sums.squares:
        exact = yield from problem.step(components, _CAREFUL, with_residual=True)
        residual = exact.residual
    return Factorised(components, residual, n_iter, converged)


def divergence_of(
    problem: NmfProblem, start: Array, beta: float, mean: float
) -> Algorithm[Factorised]:
    """Multiplicative updates of the components for a beta divergence.

    ``residual`` of the result is twice the divergence.

    Notes
    -----
    **Passes** one an iteration and one at the end. **Cost** and **Source** as `DivergenceStep`.
    """
    gamma = 1.0
    if beta < 1:
        gamma = 1.0 / (2.0 - beta)
    elif beta > 2:
        gamma = 1.0 / (beta - 1.0)
    components = start
    weight = float(np.sqrt(mean / len(start)))
    first = before = None
    for n_iter in range(1, problem.max_iter + 2):
        statistic = DivergenceStep(
            problem.mapped, components, beta, gamma, weight, *problem.weight_penalties
        )
        sums: DivergenceSums = yield from ask(statistic, problem.rows, problem.asked_by)
        error = float(np.sqrt(2.0 * max(sums.divergence, 0.0)))
        done = n_iter - 1
        if first is None or before is None:
            first = before = error
        elif done == problem.max_iter:
            return Factorised(components, error**2, done, False)
        elif problem.tol > 0 and done % _LOOK == 0:
            if before - error < problem.tol * first:
                return Factorised(components, error**2, done, True)
            before = error
        l1, l2 = (each * sums.count for each in problem.component_penalties)
        denominator = sums.denominator + l1 + l2 * components
        denominator[denominator == 0.0] = np.finfo(np.float32).eps
        components = (sums.numerator / denominator) ** gamma
        if beta <= 1:
            components[components < np.finfo(np.float64).eps] = 0.0
    raise AssertionError("the last iteration returns")
