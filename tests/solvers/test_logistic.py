"""Logistic regression in a few passes, by every model of the Hessian."""

from __future__ import annotations

import warnings

import dask.array as da
import numpy as np
import pytest
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning

import skdask.blocks
from skdask.linear_model import LogisticRegression
from skdask.passes import run
from skdask.passes.request import ALL_ROWS
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes.view import View
from skdask.solvers import glm
from skdask.solvers.glm import DiagonalHessian, GlmObjective, Penalty, SampledHessian
from skdask.solvers.quasi_newton import HessianModel, minimise
from skdask.statistics import Affine, LogisticProblem


def classes(
    n_rows: int, n_features: int, n_classes: int = 2, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Dense rows with a common factor, and labels drawn from a true model."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((n_rows, n_features)) + 0.5 * random.standard_normal((n_rows, 1))
    beta = random.standard_normal((n_features, n_classes)) / np.sqrt(n_features)
    eta = X @ beta + random.gumbel(size=(n_rows, n_classes))
    return X, eta.argmax(axis=1)


def lazy(X: np.ndarray, rows: int = 500) -> da.Array:
    return da.from_array(X, chunks=(rows, -1))


@pytest.mark.parametrize(
    ("n_features", "n_classes", "scale", "at_most"),
    [
        (5, 2, 1.0, 7),
        (50, 2, 1.0, 8),
        (100, 2, 1.0, 9),
        (50, 2, 1e-3, 9),
        (50, 2, 100.0, 12),
        (20, 3, 1.0, 9),
        (20, 10, 1.0, 12),
        (350, 2, 1.0, 12),
    ],
)
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_passes(n_features: int, n_classes: int, scale: float, at_most: int, C: float) -> None:
    X, y = classes(2000, n_features, n_classes)
    model = LogisticRegression(C=C).fit(lazy(X * scale), y)
    report = model.fit_report_
    assert report.passes <= at_most
    assert report.outcomes[0].startswith("converged after")
    expected = linear_model.LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10)
    expected.fit(X * scale, y)
    size = np.abs(expected.coef_).max()
    np.testing.assert_allclose(model.coef_, expected.coef_, atol=2e-2 * size)
    disagreeing = model.predict(X * scale) != expected.predict(X * scale)
    assert disagreeing.mean() < 2e-3


def test_all_models_reach_the_same_minimum(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = classes(3000, 12, 3)
    expected = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-12).fit(X, y)
    blocks = skdask.blocks.open(lazy(X, 250), y)
    problem = LogisticProblem(np.arange(3))
    objective = GlmObjective(
        problem, ALL_ROWS, Affine.identity(12), Penalty(1.0 / 3000), True, "the test"
    )
    models: dict[str, HessianModel] = {
        "exact": SampledHessian([objective], 1),
        "every tenth row": SampledHessian([objective], 10),
        "every hundredth row": SampledHessian([objective], 100),
        "diagonal": DiagonalHessian([objective]),
    }
    passes = {}
    for name, model in models.items():
        done = run([minimise([objective], model, 1e-10, 300)], blocks, what=name)
        (minimum,) = done.results[0]
        assert minimum.converged, name
        coef = minimum.theta.reshape(3, 13)
        np.testing.assert_allclose(coef[:, :-1], expected.coef_, rtol=1e-6, atol=1e-7)
        passes[name] = done.report.passes
    assert passes["exact"] <= 8
    assert passes["every tenth row"] <= 20
    assert passes["diagonal"] <= 100


