"""The quasi-Newton solver on problems whose minimum is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import linalg

from skdask.passes import Algorithm
from skdask.solvers.quasi_newton import Minimum, Solve, Vector, minimise

# a request here is the computation itself
Question = Callable[[], Any]


class Smooth:
    """A function with its gradient and Hessian, standing in for a loss over rows."""

    l1 = None

    def __init__(
        self,
        start: Vector,
        value: Callable[[Vector], float],
        gradient: Callable[[Vector], Vector],
        hessian: Callable[[Vector], Any],
    ) -> None:
        self._start, self.value, self.gradient, self.hessian = start, value, gradient, hessian
        self.asked = 0

    def start(self) -> Vector:
        return self._start

    def gradient_request(self, theta: Vector) -> Any:
        self.asked += 1
        return lambda: (self.value(theta), self.gradient(theta))

    def evaluate(self, theta: Vector, answer: Any) -> tuple[float, Vector]:
        return answer


class Model:
    """The Hessian of each problem, made worse until `sharpen` is called."""

    def __init__(self, problems: Sequence[Smooth], *, exact: bool = True, blur: Any = None) -> None:
        self.problems, self.exact, self.blur = problems, exact, blur
        self.taken = self.sharpened = 0

    def request(self, thetas: Sequence[Vector]) -> Any:
        self.taken += 1
        return lambda: [p.hessian(t) for p, t in zip(self.problems, thetas, strict=True)]

    def solvers(self, answer: Any) -> list[Solve]:
        blurred = [hessian if self.blur is None else self.blur(hessian) for hessian in answer]
        return [lambda v, h=h: np.linalg.solve(h, v) for h in blurred]

    def sharpen(self) -> bool:
        self.sharpened += 1
        if self.blur is None:
            return False
        self.blur = None
        return True


def drive(algorithm: Algorithm[list[Minimum]]) -> tuple[list[Minimum], int]:
    """The minima, and the passes that they took."""
    passes = 0
    questions = next(algorithm)
    while True:
        passes += 1
        try:
            questions = algorithm.send(tuple(question() for question in questions))
        except StopIteration as stop:
            return stop.value, passes


def quadratic(seed: int, size: int = 6, condition: float = 100.0) -> tuple[Smooth, Vector]:
    random = np.random.default_rng(seed)
    basis = linalg.qr(random.standard_normal((size, size)))[0]
    curvature = basis @ np.diag(np.geomspace(1.0, condition, size)) @ basis.T
    minimum = random.standard_normal(size)
    return (
        Smooth(
            np.zeros(size),
            lambda t: 0.5 * float((t - minimum) @ curvature @ (t - minimum)),
            lambda t: curvature @ (t - minimum),
            lambda t: curvature,
        ),
        minimum,
    )


def test_newton_solves_a_quadratic_in_one_step() -> None:
    problem, expected = quadratic(0)
    (found,), passes = drive(minimise([problem], Model([problem]), 1e-9, 50))
    np.testing.assert_allclose(found.theta, expected, rtol=1e-9)
    assert found.converged
    assert found.n_iter == 1
    assert passes == 2
    assert found.outcome.startswith("converged after 1 iterations, largest gradient component")


@pytest.mark.parametrize("blur", ["diagonal", "identity", "halved", "noisy"])
def test_a_poor_hessian_is_mended_by_gradients(blur: str) -> None:
    problem, expected = quadratic(1)
    noise = np.random.default_rng(0).standard_normal((6, 6))
    blurs = {
        "diagonal": lambda h: np.diag(np.diag(h)),
        "identity": lambda h: np.eye(len(h)) * 100.0,
        "halved": lambda h: h / 1.8,
        "noisy": lambda h: h + 5 * noise @ noise.T,
    }
    model = Model([problem], exact=False, blur=blurs[blur])
    (found,), passes = drive(minimise([problem], model, 1e-9, 100))
    np.testing.assert_allclose(found.theta, expected, rtol=1e-7)
    assert found.converged
    assert passes <= 30
    assert model.taken <= 6 + (model.sharpened > 0)


def test_several_problems_share_their_passes() -> None:
    problems, expected = zip(*[quadratic(seed) for seed in range(5)], strict=True)
    model = Model(problems, exact=False, blur=lambda h: h + np.diag(np.diag(h)))
    found, passes = drive(minimise(problems, model, 1e-9, 100))
    for minimum, theta in zip(found, expected, strict=True):
        np.testing.assert_allclose(minimum.theta, theta, rtol=1e-7)
    assert passes == 1 + max(minimum.n_iter for minimum in found)
    # the ones that are done are not asked any more
    asked = [problem.asked for problem in problems]
    assert min(asked) < max(asked)


def test_it_does_not_depend_on_its_companions() -> None:
    problems = [quadratic(seed)[0] for seed in range(3)]
    blur: Any = lambda h: h + np.diag(np.diag(h))  # noqa: E731
    together, _ = drive(minimise(problems, Model(problems, exact=False, blur=blur), 1e-9, 100))
    for problem, expected in zip(problems, together, strict=True):
        (alone,), _ = drive(
            minimise([problem], Model([problem], exact=False, blur=blur), 1e-9, 100)
        )
        np.testing.assert_allclose(alone.theta, expected.theta, rtol=1e-7)


def steep() -> Smooth:
    """Newton's full step overshoots far: the sum of log(cosh(10 t)) from 1."""
    return Smooth(
        np.array([1.0, -0.5]),
        lambda t: float(np.logaddexp(10 * t, -10 * t).sum()) + 1e-3 * float(t @ t),
        lambda t: 10 * np.tanh(10 * t) + 2e-3 * t,
        lambda t: np.diag(100 / np.cosh(10 * t) ** 2 + 2e-3),
    )


