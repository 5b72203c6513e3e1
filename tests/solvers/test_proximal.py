"""The step of proximal Newton against its optimality conditions."""

from __future__ import annotations

import numpy as np
import pytest

from skdask.solvers.proximal import corrected, proximal_step, steepest


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("strength", [0.01, 1.0, 30.0])
def test_the_step_is_where_no_subgradient_is_left(seed: int, strength: float) -> None:
    random = np.random.default_rng(seed)
    root = random.normal(size=(40, 8)) * 10.0 ** random.integers(-1, 2, 8)
    model = root.T @ root
    gradient, theta = random.normal(size=8) * 20, random.normal(size=8)
    theta[::3] = 0.0
    l1 = strength * np.array([1.0] * 7 + [0.0])
    step = proximal_step(model, [], gradient, theta, l1)
    left = steepest(theta + step, gradient + model @ step, l1)
    assert np.abs(left).max() < 1e-7 * np.abs(gradient).max()


def test_a_strong_penalty_gives_exact_zeros() -> None:
    theta = np.array([1.0, -2.0, 3.0])
    l1 = np.array([1e3, 1e3, 0.0])
    step = proximal_step(np.eye(3), [], np.array([0.5, 0.5, 0.5]), theta, l1)
    np.testing.assert_array_equal((theta + step)[:2], 0.0)
    assert step[2] == pytest.approx(-0.5)


def test_pairs_correct_the_model() -> None:
    """A corrected model maps the last change to the last turn, as the true Hessian does."""
    random = np.random.default_rng(0)
    root = random.normal(size=(20, 5))
    hessian = root.T @ root
    changes = random.normal(size=(3, 5))
    pairs = [(change, hessian @ change) for change in changes]
    model = corrected(np.eye(5), pairs)
    np.testing.assert_allclose(model @ changes[-1], hessian @ changes[-1])
    assert np.linalg.eigvalsh(model).min() > 0