class TestWide:
    """Too many parameters for a Hessian: L-BFGS."""

    @pytest.mark.parametrize("shared", [0.0, 1.0, 5.0])
    def test_same_minimum(self, shared: float) -> None:
        random = np.random.default_rng(1)
        X = random.standard_normal((400, 5000)) + shared * random.standard_normal((400, 1))
        y = (X[:, :50].sum(axis=1) + 5 * random.standard_normal(400) > 0).astype(int)
        model = LogisticRegression(C=0.01, tol=1e-7, max_iter=1000).fit(lazy(X, 100), y)
        expected = linear_model.LogisticRegression(C=0.01, tol=1e-10, max_iter=5000).fit(X, y)
        np.testing.assert_allclose(
            model.coef_, expected.coef_, atol=1e-4 * np.abs(expected.coef_).max()
        )
        assert model.fit_report_.passes <= 45

    def test_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The same data by both routes."""
        X, y = classes(2000, 30, 3)
        newton = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-9)).fit(lazy(X), y)
        monkeypatch.setattr(glm, "_WIDE", 10)
        model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-9, max_iter=500))
        lbfgs = model.fit(lazy(X), y)
        assert lbfgs.fit_report_.passes > newton.fit_report_.passes
        np.testing.assert_allclose(lbfgs[-1].coef_, newton[-1].coef_, rtol=1e-5, atol=1e-7)

    def test_units_do_not_matter(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(glm, "_WIDE", 10)
        X, y = classes(2000, 30)
        scale = 10.0 ** np.random.default_rng(0).integers(-3, 4, 30)
        model = LogisticRegression(C=np.inf, max_iter=1000)
        plain = model.fit(lazy(X), y).fit_report_.passes
        scaled = model.set_params(tol=1e-7).fit(lazy(X * scale), y)
        assert scaled.fit_report_.passes < 6 * plain
        newton = linear_model.LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
        np.testing.assert_allclose(
            scaled.coef_ * scale, newton.fit(X, y).coef_, rtol=1e-2, atol=1e-3
        )


class TestSeparable:
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        X, _ = classes(600, 4)
        return X, (X[:, 0] + X[:, 1] > 0).astype(int)

    @pytest.mark.parametrize("C", [1.0, 1e4])
    def test_penalised(self, C: float) -> None:
        X, y = self.data()
        model = LogisticRegression(C=C, tol=1e-10).fit(lazy(X, 100), y)
        expected = linear_model.LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12)
        np.testing.assert_allclose(model.coef_, expected.fit(X, y).coef_, rtol=1e-5)
        assert model.fit_report_.passes <= 25

    def test_without_penalty_the_report_says_so(self) -> None:
        X, y = self.data()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(C=np.inf, tol=1e-6).fit(lazy(X, 100), y)
        assert (model.predict(X) == y).all()
        assert np.isfinite(model.coef_).all()
        assert any("the classes are separable" in line for line in model.fit_report_.outcomes)


def test_limit_of_iterations_warns_once() -> None:
    X, y = classes(1000, 10)
    with pytest.warns(ConvergenceWarning, match="failed to converge: stopped at the limit") as seen:
        model = LogisticRegression(max_iter=2).fit(lazy(X), y)
    assert len(seen) == 1
    assert model.n_iter_[0] == 2
    assert model.fit_report_.passes == 4  # one for the labels, one at the start


def test_warm_start_saves_passes() -> None:
    X, y = classes(2000, 10, 3)
    model = LogisticRegression(warm_start=True).fit(lazy(X), y)
    cold = model.fit_report_.passes
    warm = model.fit(lazy(X), y)
    assert warm.fit_report_.passes == 3  # the labels, the start, and one step that polishes it
    assert cold > 4


def test_sampled_hessians_are_used_where_exact_ones_are_dear() -> None:
    X, y = classes(10_000, 350)
    model = LogisticRegression(tol=1e-6).fit(lazy(X, 1000), y)
    assert "GlmHessian" in model.fit_report_.log[1].asked
    expected = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-9).fit(X, y)
    np.testing.assert_allclose(model.coef_, expected.coef_, atol=1e-4)
    assert model.fit_report_.passes <= 14


def test_weights_scale_the_penalty() -> None:
    """Weights of 3 are three times as many rows, not another objective."""
    X, y = classes(500, 5)
    weighted = LogisticRegression(tol=1e-10).fit(lazy(X), y, 3.0 * np.ones(500))
    stronger = LogisticRegression(C=3.0, tol=1e-10).fit(lazy(X), y)
    np.testing.assert_allclose(weighted.coef_, stronger.coef_, rtol=1e-7)


def test_candidates_share_passes() -> None:
    X, y = classes(2000, 10)
    blocks = skdask.blocks.open(lazy(X), y)
    models = [LogisticRegression(C=C) for C in np.geomspace(1e-3, 1e3, 7)]
    views = [View.whole(blocks) for _ in models]
    done = run([LogisticRegression.algorithm_together(models, views)], blocks, what="seven")
    alone = [LogisticRegression(C=model.C).fit(blocks).fit_report_.passes for model in models]
    assert done.report.passes <= max(alone) + 4
    assert done.report.passes < sum(alone) / 3


def test_a_quantity_taken_for_classes_is_pointed_out() -> None:
    X, y = np.ones((1500, 3)), np.arange(1500)
    with pytest.warns(UserWarning, match="y has 1,500 classes"):
        LogisticRegression(max_iter=1).fit(lazy(X), y)
