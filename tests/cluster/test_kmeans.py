"""KMeans on blocks beyond the oracle tests: starts, empty clusters, passes, lazy results."""

from __future__ import annotations

import pickle

import dask.array as da
import numpy as np
import pytest
import sklearn.cluster
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

import skdask.blocks
from skdask import config
from skdask.cluster import KMeans
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes import kmeans_starts
from skdask.routes.fitting import fit_on
from skdask.routes.view import View
from skdask.testing import CountingBlocks

X, TRUE = make_blobs(600, 4, centers=5, cluster_std=1.5, random_state=3)
WEIGHT = np.random.default_rng(0).integers(0, 4, 600).astype(float)


def lazy(values: np.ndarray, rows: int = 70) -> da.Array:
    return da.from_array(values, chunks=(rows, *values.shape[1:]))


@pytest.mark.parametrize("init", ["k-means++", "random", lambda X, k, random_state: X[:k] + 0.5])
@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_the_start_is_that_of_scikit_learn(init, weight):
    ours = KMeans(6, init=init, n_init=4, random_state=5)
    theirs = sklearn.cluster.KMeans(6, init=init, n_init=4, random_state=5)
    ours.fit(lazy(X), sample_weight=None if weight is None else lazy(weight))
    theirs.fit(X, sample_weight=weight)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_)
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    np.testing.assert_allclose(ours.inertia_, theirs.inertia_)
    assert ours.n_iter_ == theirs.n_iter_


def test_passes_are_iterations():
    blocks = CountingBlocks(skdask.blocks.open(X))
    start = X[[0, 1, 2, 3, 4]]
    model = fit_on(KMeans(5, init=start, tol=0.0), blocks, View.whole(blocks))
    assert blocks.passes == model.fit_report_.passes == 1 + model.n_iter_
    short = KMeans(5, init=start, max_iter=2).fit(lazy(X))
    assert short.fit_report_.passes == 1 + 2 + 1
    assert "stopped at max_iter=2" in short.fit_report_.outcomes[0]


def test_runs_share_passes():
    model = KMeans(5, n_init=6, tol=0.0, random_state=0).fit(lazy(X))
    longest = max(
        sklearn.cluster.KMeans(5, init=start, tol=0.0).fit(X).n_iter_ for start in six_starts()
    )
    assert model.fit_report_.passes == 1 + longest


def six_starts() -> list[np.ndarray]:
    random, mean = np.random.RandomState(0), X.mean(axis=0)
    return [
        sklearn.cluster.kmeans_plusplus(X - mean, 5, random_state=random)[0] + mean
        for _ in range(6)
    ]


@pytest.mark.parametrize("order", [np.arange(600), np.argsort(TRUE, kind="stable")])
def test_an_empty_cluster_moves_to_the_farthest_row_of_all(order):
    rows = X[order]
    start = np.vstack([rows[:4], [[1e3, 1e3, 1e3, 1e3]]])
    ours = KMeans(5, init=start).fit(lazy(rows))
    theirs = sklearn.cluster.KMeans(5, init=start).fit(rows)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_)
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    assert ours.n_iter_ == theirs.n_iter_
    assert "Farthest" in "".join(record.asked for record in ours.fit_report_.log)


def test_more_clusters_than_distinct_rows():
    rows = np.repeat(X[:3], 20, axis=0)
    with pytest.warns(ConvergenceWarning, match=r"distinct clusters \(3\) found smaller than"):
        ours = KMeans(5, random_state=0).fit(lazy(rows))
    assert ours.inertia_ == pytest.approx(0.0, abs=1e-12)
    assert len(np.unique(ours.labels_.compute())) == 3


def test_more_clusters_than_rows():
    with pytest.raises(ValueError, match=r"n_samples=600 should be >= n_clusters=601\."):
        KMeans(601).fit(lazy(X))


def test_centres_of_another_shape():
    with pytest.raises(ValueError, match=r"shape of the initial centers \(2, 4\) does not match"):
        KMeans(3, init=X[:2]).fit(lazy(X))
    with pytest.raises(ValueError, match="number of features of the data 4"):
        KMeans(2, init=X[:2, :3]).fit(lazy(X))
    with pytest.warns(RuntimeWarning, match="performing only one init in KMeans instead of n_init"):
        KMeans(2, init=X[:2], n_init=3).fit(lazy(X))


