"""Logistic loss, gradient and Hessian against scikit-learn and against differences."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn._loss import HalfBinomialLoss, HalfMultinomialLoss
from sklearn.linear_model._linear_loss import LinearModelLoss

from skdask.rows import Rows
from skdask.statistics import GlmGradient, GlmHessian, LogisticProblem
from skdask.statistics.link import binary_link, softmax_link

CLASSES = {2: np.array(["no", "yes"]), 3: np.array([-1, 0, 7])}
CLASS_WEIGHT = {2: np.array([0.3, 2.0]), 3: np.array([1.0, 0.5, 3.0])}


@pytest.fixture(params=[(2, False), (2, True), (3, False), (3, True)], ids=str)
def case(request):
    """Problem, rows, coefficients and the codes and weights that go with them."""
    n_classes, weighted = request.param
    random = np.random.default_rng(n_classes)
    codes = random.integers(0, n_classes, 500)
    X = random.normal(size=(500, 4))
    weight = random.random(500)
    class_weight = CLASS_WEIGHT[n_classes] if weighted else None
    problem = LogisticProblem(CLASSES[n_classes], class_weight, weighted)
    rows = Rows(500, X, CLASSES[n_classes][codes], weight)
    effective = weight * class_weight[codes] if weighted else np.ones(500)
    coefficients = random.normal(size=(5, problem.n_outputs))
    return problem, rows, coefficients, codes, effective


def state_of(statistic, rows):
    return statistic.value(statistic.update(statistic.zero(), rows))


def test_gradient_is_that_of_scikit_learn(case):
    problem, rows, coefficients, codes, weight = case
    base = (
        HalfBinomialLoss()
        if problem.n_outputs == 1
        else HalfMultinomialLoss(n_classes=problem.n_outputs)
    )
    reference = LinearModelLoss(base, fit_intercept=True)
    theirs = coefficients.ravel() if problem.n_outputs == 1 else coefficients.T.copy()
    loss, gradient = reference.loss_gradient(theirs, rows.X, codes.astype(float), weight)
    found = state_of(GlmGradient(problem, coefficients), rows)
    total = weight.sum()
    assert found.weight == pytest.approx(total)
    assert found.loss / total == pytest.approx(loss)
    np.testing.assert_allclose(found.gradient.T.ravel() / total, np.ravel(gradient), atol=1e-12)


def test_gradient_is_the_slope_of_the_loss(case):
    problem, rows, coefficients, _, _ = case
    gradient = state_of(GlmGradient(problem, coefficients), rows).gradient
    step = 1e-6
    for place in np.ndindex(coefficients.shape):
        ends = []
        for sign in (1.0, -1.0):
            moved = coefficients.copy()
            moved[place] += sign * step
            ends.append(state_of(GlmGradient(problem, moved), rows).loss)
        slope = (ends[0] - ends[1]) / (2 * step)
        assert gradient[place] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_hessian_is_the_slope_of_the_gradient(case):
    problem, rows, coefficients, _, _ = case
    hessian = state_of(GlmHessian(problem, coefficients), rows).hessian
    step = 1e-6
    slopes = []
    for output in range(coefficients.shape[1]):
        for parameter in range(coefficients.shape[0]):
            ends = []
            for sign in (1.0, -1.0):
                moved = coefficients.copy()
                moved[parameter, output] += sign * step
                gradient = state_of(GlmGradient(problem, moved), rows).gradient
                ends.append(gradient.T.ravel())
            slopes.append((ends[0] - ends[1]) / (2 * step))
    np.testing.assert_allclose(hessian, np.array(slopes), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12, atol=1e-12)


def test_hessian_of_every_tenth_row(case):
    problem, rows, coefficients, _, weight = case
    sampled = state_of(GlmHessian(problem, coefficients, stride=10), rows)
    tenth = rows.take(np.arange(0, 500, 10))
    expected = state_of(GlmHessian(problem, coefficients), tenth)
    np.testing.assert_allclose(sampled.hessian, expected.hessian)
    assert sampled.weight == pytest.approx(weight[::10].sum())


def test_hessian_keeps_its_digits_where_probabilities_are_almost_one():
    X = np.full((10, 1), 30.0)
    for n_classes in (2, 3):
        problem = LogisticProblem(np.arange(n_classes))
        coefficients = np.zeros((2, problem.n_outputs))
        coefficients[0, 0] = 1.5 if n_classes == 2 else 1.5 + np.log(2.0) / 30.0
        rows = Rows(10, X, np.zeros(10, int))
        found = state_of(GlmHessian(problem, coefficients), rows).hessian[0, 0]
        # log odds of 45 against all other classes
        assert found == pytest.approx(10 * 900.0 * np.exp(-45.0), rel=1e-12)


def test_class_weights_differ_within_one_kernel():
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 200)
    rows = Rows(200, random.normal(size=(200, 4)), y, random.random(200))
    classes = np.arange(3)
    for weighted in (False, True):
        statistics = [
            GlmGradient(LogisticProblem(classes, weight, weighted), random.normal(size=(5, 3)))
            for weight in (None, np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.5]))
        ]
        together = GlmGradient.update_many(statistics, [None] * 3, rows)
        for statistic, found in zip(statistics, together, strict=True):
            alone = statistic.update(None, rows)
            assert found.loss == pytest.approx(alone.loss)
            assert found.weight == pytest.approx(alone.weight)
            np.testing.assert_allclose(found.gradient, alone.gradient, atol=1e-12)


def test_problems_that_differ_are_not_mixed():
    rows = Rows(4, np.eye(4), np.array([0, 1, 2, 1]), np.arange(4.0))
    two, three = (
        LogisticProblem(np.array([0, 1])),
        LogisticProblem(np.array([0, 1, 2]), weighted=True),
    )
    statistics = [GlmGradient(two, np.ones((5, 1))), GlmGradient(three, np.ones((5, 3)))]
    states = GlmGradient.update_many(statistics, [None, None], rows)
    assert [state.gradient.shape for state in states] == [(5, 1), (5, 3)]
    assert [state.weight for state in states] == [4.0, 6.0]


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_links_at_the_ends_of_the_numbers(n_outputs):
    ends = np.array([0.0, 1e-300, 36.0, 37.5, 700.0, 1000.0, 1e300])
    eta = np.concatenate([ends, -ends])
    codes = np.zeros(len(eta), np.intp)
    link = binary_link if n_outputs == 1 else softmax_link
    scores = np.zeros((n_outputs, len(eta)))
    scores[-1] = eta
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        loss, slope = link(scores, codes, n_outputs)
    assert np.isfinite(loss).all()
    assert np.isfinite(slope).all()
    # the loss of the first class: log(exp(others) + exp(eta))
    others = np.log(max(1, n_outputs - 1))
    np.testing.assert_allclose(loss[0], np.logaddexp(others, eta), rtol=1e-15, atol=1e-15)
    expected = np.exp(eta - np.logaddexp(others, eta))
    np.testing.assert_allclose(slope[-1], expected, rtol=1e-13, atol=1e-300)


def test_suspicion(case):
    problem, rows, coefficients, _, _ = case
    for kind in (GlmGradient, GlmHessian):
        statistic = kind(problem, coefficients)
        assert not statistic.suspect(statistic.zero())
        assert not statistic.suspect(statistic.update(None, rows))
        X = rows.X.copy()
        X[17, 2] = np.nan
        bad = Rows(rows.n_rows, X, rows.y, rows.sample_weight)
        assert statistic.suspect(statistic.update(None, bad))


def test_values_of_no_rows(case):
    problem, _, coefficients, _, _ = case
    gradient = GlmGradient(problem, coefficients)
    assert gradient.value(None).weight == 0.0
    assert gradient.value(None).gradient.shape == coefficients.shape
    hessian = GlmHessian(problem, coefficients)
    assert hessian.value(None).hessian.shape == (coefficients.size,) * 2
