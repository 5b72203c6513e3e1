"""Every loss against differences, and the deviances against scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import _loss

from skdask.metrics.deviance import problem_of
from skdask.rows import Rows
from skdask.statistics import (
    GlmGradient,
    GlmHessian,
    HuberProblem,
    Problem,
    SquaredHinge,
    SquaredTube,
    TargetMoments,
    TweedieProblem,
)

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 3))
Y = np.round(np.exp(X[:, 0] + 0.3 * RANDOM.normal(size=300)), 3) + 0.05
ROWS = Rows(300, X, Y, RANDOM.integers(0, 4, 300).astype(np.float64))
LABELS = Rows(300, X, RANDOM.integers(0, 3, 300), ROWS.sample_weight)

DEVIANCES = [
    _loss.HalfSquaredError(),
    _loss.HalfPoissonLoss(),
    _loss.HalfGammaLoss(),
    *[_loss.HalfTweedieLoss(power=power) for power in (-1.0, 0.0, 1.0, 1.5, 2.0, 3.0)],
    *[_loss.HalfTweedieLossIdentity(power=power) for power in (0.0, 1.0, 1.7, 2.0, 3.0)],
]
PROBLEMS: list[tuple[Problem, Rows]] = [
    *[(problem_of(loss, True), ROWS) for loss in DEVIANCES],
    (HuberProblem(1.35, True), ROWS),
    (SquaredHinge(np.arange(3), 1, np.array([1.0, 2.0, 0.5]), True), LABELS),
    (SquaredTube(0.3, True), ROWS),
]


def value(statistic: Any, rows: Rows) -> Any:
    return statistic.value(statistic.update(statistic.zero(), rows))


def coefficients(problem: Problem) -> np.ndarray:
    found = np.full((4, problem.n_outputs), 0.1)
    found[-1] = 2.0
    for output in problem.without_features:
        found[:-1, output] = 0.0
    return found


@pytest.mark.parametrize(("problem", "rows"), PROBLEMS, ids=lambda each: str(each)[:60])
def test_gradient_is_the_slope_of_the_loss(problem: Problem, rows: Rows) -> None:
    at = coefficients(problem)
    gradient = value(GlmGradient(problem, at), rows).gradient
    for place in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-6
        ends = [value(GlmGradient(problem, at + sign * step), rows).loss for sign in (1, -1)]
        assert gradient[place] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize(("problem", "rows"), PROBLEMS, ids=lambda each: str(each)[:60])
def test_hessian_is_the_slope_of_the_gradient(problem: Problem, rows: Rows) -> None:
    at = coefficients(problem)
    hessian = GlmHessian(problem, at).update(None, rows).hessian  # type: ignore[union-attr]
    assert np.linalg.eigvalsh(value(GlmHessian(problem, at), rows).hessian).min() > -1e-8
    if problem.n_hessians > 1:
        # the sum itself and its expectation: which of them it is, the whole decides
        return
    features = [(row, 0) for row in range(4)]
    places = [*features, *((3, output) for output in problem.without_features)]
    flat = [output * 4 + row for row, output in places]
    slopes = []
    for place in places:
        step = np.zeros_like(at)
        step[place] = 1e-6
        ends = [value(GlmGradient(problem, at + sign * step), rows).gradient for sign in (1, -1)]
        slopes.append(((ends[0] - ends[1]) / 2e-6).T.ravel()[flat])
    np.testing.assert_allclose(hessian[np.ix_(flat, flat)], slopes, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("loss", DEVIANCES, ids=lambda loss: type(loss).__name__)
def test_deviances_are_scikit_learns(loss: Any) -> None:
    problem = problem_of(loss, False)
    eta = X @ np.full(3, 0.1) + 2.0
    found, slope = problem.loss([problem], eta[np.newaxis].copy(), Y)
    theirs, their_slope = loss.loss_gradient(Y, eta)
    np.testing.assert_allclose(slope[0], their_slope, rtol=1e-10, atol=1e-10)
    # with an identity link theirs has terms of the target alone, which its constant makes up for
    excess = theirs + loss.constant_to_optimal_zero(Y)
    np.testing.assert_allclose(found[0] - problem.least(Y), excess, rtol=1e-8, atol=1e-10)
    mean = problem.mean(eta)
    np.testing.assert_allclose(mean, loss.link.inverse(eta))
    assert problem.link(3.0) == pytest.approx(loss.link.link(3.0))


@pytest.mark.parametrize("loss", DEVIANCES, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("bad", [-1.0, 0.0])
def test_range_of_the_target(loss: Any, bad: float) -> None:
    y = np.array([1.0, bad, 2.0])
    statistic = TargetMoments(problem_of(loss, False))
    if loss.in_y_true_range(y):
        assert value(statistic, Rows(3, y=y)).mean == pytest.approx(y.mean())
        return
    with pytest.raises(ValueError, match=r"Some value\(s\) of y are out of the valid range of the"):
        value(statistic, Rows(3, y=y))


def test_outside_its_domain_a_loss_is_infinite() -> None:
    problem = TweedieProblem(2.0, False, "HalfTweedieLossIdentity")
    assert value(GlmGradient(problem, np.array([[0.0]] * 3 + [[-1.0]])), ROWS).loss == np.inf
    scale = np.zeros((4, 2))
    scale[-1, 1] = -1.0
    assert value(GlmGradient(HuberProblem(1.35), scale), ROWS).loss == np.inf


def test_a_huge_scale_is_at_most_halved() -> None:
    at = np.zeros((4, 2))
    at[-1] = [Y.mean(), 1e4]
    problem = HuberProblem(1.35)
    model = value(GlmHessian(problem, at), ROWS).hessian
    slope = value(GlmGradient(problem, at), ROWS).gradient[-1, 1]
    assert 0.4e4 < slope / model[-1, -1] <= 0.5e4