def test_a_step_that_fails_costs_one_pass_over_a_ladder() -> None:
    problem = steep()
    (found,), passes = drive(minimise([problem], Model([problem]), 1e-10, 60))
    assert found.converged
    np.testing.assert_allclose(found.theta, 0.0, atol=1e-9)
    # ten rungs in one pass, not a pass a rung
    assert problem.asked > passes + 8
    assert passes < 40


def test_overshooting_by_orders_of_magnitude() -> None:
    """A model whose curvature is a hundred thousand times too small."""
    problem, expected = quadratic(2)
    model = Model([problem], exact=False, blur=lambda h: np.eye(len(h)) * 1e-5)
    (found,), _ = drive(minimise([problem], model, 1e-9, 100))
    assert found.converged
    np.testing.assert_allclose(found.theta, expected, rtol=1e-7)


def test_infinite_trials_are_no_steps() -> None:
    problem = Smooth(
        np.array([1.0]),
        lambda t: float("inf") if t[0] <= 0 else float(t[0] - np.log(t[0])),
        lambda t: np.array([np.nan]) if t[0] <= 0 else 1 - 1 / t,
        lambda t: np.array([[1e-2]]),
    )
    problem._start = np.array([3.0])
    (found,), _ = drive(minimise([problem], Model([problem], exact=False), 1e-8, 60))
    np.testing.assert_allclose(found.theta, 1.0, atol=1e-7)
    assert found.converged


def test_stuck_is_said() -> None:
    """A gradient that points the wrong way: no step lowers the loss."""
    problem = Smooth(
        np.array([1.0]),
        lambda t: float(t @ t),
        lambda t: -2 * t,
        lambda t: np.eye(1),
    )
    model = Model([problem], exact=False, blur=lambda h: h)
    (found,), passes = drive(minimise([problem], model, 1e-8, 60))
    assert not found.converged
    assert "no step along the descent direction lowers the loss any more" in found.outcome
    assert model.sharpened >= 2
    assert passes < 12


def test_stuck_in_rounding_is_converged() -> None:
    """A tolerance below what the loss can show is as good as it gets."""
    random = np.random.default_rng(0)
    problem, expected = quadratic(3)
    exact = problem.gradient
    problem.gradient = lambda t: exact(t) + 1e-10 * random.standard_normal(6)
    (found,), passes = drive(minimise([problem], Model([problem]), 1e-15, 40))
    np.testing.assert_allclose(found.theta, expected, rtol=1e-6)
    assert passes <= 42


def test_the_limit_of_iterations() -> None:
    problem = steep()
    (found,), passes = drive(minimise([problem], Model([problem]), 1e-10, 2))
    assert not found.converged
    assert found.n_iter == 2
    assert passes == 3
    assert found.outcome.startswith("stopped at the limit of max_iter=2 after 2 iterations")


def test_no_iterations() -> None:
    problem, _ = quadratic(0)
    (found,), passes = drive(minimise([problem], Model([problem]), 1e-10, 0))
    assert passes == 1
    np.testing.assert_array_equal(found.theta, 0.0)
    assert not found.converged


def test_starting_at_the_minimum() -> None:
    problem, expected = quadratic(0)
    (found,), passes = drive(minimise([problem], Model([problem]), 1e-8, 10, [expected]))
    assert found.converged
    assert found.n_iter == 0
    assert passes == 1