@pytest.mark.parametrize("init", ["k-means++", "random", lambda X, k, random_state: X[:k]])
def test_the_start_on_data_too_large_to_gather(monkeypatch, init):
    monkeypatch.setattr(kmeans_starts, "GATHERED_BYTES", 8 * 4 * 100)
    model = KMeans(5, init=init, n_init=3, random_state=1).fit(lazy(X))
    best = sklearn.cluster.KMeans(5, n_init=10, random_state=0).fit(X).inertia_
    assert model.inertia_ <= best * (1.001 if init == "k-means++" else 2.5)
    same = KMeans(5, init=init, n_init=3, random_state=1).fit(lazy(X, 31))
    np.testing.assert_allclose(same.cluster_centers_, model.cluster_centers_)


def test_scalable_start_takes_seven_passes(monkeypatch):
    monkeypatch.setattr(kmeans_starts, "GATHERED_BYTES", 8 * 4 * 100)
    model = KMeans(5, tol=0.0, random_state=1).fit(lazy(X))
    assert model.fit_report_.passes == 1 + 7 + model.n_iter_


def test_tight_clusters_far_away_keep_their_inertia():
    rows = np.round(X) * 1e5 + np.random.default_rng(0).normal(0, 1e-3, X.shape)
    start = rows[:5]
    ours = KMeans(5, init=start).fit(lazy(np.vstack([rows[:5] + 1e-4] * 50)))
    theirs = sklearn.cluster.KMeans(5, init=start).fit(np.vstack([rows[:5] + 1e-4] * 50))
    np.testing.assert_allclose(ours.inertia_, theirs.inertia_, atol=1e-12)


def test_results_are_lazy():
    model = KMeans(5, random_state=0).fit(lazy(X))
    assert isinstance(model.labels_, da.Array)
    assert model.labels_.dtype == np.int32
    plain = model.to_sklearn()
    assert not hasattr(plain, "labels_")
    pickle.loads(pickle.dumps(plain))
    distances = model.transform(lazy(X))
    assert isinstance(distances, da.Array)
    np.testing.assert_allclose(distances.compute(), plain.transform(X))
    np.testing.assert_array_equal(
        KMeans(5, random_state=0).fit_predict(lazy(X)).compute(), model.labels_.compute()
    )
    again = KMeans(5, random_state=0).fit_transform(lazy(X))
    np.testing.assert_allclose(again.compute(), plain.transform(X))


def test_score_is_minus_the_inertia():
    model = KMeans(5, random_state=0).fit(lazy(X))
    assert model.score(lazy(X)) == pytest.approx(-model.inertia_)
    expected = model.to_sklearn().score(X, sample_weight=WEIGHT)
    assert model.score(lazy(X), sample_weight=lazy(WEIGHT)) == pytest.approx(expected)


def test_within_a_pipeline():
    scale = np.array([1.0, 100.0, 1.0, 0.01])
    ours = make_pipeline(StandardScaler(), KMeans(5, random_state=0)).fit(lazy(X * scale))
    theirs = sklearn.pipeline.make_pipeline(
        sklearn.preprocessing.StandardScaler(), sklearn.cluster.KMeans(5, random_state=0)
    ).fit(X * scale)
    np.testing.assert_allclose(ours[-1].cluster_centers_, theirs[-1].cluster_centers_)
    np.testing.assert_array_equal(ours.predict(lazy(X * scale)).compute(), theirs[-1].labels_)
    # the start gathers raw rows, so it shares the scaler's pass
    assert ours.fit_report_.passes <= 2 + ours[-1].n_iter_


def test_memory_of_a_fit_is_projected():
    with config.set(memory_limit="64MiB"):
        report = KMeans(5, random_state=0).fit(lazy(X)).fit_report_
    assert 0 < report.projected <= 64 * 2**20


def test_in_memory_it_is_scikit_learn():
    ours = KMeans(5, random_state=0).fit(X)
    theirs = sklearn.cluster.KMeans(5, random_state=0).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    assert not hasattr(ours, "fit_report_")
