"""Minimise losses plus a penalty, several at once, a pass an iteration.

A quasi-Newton step solves with a model of the Hessian and corrects it by the last changes of the
gradient. Famous cases by what the model is:

- the exact Hessian, taken anew each iteration, no corrections: Newton's method;
- a diagonal, no Hessian at all: L-BFGS, for problems too wide for a Hessian;
- the Hessian of a sample of the rows, shared by all folds of a candidate and frozen after a few
  iterations: what searches use, since exact gradients make the answer exact and the sample only
  sets the pace;
- an absolute penalty beside the loss: proximal Newton, whose step minimises the quadratic model
  plus the penalty (`proximal`).

Every iteration asks for the gradients at all trial points in one pass. A step that did not
improve its loss is followed by one pass over a whole ladder of shorter steps, never by a pass a
backtrack.

Source: Nocedal, Wright (2006), Numerical Optimization, algorithms 3.1 and 7.4; Byrd et al.
(2011), On the use of stochastic Hessian information in optimization methods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import Algorithm, Expecting, Outlook, Request, longest
from skdask.solvers.proximal import proximal_step, steepest

Vector = NDArray[np.float64]
Solve = Callable[[Vector], Vector]

# Corrections kept: enough to mend a sampled Hessian, and the usual memory of L-BFGS
_MEMORY = 12
# Iterations after which the model is near enough to its limit to be kept
_REFRESHES = 3
_SUFFICIENT = 1e-4
_LADDER = tuple(0.5**k for k in range(1, 11))
_SHORTEST = 1e-8


class Objective(Protocol):
    """One problem: the mean loss over a set of rows plus its penalty."""

    @property
    def l1(self) -> Vector | None:
        """Strength of each parameter's absolute penalty; None without one."""
        ...

    def start(self) -> Vector: ...

    def gradient_request(self, theta: Vector) -> Request: ...

    def evaluate(self, theta: Vector, answer: Any) -> tuple[float, Vector]:
        """Smooth loss and its gradient at theta from the answer to `gradient_request`."""
        ...


class HessianModel(Protocol):
    """What stands in for the Hessian of each problem of a group."""

    @property
    def exact(self) -> bool:
        """Whether the model is the Hessian itself."""
        ...

    def request(self, thetas: Sequence[Vector]) -> Request: ...

    def solvers(self, answer: Any) -> list[Solve]:
        """For each problem a function that multiplies by the model's inverse.

        For an objective with an absolute penalty it has the model itself as ``matrix``.
        """
        ...

    def sharpen(self) -> bool:
        """Use a better model from now on; False where there is none."""
        ...


@dataclass(frozen=True)
class Minimum:
    """Where the search for a minimum ended.

    Attributes
    ----------
    theta : ndarray
    loss : float
    slope : float
        Largest component of the gradient, or of the least subgradient.
    n_iter : int
    converged : bool
    outcome : str
        A sentence for the warning and the fit report.
    """

    theta: Vector
    loss: float
    slope: float
    n_iter: int
    converged: bool
    outcome: str


@dataclass
class _Descent:
    """One problem on its way down."""

    objective: Objective
    theta: Vector
    loss: float = np.inf
    gradient: Vector = field(default_factory=lambda: np.empty(0))
    direction: Vector = field(default_factory=lambda: np.empty(0))
    steps: tuple[float, ...] = (0.0,)
    pairs: list[tuple[Vector, Vector]] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)
    n_iter: int = 0
    end: str = ""

    @property
    def slope(self) -> float:
        l1 = self.objective.l1
        slopes = self.gradient if l1 is None else steepest(self.theta, self.gradient, l1)
        return float(np.abs(slopes).max(initial=0.0))

    @property
    def fall(self) -> float:
        """What the loss falls by along the whole direction, to first order."""
        return float(self.gradient @ self.direction) + (
            self.absolute(self.theta + self.direction) - self.absolute(self.theta)
        )

    def absolute(self, theta: Vector) -> float:
        """The absolute penalty."""
        l1 = self.objective.l1
        return 0.0 if l1 is None else float(l1 @ np.abs(theta))

    def trials(self) -> list[Vector]:
        if self.gradient.size == 0:
            return [self.theta]
        return [self.theta + step * self.direction for step in self.steps]


