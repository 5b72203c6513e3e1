"""Searches over estimators that are scored without a target."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
import sklearn.model_selection
from sklearn.datasets import make_blobs

import skdask
from skdask.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from skdask.covariance import (
    EllipticEnvelope,
    EmpiricalCovariance,
    GraphicalLasso,
    LedoitWolf,
    MinCovDet,
    ShrunkCovariance,
)
from skdask.exceptions import MemoryBudgetError
from skdask.mixture import BayesianGaussianMixture, GaussianMixture
from skdask.model_selection import GridSearchCV, RandomizedSearchCV, cross_validate
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler

X, TRUE = make_blobs(400, 4, centers=4, cluster_std=2.0, random_state=0)
WEIGHT = np.random.default_rng(0).integers(1, 4, 400).astype(float)


def lazy(values: np.ndarray = X) -> da.Array:
    return da.from_array(values, chunks=(70, *values.shape[1:]))


SEARCHES: list[tuple[Any, dict[str, Any]]] = [
    (KMeans(random_state=0, n_init=2), {"n_clusters": [2, 4]}),
    (MiniBatchKMeans(random_state=0), {"n_clusters": [2, 4]}),
    (BisectingKMeans(random_state=0), {"n_clusters": [2, 4]}),
    (GaussianMixture(random_state=0), {"n_components": [2, 4]}),
    (BayesianGaussianMixture(n_components=2, random_state=0, tol=0.1), {"reg_covar": [1e-6, 1.0]}),
    (EmpiricalCovariance(), {"assume_centered": [True, False]}),
    (ShrunkCovariance(), {"shrinkage": [0.1, 0.9]}),
    (GraphicalLasso(), {"alpha": [0.1, 0.5]}),
    (LedoitWolf(), {"assume_centered": [True, False]}),
    (MinCovDet(random_state=0), {"support_fraction": [0.6, 0.9]}),
]


@pytest.mark.parametrize(("model", "grid"), SEARCHES, ids=lambda each: type(each).__name__)
def test_scores_are_scikit_learns(model: Any, grid: dict[str, Any]) -> None:
    ours = GridSearchCV(model, grid, cv=3, return_train_score=True).fit(lazy())
    theirs = sklearn.model_selection.GridSearchCV(
        model.to_sklearn(), grid, cv=3, return_train_score=True
    ).fit(X)
    for split in range(3):
        for part in ("test", "train"):
            name = f"split{split}_{part}_score"
            np.testing.assert_allclose(ours.cv_results_[name], theirs.cv_results_[name])
    assert ours.best_params_ == theirs.best_params_
    np.testing.assert_allclose(ours.score(lazy()), theirs.score(X))
    found = cross_validate(model, lazy(), cv=3)
    np.testing.assert_allclose(
        found["test_score"],
        sklearn.model_selection.cross_validate(model.to_sklearn(), X, cv=3)["test_score"],
    )


def test_candidates_and_folds_share_passes() -> None:
    grid = {"n_clusters": [2, 3, 4, 5], "init": ["k-means++"]}
    model = KMeans(random_state=0, max_iter=5, tol=0.0)
    search = GridSearchCV(model, grid, cv=3).fit(lazy())
    # one for all looks, iterations, labels of the last, scores; and the refit
    assert search.fit_report_.passes <= (1 + 5 + 1 + 1) + (5 + 1)


def test_covariances_take_one_pass() -> None:
    grid = {"shrinkage": [0.1, 0.2, 0.3]}
    assert GridSearchCV(ShrunkCovariance(), grid, cv=4).fit(lazy()).fit_report_.passes == 1


def test_behind_a_scaler() -> None:
    steps = make_pipeline(StandardScaler(), KMeans(random_state=0))
    grid = {"kmeans__n_clusters": [2, 4]}
    ours = GridSearchCV(steps, grid, cv=3).fit(lazy())
    theirs = sklearn.model_selection.GridSearchCV(steps.to_sklearn(), grid, cv=3).fit(X)
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )
    np.testing.assert_allclose(ours.score(lazy()), theirs.score(X))
    np.testing.assert_allclose(ours.best_estimator_.score(lazy()), theirs.score(X))
    scaled = RandomizedSearchCV(steps, grid, n_iter=2, cv=3).fit(lazy(), TRUE)
    assert scaled.best_params_ == theirs.best_params_


def test_weights() -> None:
    model = KMeans(3, random_state=0, init=X[:3], n_init=1)
    ours = GridSearchCV(model, {"max_iter": [1, 20]}, cv=3)
    ours.fit(lazy(), sample_weight=lazy(WEIGHT))
    expected = []
    for train, test in sklearn.model_selection.KFold(3).split(X):
        fitted = model.to_sklearn().set_params(max_iter=20).fit(X[train], None, WEIGHT[train])
        expected.append(fitted.score(X[test], None, WEIGHT[test]))
    found = [ours.cv_results_[f"split{split}_test_score"][1] for split in range(3)]
    np.testing.assert_allclose(found, expected)


def test_what_is_refused() -> None:
    by_labels = GridSearchCV(KMeans(), {"n_clusters": [2]}, scoring="adjusted_rand_score")
    tight = {"memory_limit": "10KB"}
    words = "is scored by its own score on blocks"
    with skdask.config.set(**tight), pytest.raises(MemoryBudgetError, match=words):
        by_labels.fit(lazy(), TRUE)
    with skdask.config.set(**tight), pytest.raises(MemoryBudgetError, match="EllipticEnvelope"):
        GridSearchCV(EllipticEnvelope(), {"contamination": [0.1]}).fit(lazy(), TRUE)


def test_in_memory_scikit_learn_searches() -> None:
    ours = GridSearchCV(KMeans(random_state=0), {"n_clusters": [2, 4]}, cv=3).fit(X, TRUE)
    assert not hasattr(ours, "fit_report_")
    assert "needs no target" in ours.plan(X, TRUE).fallback
