"""Ill-conditioned data: fits on blocks are as accurate as scikit-learn's on all rows.

The oracle is scikit-learn in float64 on the same rows; where it loses digits too, both are held
against the coefficients that the rows were made with.
"""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn import linear_model

from skdask import config
from skdask.cross_decomposition import PLSRegression
from skdask.decomposition import PCA
from skdask.discriminant_analysis import LinearDiscriminantAnalysis
from skdask.linear_model import (
    ElasticNet,
    Lars,
    Lasso,
    LassoLars,
    LinearRegression,
    OrthogonalMatchingPursuit,
    Ridge,
    RidgeCV,
)

N_ROWS = 4000
TRUE = np.array([1.0, -2.0, 3.0, 0.5, -1.0, 2.0])


def collinear(random: np.random.Generator) -> np.ndarray:
    """A scatter of condition 1e12."""
    left, _ = np.linalg.qr(random.standard_normal((N_ROWS, 6)))
    right, _ = np.linalg.qr(random.standard_normal((6, 6)))
    return left * np.logspace(0, -6, 6) @ right * np.sqrt(N_ROWS)


def unlike_scales(random: np.random.Generator) -> np.ndarray:
    """Columns of scales from 1e-6 to 1e6."""
    return random.standard_normal((N_ROWS, 6)) * np.logspace(-6, 6, 6)


def far_away(random: np.random.Generator) -> np.ndarray:
    """Means of a million deviations."""
    return random.standard_normal((N_ROWS, 6)) + 1e6


SHAPES = [collinear, unlike_scales, far_away]


def made(shape: Any) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = shape(random)
    deviations = X - X.mean(axis=0)
    return X, deviations @ (TRUE / deviations.std(axis=0)) + 1e-3 * random.standard_normal(N_ROWS)


def predictions_differ(model: Any, X: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Largest difference of what ours and scikit-learn's predict, in deviations of y.

    And the share of it that is rounding: before 1.9 LinearRegression kept every direction.
    """
    with config.set(block_bytes=8 * 7 * 300):
        ours = type(model)(**model.get_params()).fit(da.from_array(X, chunks=(900, -1)), y)
    theirs = ours.to_sklearn().fit(X, y)
    plain = ours.to_sklearn()
    kept = getattr(theirs, "singular_", np.ones(1))[: getattr(theirs, "rank_", 1)]
    rounding = np.finfo(float).eps * kept[0] / kept[-1]
    return float(np.abs(plain.predict(X) - theirs.predict(X)).max() / y.std()), rounding


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize(
    ("model", "tol"),
    [
        (LinearRegression(), 1e-8),
        (Ridge(alpha=1e-6), 1e-7),
        (Lasso(alpha=1e-3, tol=1e-10, max_iter=100_000), 1e-7),
        (ElasticNet(alpha=1e-3, tol=1e-10, max_iter=100_000), 1e-7),
        (Lars(), 1e-7),
        (PLSRegression(n_components=3), 1e-8),
        (LassoLars(alpha=1e-3), 1e-7),
        (OrthogonalMatchingPursuit(n_nonzero_coefs=4), 1e-7),
    ],
    ids=str,
)
def test_predictions(shape: Any, model: Any, tol: float) -> None:
    X, y = made(shape)
    if isinstance(model, Lars) and shape is collinear:
        pytest.skip("its steps have lost all digits in scikit-learn too: see below")
    differ, rounding = predictions_differ(model, X, y)
    assert differ < max(tol, rounding)


def test_least_angles_leave_no_more_unexplained() -> None:
    X, y = made(collinear)
    with config.set(block_bytes=8 * 7 * 300):
        ours = Lars().fit(da.from_array(X, chunks=(900, -1)), y)
    theirs = ours.to_sklearn().fit(X, y)
    left, expected = (np.std(y - model.predict(X)) for model in (ours.to_sklearn(), theirs))
    assert left < 1.001 * expected


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_coefficients_are_as_near_to_the_truth(shape: Any) -> None:
    X, y = made(shape)
    truth = TRUE / (X - X.mean(axis=0)).std(axis=0)
    with config.set(block_bytes=8 * 7 * 300):
        ours = LinearRegression().fit(da.from_array(X, chunks=(900, -1)), y)
    theirs = ours.to_sklearn().fit(X, y)
    off = np.abs((ours.coef_ - truth) / truth).max()
    theirs_off = np.abs((theirs.coef_ - truth) / truth).max()
    assert off < 1.01 * theirs_off + 1e-9


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_discriminants_decide_alike(shape: Any) -> None:
    X, y = made(shape)
    labels = np.digitize(y, np.quantile(y, [0.3, 0.6]))
    with config.set(block_bytes=8 * 7 * 300):
        ours = LinearDiscriminantAnalysis().fit(da.from_array(X, chunks=(900, -1)), labels)
    theirs = ours.to_sklearn().fit(X, labels)
    found, expected = (model.decision_function(X) for model in (ours.to_sklearn(), theirs))
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_principal_components(shape: Any) -> None:
    X, _ = made(shape)
    with config.set(block_bytes=8 * 7 * 300):
        ours = PCA(svd_solver="full").fit(da.from_array(X, chunks=(900, -1)))
    theirs = ours.to_sklearn().fit(X)
    found, expected = ours.singular_values_, theirs.singular_values_
    # a singular value is never known better than to the last digits of the largest
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-14 * expected[0])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_chosen_penalty_has_the_model_of_that_penalty(shape: Any) -> None:
    """scikit-learn's RidgeCV itself is deviations off where columns are of unlike scales."""
    X, y = made(shape)
    ours = RidgeCV(alphas=[1e-6, 1e-3]).fit(da.from_array(X, chunks=(900, -1)), y)
    exact = linear_model.Ridge(alpha=ours.alpha_, solver="svd").fit(X, y)
    assert np.abs(ours.predict(X) - exact.predict(X)).max() < 1e-6 * y.std()