def minimise(
    objectives: Sequence[Objective],
    model: HessianModel,
    tol: float,
    max_iter: int,
    starts: Sequence[Vector] | None = None,
) -> Algorithm[list[Minimum]]:
    """Minimise all objectives side by side with one Hessian model.

    Parameters
    ----------
    objectives : sequence of Objective
    model : HessianModel
    tol : float
        Largest component of the gradient at which a problem is solved.
    max_iter : int
        Iterations after which a problem is given up.
    starts : sequence of ndarray, optional
        First points; the objectives' own by default.

    Returns
    -------
    list of Minimum

    Notes
    -----
    **Passes** one an iteration, shared by all problems; one more for a step that failed.
    """
    first = starts or [objective.start() for objective in objectives]
    descents = [
        _Descent(objective, theta) for objective, theta in zip(objectives, first, strict=True)
    ]
    solvers: list[Solve] = []
    refreshes = 0
    while True:
        live = [descent for descent in descents if not descent.end]
        trials = [descent.trials() for descent in live]
        asks_hessian = model.exact or refreshes < _REFRESHES or not solvers
        requests = [
            descent.objective.gradient_request(theta)
            for descent, thetas in zip(live, trials, strict=True)
            for theta in thetas
        ]
        if asks_hessian:
            requests.append(model.request([_leading_trial(d) for d in descents]))
        outlook = longest(_outlook(descent, tol, max_iter) for descent in live)
        answers = yield Expecting.of(requests, outlook)
        if asks_hessian:
            solvers = model.solvers(answers[-1])
            refreshes += 1
        used = 0
        for descent, thetas in zip(live, trials, strict=True):
            _take(descent, thetas, answers[used : used + len(thetas)])
            used += len(thetas)
        stuck = [descent for descent in live if descent.end == _STUCK]
        if stuck and model.sharpen():
            for descent in stuck:
                descent.end, descent.pairs, descent.steps = "", [], (1.0,)
                # the next pass takes the better model at the point itself
                descent.direction = np.zeros_like(descent.theta)
            solvers = []
        else:
            for descent in stuck:
                _shorten(descent)
        for descent in live:
            descent.slopes.append(descent.slope)
        for descent, solve in zip(descents, solvers or [_identity] * len(descents), strict=True):
            if not descent.end:
                _judge(descent, tol, max_iter)
            if not descent.end and solvers and len(descent.steps) == 1:
                _aim(descent, solve, model.exact)
        if all(descent.end for descent in descents):
            return [_minimum(descent, tol) for descent in descents]


_STUCK = "no step along the descent direction lowers the loss any more"
_CONVERGED = "converged"


def _outlook(descent: _Descent, tol: float, max_iter: int) -> Outlook:
    """Passes until a problem is solved: by the fall of its gradient so far, or its limit."""
    limit = max(1, max_iter - descent.n_iter + (descent.gradient.size == 0))
    slopes = descent.slopes[-3:]
    if len(slopes) == 3 and 0.0 < tol < slopes[-1] < 0.9 * slopes[0]:
        fall = 0.5 * np.log(slopes[0] / slopes[-1])
        return Outlook(min(limit, int(np.ceil(np.log(slopes[-1] / tol) / fall))))
    return Outlook(limit, at_most=True)


def _identity(vector: Vector) -> Vector:
    return vector


def _leading_trial(descent: _Descent) -> Vector:
    return descent.theta if descent.end else descent.trials()[0]


