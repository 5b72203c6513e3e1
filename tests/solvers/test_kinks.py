"""Losses with kinks: few passes over data of which a part of the rows is kept, and a true proof."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn import linear_model as theirs

import skdask.blocks
from skdask.linear_model import QuantileRegressor
from skdask.passes import ALL_ROWS, run
from skdask.solvers.glm import GlmObjective, Penalty
from skdask.solvers.hinges import Hinges, minimise_hinges
from skdask.solvers.kinks import minimise_kinked
from skdask.solvers.quasi_newton import Minimum
from skdask.statistics import Affine
from skdask.statistics.kinked import Hinge, KinkedProblem, Pinball, Tube

N_ROWS = 20_000
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((N_ROWS, 5))
Y = X @ RANDOM.standard_normal(5) + 3.0 * RANDOM.standard_normal(N_ROWS)
LABELS = (Y > 0.0).astype(np.int64)


def minimum(
    problem: KinkedProblem, penalty: Penalty, y: Any, size: int, X: np.ndarray = X
) -> tuple[Minimum, int]:
    objective = GlmObjective(problem, ALL_ROWS, Affine.identity(5), penalty, True, "test")
    data = skdask.blocks.open(da.from_array(X, chunks=(3000, -1)), da.from_array(y, chunks=3000))
    done = run([minimise_kinked(objective, size, 1e-9, 40)], data, what="test")
    return done.results[0], done.report.passes


CASES = [
    (Hinge(np.array([0, 1])), Penalty(1.0).over(N_ROWS, 1.0), LABELS),
    (Tube(0.5), Penalty(1.0).over(N_ROWS, 1.0), Y),
    (Pinball(0.8), Penalty(), Y),
    (Pinball(0.3), Penalty(l1=0.05), Y),
]


@pytest.mark.parametrize(("problem", "penalty", "y"), CASES, ids=["hinge", "tube", "80 %", "l1"])
@pytest.mark.parametrize("size", [400, 2000])
def test_some_rows_give_the_minimum_of_all(
    problem: KinkedProblem, penalty: Penalty, y: np.ndarray, size: int
) -> None:
    exact, one = minimum(problem, penalty, y, N_ROWS)
    found, passes = minimum(problem, penalty, y, size)
    assert one == 1
    assert passes <= 10
    assert found.converged
    assert exact.loss * (1 - 1e-12) <= found.loss <= exact.loss * (1 + 1e-7)


def test_far_away_and_unlike_scales() -> None:
    wild = X * np.logspace(-6, 6, 5) + 1e6 * np.logspace(-6, 6, 5)
    exact, _ = minimum(Pinball(0.7), Penalty(), Y, N_ROWS)
    found, _ = minimum(Pinball(0.7), Penalty(), Y, 1000, wild)
    assert found.loss == pytest.approx(exact.loss, rel=1e-7)


def test_gives_up_with_a_sentence_where_too_many_rows_are_on_kinks() -> None:
    counts = np.round(Y / 10.0)
    rough = np.round(X)
    found, _ = minimum(Pinball(0.5), Penalty(), counts, 60, rough)
    exact, _ = minimum(Pinball(0.5), Penalty(), counts, N_ROWS, rough)
    assert found.loss >= exact.loss * (1 - 1e-9)
    assert found.converged or "more rows near the kinks than are kept" in found.outcome


def test_bounds_are_below_all_values() -> None:
    weight = RANDOM.uniform(0.5, 2.0, 300)
    A = np.column_stack([RANDOM.standard_normal((300, 3)), np.ones(300)])
    problem = Hinges(np.eye(4) * 0.1, RANDOM.standard_normal(4), A, np.arange(300) / 50.0, weight)
    found = minimise_hinges(problem, np.zeros(4))
    assert found.value - found.bound < 1e-10 * abs(found.value)
    for step in RANDOM.standard_normal((50, 4)):
        for length in (1e-6, 1e-2, 1.0):
            assert problem.value(found.x + length * step) >= found.bound


def test_quantiles_are_scikit_learns() -> None:
    rows = slice(0, 2000)
    ours = QuantileRegressor(quantile=0.9, alpha=0.0)
    ours.fit(da.from_array(X[rows], chunks=(300, -1)), da.from_array(Y[rows], chunks=300))
    plain = theirs.QuantileRegressor(quantile=0.9, alpha=0.0).fit(X[rows], Y[rows])
    np.testing.assert_allclose(ours.coef_, plain.coef_, rtol=1e-9)
    np.testing.assert_allclose(ours.intercept_, plain.intercept_, rtol=1e-9)
