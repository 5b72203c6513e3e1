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
from sklearn.base import is_classifier

from skdask import config
from skdask.cluster import KMeans
from skdask.covariance import OAS, EmpiricalCovariance, LedoitWolf, ShrunkCovariance
from skdask.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from skdask.decomposition import PCA, FastICA, IncrementalPCA, TruncatedSVD
from skdask.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from skdask.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    Lars,
    Lasso,
    LassoLars,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    MultiTaskLasso,
    OrthogonalMatchingPursuit,
    Ridge,
    RidgeClassifier,
    RidgeCV,
)
from skdask.mixture import BayesianGaussianMixture, GaussianMixture
from skdask.naive_bayes import GaussianNB
from skdask.neighbors import KNeighborsRegressor, NearestCentroid
from skdask.preprocessing import (
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from skdask.svm import LinearSVC

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


# What a fitted model says of rows, and the largest difference in units of the largest number said.
# An eigenvalue or a distance in a covariance of condition 1e12 has four digits less than a float,
# in scikit-learn too, and the evidence of Bayesian models is maximised to a tolerance.
FAMILIES = [
    (TruncatedSVD(3, algorithm="arpack", random_state=0), "transform", 1e-7),
    (FastICA(3, whiten="unit-variance", random_state=0, tol=1e-8), "transform", 1e-8),
    (IncrementalPCA(3), "transform", 1e-9),
    (PLSCanonical(1), "transform", 1e-9),
    (CCA(1), "transform", 1e-8),
    (PLSSVD(1), "transform", 1e-9),
    (EmpiricalCovariance(), "mahalanobis", 1e-3),
    (LedoitWolf(), "mahalanobis", 1e-8),
    (OAS(), "mahalanobis", 1e-8),
    (ShrunkCovariance(), "mahalanobis", 1e-8),
    (GaussianNB(), "predict_joint_log_proba", 1e-7),
    (RidgeClassifier(1e-3), "decision_function", 1e-8),
    (LassoLarsIC(), "predict", 1e-8),
    (BayesianRidge(), "predict", 1e-6),
    (ARDRegression(), "predict", 1e-5),
    (MultiTaskLasso(1e-3, tol=1e-10, max_iter=100_000), "predict", 1e-8),
    (GaussianMixture(n_components=2, random_state=0, max_iter=20), "score_samples", 1e-8),
    (
        BayesianGaussianMixture(n_components=2, random_state=0, max_iter=20),
        "score_samples",
        1e-7,
    ),
    (KMeans(3, random_state=0, n_init=1), "transform", 1e-9),
    (KNeighborsRegressor(3, algorithm="brute"), "predict", 1e-12),
    (StandardScaler(), "transform", 1e-8),
    (RobustScaler(), "transform", 1e-8),
    (PowerTransformer(), "transform", 1e-6),
    (QuantileTransformer(n_quantiles=100, subsample=None), "transform", 1e-9),
]


def target_of(model: Any, y: np.ndarray) -> np.ndarray:
    if is_classifier(model):
        return np.digitize(y, np.quantile(y, [0.3, 0.6]))
    return y[:, np.newaxis] if isinstance(model, MultiTaskLasso) else y


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize(
    ("model", "says", "tol"), FAMILIES, ids=[type(model).__name__ for model, *_ in FAMILIES]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_families(shape: Any, model: Any, says: str, tol: float) -> None:
    X, y = made(shape)
    X, y = X[:2000], target_of(model, y[:2000])
    with config.set(block_bytes=8 * 7 * 300):
        ours = type(model)(**model.get_params()).fit(da.from_array(X, chunks=(900, -1)), y)
    plain = ours.to_sklearn()
    found = np.asarray(getattr(plain, says)(X), float)
    expected = np.asarray(getattr(ours.to_sklearn().fit(X, y), says)(X), float)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tol * np.abs(expected).max())


@pytest.mark.parametrize("shape", [collinear, unlike_scales], ids=lambda shape: shape.__name__)
def test_what_scikit_learn_refuses(shape: Any) -> None:
    X, y = made(shape)
    labels = np.digitize(y, np.quantile(y, [0.3, 0.6]))
    model = QuadraticDiscriminantAnalysis()
    with pytest.raises(np.linalg.LinAlgError, match="class 0 is not full rank"):
        model.to_sklearn().fit(X, labels)
    with pytest.raises(np.linalg.LinAlgError, match="class 0 is not full rank"):
        model.fit(da.from_array(X, chunks=(900, -1)), labels)


def logistic(model: Any, X: np.ndarray, labels: np.ndarray) -> float:
    margins = model.decision_function(X) * np.where(labels, 1.0, -1.0)
    penalty = 0.5 * np.square(model.coef_).sum() / model.C
    return float(np.logaddexp(0.0, -margins).sum() + penalty)


def squared_hinge(model: Any, X: np.ndarray, labels: np.ndarray) -> float:
    margins = model.decision_function(X) * np.where(labels, 1.0, -1.0)
    penalty = 0.5 * (np.square(model.coef_).sum() + float(model.intercept_[0]) ** 2) / model.C
    return float(np.square(np.maximum(0.0, 1.0 - margins)).sum() + penalty)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize(
    ("model", "objective"),
    [
        (LogisticRegression(C=1e3, tol=1e-8, max_iter=500), logistic),
        (LinearSVC(tol=1e-8, max_iter=5000, dual=False), squared_hinge),
    ],
    ids=["LogisticRegression", "LinearSVC"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_objectives_are_no_worse(shape: Any, model: Any, objective: Any) -> None:
    """Of columns of unlike scales scikit-learn's own solvers stop short of the minimum."""
    X, y = made(shape)
    X, labels = X[:2000], (y[:2000] > np.quantile(y, 0.4)).astype(int)
    ours = type(model)(**model.get_params()).fit(da.from_array(X, chunks=(900, -1)), labels)
    theirs = ours.to_sklearn().fit(X, labels)
    found, expected = (objective(each, X, labels) for each in (ours.to_sklearn(), theirs))
    assert found <= expected * (1 + 1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_centroids(shape: Any) -> None:
    """Far from zero scikit-learn's predict has no digits of the distances left, the means have."""
    X, y = made(shape)
    labels = np.digitize(y, np.quantile(y, [0.3, 0.6]))
    ours = NearestCentroid().fit(da.from_array(X, chunks=(900, -1)), labels)
    theirs = ours.to_sklearn().fit(X, labels)
    np.testing.assert_allclose(ours.centroids_, theirs.centroids_, rtol=1e-12, atol=1e-12)
