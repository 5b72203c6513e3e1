"""Mixtures on blocks beyond the oracle tests: starts, passes, criteria, lazy results."""

from __future__ import annotations

import warnings

import dask.array as da
import numpy as np
import pytest
import sklearn.mixture
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

from skdask.mixture import BayesianGaussianMixture, GaussianMixture
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes import kmeans_starts

X, _ = make_blobs(500, 3, centers=4, cluster_std=1.5, random_state=3)
INITS = ["kmeans", "k-means++", "random", "random_from_data"]
COVARIANCES = ["full", "tied", "diag", "spherical"]


def lazy(values: np.ndarray, rows: int = 70) -> da.Array:
    return da.from_array(values, chunks=(rows, *values.shape[1:]))


@pytest.mark.parametrize("init_params", INITS)
@pytest.mark.parametrize("covariance_type", COVARIANCES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_start_and_iterations_are_those_of_scikit_learn(init_params, covariance_type):
    params = {
        "init_params": init_params, "covariance_type": covariance_type, "n_init": 2,
        "random_state": 4, "max_iter": 20, "reg_covar": 1e-3,
    }  # fmt: skip
    ours = GaussianMixture(3, **params).fit(lazy(X))
    theirs = sklearn.mixture.GaussianMixture(3, **params).fit(X)
    np.testing.assert_allclose(ours.means_, theirs.means_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, rtol=1e-8)
    assert (ours.n_iter_, ours.converged_) == (theirs.n_iter_, theirs.converged_)


@pytest.mark.parametrize("init_params", INITS)
def test_data_too_large_to_gather(monkeypatch, init_params):
    monkeypatch.setattr(kmeans_starts, "GATHERED_BYTES", 8 * 3 * 90)
    for covariance_type in ("full", "tied"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fits = [
                GaussianMixture(
                    4, init_params=init_params, covariance_type=covariance_type, random_state=0,
                    n_init=3, max_iter=40,
                ).fit(lazy(X, rows))
                for rows in (70, 33)
            ]  # fmt: skip
        np.testing.assert_allclose(fits[0].means_, fits[1].means_, rtol=1e-6, atol=1e-6)
        if covariance_type == "tied":
            continue  # which single rows are no start for, in scikit-learn neither
        alone = sklearn.mixture.GaussianMixture(4, covariance_type=covariance_type).fit(X)
        # random starts may end in worse places, kmeans and its kin should not
        slack = 0.01 if init_params.startswith("k") else 0.6
        assert fits[0].lower_bound_ > alone.lower_bound_ - slack


def test_passes_are_iterations():
    model = GaussianMixture(4, init_params="random", random_state=0, tol=0.05).fit(lazy(X))
    assert model.fit_report_.passes == 1 + model.n_iter_
    again = GaussianMixture(4, init_params="kmeans", random_state=0).fit(lazy(X))
    start = sklearn.cluster.KMeans(4, n_init=1, random_state=0).fit(X).n_iter_
    assert again.fit_report_.passes <= 1 + start + 1 + 1 + again.n_iter_
    assert "converged in" in again.fit_report_.outcomes[0]


def test_not_converged_warns():
    with pytest.warns(ConvergenceWarning, match="Best performing initialization did not converge"):
        model = GaussianMixture(4, max_iter=2, init_params="random", random_state=0).fit(lazy(X))
    assert model.converged_ is False
    assert "max_iter=2" in model.fit_report_.outcomes[0]


def test_no_iterations_leave_the_start():
    ours = GaussianMixture(3, max_iter=0, random_state=0).fit(lazy(X))
    theirs = sklearn.mixture.GaussianMixture(3, max_iter=0, random_state=0).fit(X)
    np.testing.assert_allclose(ours.means_, theirs.means_)
    assert ours.n_iter_ == theirs.n_iter_ == 0
    assert ours.lower_bound_ == theirs.lower_bound_ == -np.inf


@pytest.mark.parametrize("kind", ["GaussianMixture", "BayesianGaussianMixture"])
def test_warm_start_goes_on(kind):
    ours = {"GaussianMixture": GaussianMixture, "BayesianGaussianMixture": BayesianGaussianMixture}
    params = {"n_components": 4, "max_iter": 3, "random_state": 1, "warm_start": True}
    one, other = ours[kind](**params), getattr(sklearn.mixture, kind)(**params)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(3):
            one.fit(lazy(X))
            other.fit(X)
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-6)
    np.testing.assert_allclose(one.lower_bound_, other.lower_bound_, rtol=1e-8)


@pytest.mark.parametrize("covariance_type", COVARIANCES)
def test_criteria(covariance_type):
    model = GaussianMixture(3, covariance_type=covariance_type, random_state=0).fit(lazy(X))
    plain = model.to_sklearn()
    for name in ("score", "aic", "bic"):
        found = getattr(model, name)(lazy(X))
        assert found == pytest.approx(getattr(plain, name)(X), rel=1e-9)
    for name in ("predict", "predict_proba", "score_samples"):
        found = getattr(model, name)(lazy(X))
        assert isinstance(found, da.Array)
        np.testing.assert_allclose(found.compute(), getattr(plain, name)(X))
    rows, labels = model.sample(20)
    assert rows.shape == (20, 3)
    assert len(labels) == 20
    labels = GaussianMixture(3, random_state=0).fit_predict(lazy(X))
    np.testing.assert_array_equal(
        labels.compute(), sklearn.mixture.GaussianMixture(3, random_state=0).fit_predict(X)
    )


def test_far_from_zero_and_narrow():
    rows = X * [1e-3, 1.0, 1e3] + [1e3, -1e4, 1e8]
    ours = GaussianMixture(4, random_state=0, reg_covar=1e-12).fit(lazy(rows))
    theirs = sklearn.mixture.GaussianMixture(4, random_state=0, reg_covar=1e-12).fit(rows)
    np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-4, atol=1e-9)
    assert ours.n_iter_ == theirs.n_iter_


def test_within_a_pipeline():
    ours = make_pipeline(StandardScaler(), GaussianMixture(4, random_state=0)).fit(lazy(X * 100))
    theirs = sklearn.pipeline.make_pipeline(
        sklearn.preprocessing.StandardScaler(), sklearn.mixture.GaussianMixture(4, random_state=0)
    ).fit(X * 100)
    np.testing.assert_allclose(ours[-1].means_, theirs[-1].means_, rtol=1e-6)


def test_too_few_rows():
    with pytest.raises(ValueError, match=r"Expected n_samples >= n_components but got"):
        GaussianMixture(501).fit(lazy(X))
    with pytest.raises(ValueError, match=r"minimum of 2 is required by GaussianMixture"):
        GaussianMixture().fit(lazy(X[:1]))


def test_singular_components():
    rows = np.repeat(X[:2], 20, axis=0)
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        GaussianMixture(2, reg_covar=0.0, random_state=0).fit(lazy(rows))


def test_priors_are_checked():
    with pytest.raises(ValueError, match="'degrees_of_freedom_prior' should be greater than 2"):
        BayesianGaussianMixture(degrees_of_freedom_prior=1.0).fit(lazy(X))
    with pytest.raises(ValueError, match="should have the shape of"):
        GaussianMixture(2, means_init=np.zeros((2, 5))).fit(lazy(X))
