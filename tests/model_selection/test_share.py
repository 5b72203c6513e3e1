"""The shared search, the plain loop and scikit-learn's give the same results, key by key."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import model_selection
from sklearn.base import clone

import skdask
from skdask.decomposition import PCA
from skdask.linear_model import (
    BayesianRidge,
    ElasticNet,
    LassoLars,
    LinearRegression,
    LogisticRegression,
    OrthogonalMatchingPursuit,
    Ridge,
)
from skdask.model_selection import GridSearchCV, RandomizedSearchCV, cross_validate
from skdask.pipeline import Pipeline
from skdask.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler
from skdask.testing import CountingBlocks
from tests.model_selection.conftest import arranged
from tests.model_selection.test_search import assert_same_results, plain_grid

FEATURES = 5
# a step's parameters and the values that are drawn from
STEPS = [
    (StandardScaler(), {"with_mean": [True, False], "with_std": [True, False]}),
    (MinMaxScaler(), {"feature_range": [(0, 1), (-2, 3)]}),
    (MaxAbsScaler(), {}),
    (PCA(svd_solver="covariance_eigh"), {"n_components": [1, 2, 4], "whiten": [True, False]}),
]
MODELS = [
    (Ridge(solver="cholesky"), {"alpha": [0.1, 1.0, 1e3], "fit_intercept": [True, False]}),
    (LinearRegression(), {"fit_intercept": [True, False]}),
    (ElasticNet(tol=1e-12, max_iter=100_000), {"alpha": [0.01, 1.0], "l1_ratio": [0.3, 0.9]}),
    (LassoLars(), {"alpha": [0.01, 1.0]}),
    (OrthogonalMatchingPursuit(), {"n_nonzero_coefs": [1, 2]}),
    (BayesianRidge(), {"max_iter": [5, 300]}),
]
SCORES = ["r2", "neg_mean_squared_error"]


@st.composite
def searches(draw: st.DrawFn):
    """A pipeline of moment-based steps and a grid over some of their parameters."""
    steps, grid, narrow = [], {}, False
    for position in range(draw(st.integers(0, 2))):
        step, choices = draw(st.sampled_from(STEPS))
        if narrow and isinstance(step, PCA):
            continue
        name = f"step{position}"
        steps.append((name, clone(step)))
        grid |= _drawn(draw, name, choices)
        if isinstance(step, PCA):
            narrow = True
            grid.setdefault(f"{name}__n_components", [2, 3])
    model, choices = draw(st.sampled_from(MODELS))
    if narrow and "n_nonzero_coefs" in choices:
        choices = {"n_nonzero_coefs": [1]}
    steps.append(("model", clone(model)))
    grid |= _drawn(draw, "model", choices)
    if steps[0][0] != "model" and draw(st.booleans()):
        grid["step0"] = [steps[0][1], "passthrough"]
        grid = {key: value for key, value in grid.items() if not key.startswith("step0__")}
    return Pipeline(steps), grid


def _drawn(draw: st.DrawFn, name: str, choices: dict) -> dict:
    kept = draw(st.sets(st.sampled_from(sorted(choices)))) if choices else ()
    return {f"{name}__{key}": choices[key] for key in sorted(kept)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    search=searches(),
    n_folds=st.integers(2, 4),
    seed=st.integers(0, 100),
    block_rows=st.sampled_from([7, 31, 1000]),
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_generated_grids(search, n_folds, seed, block_rows):
    pipeline, grid = search
    random = np.random.default_rng(seed)
    X = random.normal(size=(90, FEATURES)) @ random.normal(size=(FEATURES, FEATURES)) + 2.0
    y = X @ random.normal(size=FEATURES) + random.normal(size=90)
    options = {"scoring": SCORES, "refit": "r2", "cv": n_folds, "return_train_score": True}
    theirs = model_selection.GridSearchCV(pipeline.to_sklearn(), plain_grid(grid), **options)
    theirs.fit(X, y)
    with skdask.config.set(block_bytes=8 * (FEATURES + 1) * block_rows):
        rows = da.from_array(X, chunks=(40, -1)), da.from_array(y, chunks=40)
        for share in (True, False):
            ours = GridSearchCV(pipeline, grid, share=share, **options).fit(*rows)
            assert_same_results(ours, theirs, rtol=1e-8)


def test_the_plain_loop_reads_for_every_fit(regression):
    blocks = CountingBlocks(skdask.blocks.open(*regression))
    options = {"param_grid": {"alpha": [0.1, 1.0, 10.0]}, "cv": 4, "refit": False}
    GridSearchCV(Ridge(), **options).fit(blocks)
    assert blocks.passes == 1
    alone = GridSearchCV(Ridge(), share=False, **options).fit(blocks)
    assert blocks.passes == 1 + 12 == 1 + alone.fit_report_.passes


def test_candidates_that_iterate(classification):
    X, y = classification
    model = LogisticRegression(tol=1e-9, max_iter=500)
    options = {"scoring": ["accuracy", "neg_log_loss"], "refit": "neg_log_loss", "cv": 3}
    grid = {"C": [0.01, 1.0]}
    shared, alone = (
        GridSearchCV(model, grid, share=share, **options).fit(*arranged("array", X, y))
        for share in (True, False)
    )
    assert_same_results(shared, alone, rtol=1e-6)
    np.testing.assert_allclose(shared.best_estimator_.coef_, alone.best_estimator_.coef_, rtol=1e-3)


def test_in_memory_the_plain_loop_is_scikit_learns(regression):
    X, y = regression
    grid = {"alpha": [0.1, 10.0]}
    search = GridSearchCV(Ridge(), grid, share=False).fit(X, y)
    theirs = model_selection.GridSearchCV(Ridge().to_sklearn(), grid).fit(X, y)
    assert_same_results(search, theirs, rtol=0)
    assert not hasattr(search, "fit_report_")
    assert "share=False" in str(search.plan(X, y))


def test_parameter_is_one_of_ours():
    search = RandomizedSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, n_iter=2, share=False)
    assert clone(search).get_params()["share"] is False
    plain = search.to_sklearn()
    assert type(plain) is model_selection.RandomizedSearchCV
    assert "share" not in vars(plain)
    with pytest.raises(ValueError, match="'share' parameter"):
        RandomizedSearchCV(Ridge(), {"alpha": [1.0]}, share="no").fit(np.ones((9, 1)), np.ones(9))


@pytest.mark.parametrize("weighted", [False, True])
def test_cross_validate(regression, weighted):
    X, y = arranged("array", *regression)
    params = {"sample_weight": np.arange(len(y)) % 3 + 1.0} if weighted else None
    options = {"params": params, "return_train_score": True, "return_estimator": True, "cv": 3}
    shared, alone = (cross_validate(Ridge(), X, y, share=s, **options) for s in (True, False))
    assert set(shared) == set(alone)
    for key in ("test_score", "train_score"):
        np.testing.assert_allclose(shared[key], alone[key], rtol=1e-10)
    for one, other in zip(shared["estimator"], alone["estimator"], strict=True):
        np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-9)
