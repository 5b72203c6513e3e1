"""Clusterers fitted on a sample: scikit-learn's own where it holds all rows, else stated."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn.cluster
import sklearn.datasets
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

import skdask.cluster
from skdask import config
from skdask.cluster import DBSCAN, AgglomerativeClustering, KMeans, MiniBatchKMeans
from skdask.exceptions import UnsupportedError
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes import kmeans_starts

X, TRUE = make_blobs(400, 3, centers=4, cluster_std=0.7, random_state=1)
CASES = {
    "AffinityPropagation": {"random_state": 0, "damping": 0.9},
    "AgglomerativeClustering": {"n_clusters": 4},
    "DBSCAN": {"eps": 1.0, "min_samples": 3},
    "HDBSCAN": {"min_cluster_size": 10, "copy": True},
    "OPTICS": {"min_samples": 15, "xi": 0.1},
    "SpectralClustering": {"n_clusters": 4, "random_state": 0},
}
each = pytest.mark.parametrize("name", CASES)


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(70, *values.shape[1:]))


@each
def test_few_rows_give_what_scikit_learn_gives(name):
    ours = getattr(skdask.cluster, name)(**CASES[name]).fit(lazy(X))
    theirs = getattr(sklearn.cluster, name)(**CASES[name]).fit(X)
    assert isinstance(ours.labels_, da.Array)
    assert ours.labels_.chunks == lazy(X)[:, 0].chunks
    assert ours.labels_.dtype == theirs.labels_.dtype
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    assert ours.fit_report_.passes == 1
    assert "the result is scikit-learn's" in ours.fit_report_.outcomes[0]
    np.testing.assert_array_equal(
        getattr(skdask.cluster, name)(**CASES[name]).fit_predict(lazy(X)).compute(),
        theirs.labels_,
    )


@each
def test_many_rows_follow_a_sample(name):
    with config.set(sample_rows=150):
        ours = getattr(skdask.cluster, name)(**CASES[name]).fit(lazy(X))
        from_frame = getattr(skdask.cluster, name)(**CASES[name]).fit(
            dd.from_pandas(pd.DataFrame(X, columns=list("abc")), npartitions=3)
        )
    labels = ours.labels_.compute()
    assert labels.shape == (400,)
    known = labels >= 0
    assert known.mean() > 0.8
    assert adjusted_rand_score(TRUE[known], labels[known]) > (0.3 if name == "OPTICS" else 0.8)
    assert "uniform sample of 150 of 400 rows" in ours.fit_report_.outcomes[0]
    # of partitions of unknown length another sample is drawn
    assert from_frame.labels_.compute().shape == (400,)
    assert not hasattr(ours.to_sklearn(), "labels_")


def test_noise_stays_noise():
    rows = np.vstack([X, [[1e3, 1e3, 1e3]]])
    with config.set(sample_rows=300):
        model = DBSCAN(eps=1.0, min_samples=3).fit(lazy(rows))
    assert model.labels_.compute()[-1] == -1
    with config.set(sample_rows=300):
        alone = DBSCAN(eps=1e-9, min_samples=3).fit(lazy(rows))
    assert (alone.labels_.compute() == -1).all()


def test_within_a_pipeline():
    scale = [1.0, 1e3, 1e-3]
    model = make_pipeline(StandardScaler(), DBSCAN(eps=0.5)).fit(lazy(X * scale))
    expected = sklearn.cluster.DBSCAN(eps=0.5).fit(
        sklearn.preprocessing.StandardScaler().fit_transform(X)
    )
    np.testing.assert_array_equal(model[-1].core_sample_indices_, expected.core_sample_indices_)


def test_what_is_refused():
    with pytest.raises(UnsupportedError, match="not precomputed distances"):
        AgglomerativeClustering(metric="precomputed", linkage="average").fit(lazy(X))
    with pytest.raises(ValueError, match="sample_rows must be at least 1"):
        config.set(sample_rows=0)


def test_mini_batches_of_few_rows_are_those_of_scikit_learn():
    ours = MiniBatchKMeans(4, random_state=0, n_init=2).fit(lazy(X))
    theirs = sklearn.cluster.MiniBatchKMeans(4, random_state=0, n_init=2).fit(X)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_)
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    assert ours.inertia_ == pytest.approx(theirs.inertia_)
    assert ours.fit_report_.passes == 1


def test_mini_batches_of_many_rows(monkeypatch):
    monkeypatch.setattr(skdask.cluster.mini_batch, "GATHERED_BYTES", 8 * 3 * 150)
    ours = MiniBatchKMeans(4, random_state=0, n_init=3).fit(lazy(X))
    assert ours.fit_report_.passes == 2
    assert "drawn from 150 of 400 rows" in ours.fit_report_.outcomes[0]
    assert ours.inertia_ == pytest.approx(-ours.score(lazy(X)))
    monkeypatch.setattr(kmeans_starts, "GATHERED_BYTES", 2**24)
    assert ours.inertia_ < 1.2 * KMeans(4, random_state=0, n_init=3).fit(lazy(X)).inertia_
    with pytest.raises(UnsupportedError, match="takes in-memory data"):
        ours.partial_fit(lazy(X))
    with pytest.raises(ValueError, match=r"n_samples=400 should be >= n_clusters=401\."):
        MiniBatchKMeans(401).fit(lazy(X))


@pytest.mark.parametrize("kind", ["SpectralBiclustering", "SpectralCoclustering"])
def test_biclusters(kind):
    make = {
        "SpectralBiclustering": sklearn.datasets.make_checkerboard,
        "SpectralCoclustering": sklearn.datasets.make_biclusters,
    }[kind]
    board, _, _ = make((400, 12), 3, noise=0.5, shuffle=True, random_state=0)
    board = np.abs(board)
    params = {"n_clusters": 3, "random_state": 0}
    ours = getattr(skdask.cluster, kind)(**params).fit(lazy(board))
    theirs = getattr(sklearn.cluster, kind)(**params).fit(board)
    np.testing.assert_array_equal(ours.row_labels_.compute(), theirs.row_labels_)
    np.testing.assert_array_equal(ours.rows_.compute(), theirs.rows_)
    np.testing.assert_array_equal(ours.columns_, theirs.columns_)
    for found, expected in zip(ours.get_indices(1), theirs.get_indices(1), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert ours.get_shape(1) == theirs.get_shape(1)
    np.testing.assert_array_equal(ours.get_submatrix(1, board), theirs.get_submatrix(1, board))
    with pytest.raises(UnsupportedError, match="takes rows in memory"):
        ours.get_submatrix(1, lazy(board))
    assert not hasattr(ours.to_sklearn(), "rows_")
    with config.set(sample_rows=150):
        sampled = getattr(skdask.cluster, kind)(**params).fit(lazy(board))
        from_frame = getattr(skdask.cluster, kind)(**params).fit(
            dd.from_pandas(pd.DataFrame(board, columns=list("abcdefghijkl")), npartitions=3)
        )
    labels = sampled.row_labels_.compute()
    assert adjusted_rand_score(theirs.row_labels_, labels) > 0.95
    np.testing.assert_array_equal(sampled.rows_.compute().any(axis=0), np.ones(400, bool))
    assert from_frame.rows_.compute().shape == theirs.rows_.shape
    assert "uniform sample of 150 of 400 rows" in sampled.fit_report_.outcomes[0]