def _take(descent: _Descent, thetas: list[Vector], answers: Sequence[Any]) -> None:
    """Move to the best trial that lowers the loss enough, or ask for shorter steps."""
    outcomes = []
    for theta, answer in zip(thetas, answers, strict=True):
        loss, gradient = descent.objective.evaluate(theta, answer)
        outcomes.append((theta, loss + descent.absolute(theta), gradient))
    if descent.gradient.size == 0:
        _, descent.loss, descent.gradient = outcomes[0]
        descent.steps = (1.0,)
        return
    descent.n_iter += 1
    fall = descent.fall
    noise = _noise(descent)
    good = [
        outcome
        for step, outcome in zip(descent.steps, outcomes, strict=True)
        if outcome[1] <= descent.loss + _SUFFICIENT * step * fall + noise
    ]
    if not good:
        if len(descent.steps) == 1:
            descent.steps = _LADDER
        else:
            descent.end = _STUCK
        return
    theta, loss, gradient = min(good, key=lambda outcome: outcome[1])
    change, turn = theta - descent.theta, gradient - descent.gradient
    if change @ turn > 1e-14 * (turn @ turn):
        descent.pairs = [*descent.pairs[-_MEMORY + 1 :], (change, turn)]
    descent.theta, descent.loss, descent.gradient = theta, loss, gradient
    descent.steps = (1.0,)


def _noise(descent: _Descent) -> float:
    """What a loss cannot show of an improvement: near the minimum, its own rounding."""
    return float(8 * np.finfo(np.float64).eps * abs(descent.loss))


def _shorten(descent: _Descent) -> None:
    """Go on down the ladder, unless it is short or promises less than rounding hides."""
    promise = -descent.fall
    if descent.steps[-1] > _SHORTEST and promise > _noise(descent):
        descent.end = ""
        descent.steps = tuple(step * _LADDER[-1] for step in descent.steps)


def _judge(descent: _Descent, tol: float, max_iter: int) -> None:
    # a step is always taken, so that a start near the minimum is polished and not handed back
    if descent.slope <= (tol if descent.n_iter else 0.0):
        descent.end = _CONVERGED
    elif descent.n_iter >= max_iter:
        descent.end = f"stopped at the limit of max_iter={max_iter}"


def _aim(descent: _Descent, solve: Solve, exact: bool) -> None:
    """Set the direction of the next step."""
    if exact:
        descent.pairs = []
    l1 = descent.objective.l1
    if l1 is not None:
        model = solve.matrix  # type: ignore[attr-defined]
        descent.direction = proximal_step(model, descent.pairs, descent.gradient, descent.theta, l1)
        return
    descent.direction = -_corrected(descent.gradient, descent.pairs, solve)
    if descent.gradient @ descent.direction >= 0.0:
        descent.pairs = []
        descent.direction = -solve(descent.gradient)


def _corrected(gradient: Vector, pairs: Sequence[tuple[Vector, Vector]], solve: Solve) -> Vector:
    """The model's inverse times the gradient, corrected by the pairs: the two-loop recursion."""
    remainder = gradient.copy()
    shares = []
    for change, turn in reversed(pairs):
        share = (change @ remainder) / (change @ turn)
        remainder -= share * turn
        shares.append(share)
    step = solve(remainder)
    if pairs:
        # the model in the size that the last change showed (equation 7.20 of Nocedal and Wright):
        # halves the passes of a diagonal, where it is far too small or too large
        change, turn = pairs[-1]
        step *= (change @ turn) / (turn @ solve(turn))
    for (change, turn), share in zip(pairs, reversed(shares), strict=True):
        step += (share - (turn @ step) / (change @ turn)) * change
    return step


def _minimum(descent: _Descent, tol: float) -> Minimum:
    # stuck within the rounding of the loss is as good as it gets
    rounding = np.sqrt(np.finfo(np.float64).eps) * max(1.0, abs(descent.loss))
    stuck_there = descent.end == _STUCK and descent.slope <= rounding
    converged = bool(descent.end == _CONVERGED or stuck_there)
    return Minimum(
        descent.theta,
        descent.loss,
        descent.slope,
        descent.n_iter,
        converged,
        f"{descent.end} after {descent.n_iter} iterations, "
        f"largest gradient component {descent.slope:.1e} (tol {tol:.1e})",
    )
