"""Birch on blocks: scikit-learn's tree, whatever the blocks."""

from __future__ import annotations

import pickle
from typing import Any

import dask.array as da
import numpy as np
import pytest
import sklearn.cluster
from scipy import sparse
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

import skdask.blocks
from skdask import config
from skdask.cluster import Birch, birch
from skdask.exceptions import UnsupportedError
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler

X, _ = make_blobs(700, 3, centers=6, cluster_std=0.8, random_state=1)


def lazy(rows: Any = X, height: int = 90) -> da.Array:
    return da.from_array(rows, chunks=(height, -1))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(birch, "_BATCH_ROWS", 64)


@pytest.mark.parametrize(
    "params",
    [
        {"n_clusters": 5, "threshold": 0.5},
        {"n_clusters": None, "threshold": 0.7, "branching_factor": 6},
        {"n_clusters": sklearn.cluster.KMeans(4, random_state=0), "branching_factor": 3},
        {"n_clusters": 3, "threshold": 50.0, "compute_labels": False},
    ],
    ids=["agglomerated", "subclusters", "by another", "one subcluster"],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_tree_is_scikit_learns(params: dict[str, Any]) -> None:
    theirs = sklearn.cluster.Birch(**params).fit(X)
    for height in (90, 700):
        ours = Birch(**params).fit(lazy(height=height))
        np.testing.assert_allclose(ours.subcluster_centers_, theirs.subcluster_centers_, rtol=1e-12)
        np.testing.assert_array_equal(ours.subcluster_labels_, theirs.subcluster_labels_)
        if theirs.compute_labels:
            np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
        else:
            assert not hasattr(ours, "labels_")
        assert ours.fit_report_.passes == 1


def test_sparse_rows_and_float32() -> None:
    thin = np.where(np.abs(X) < 3.0, 0.0, X)
    theirs = sklearn.cluster.Birch(n_clusters=4).fit(sparse.csr_matrix(thin))
    ours = Birch(n_clusters=4).fit(lazy(thin).map_blocks(sparse.csr_array))
    np.testing.assert_allclose(ours.subcluster_centers_, theirs.subcluster_centers_)
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    small = Birch(n_clusters=4).fit(lazy(X.astype(np.float32)))
    assert small.subcluster_centers_.dtype == np.float32


def test_results_are_lazy() -> None:
    ours = Birch(n_clusters=5).fit(lazy())
    plain = pickle.loads(pickle.dumps(ours.to_sklearn()))
    assert isinstance(ours.labels_, da.Array)
    np.testing.assert_array_equal(ours.predict(lazy()).compute(), plain.predict(X))
    np.testing.assert_allclose(ours.transform(lazy()).compute(), plain.transform(X))
    np.testing.assert_array_equal(Birch(n_clusters=5).fit_predict(lazy()).compute(), ours.labels_)
    again = Birch(n_clusters=5).fit_transform(lazy())
    np.testing.assert_allclose(again.compute(), plain.transform(X))


def test_behind_a_scaler_and_from_blocks() -> None:
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    expected = sklearn.cluster.Birch(n_clusters=5, threshold=0.2).fit(scaled)
    model = make_pipeline(StandardScaler(), Birch(n_clusters=5, threshold=0.2))
    with config.set(block_bytes=8 * 3 * 100):
        model.fit(skdask.blocks.open(X))
    np.testing.assert_allclose(model[-1].subcluster_centers_, expected.subcluster_centers_)


def test_few_subclusters_warn_as_there() -> None:
    with pytest.warns(ConvergenceWarning, match=r"Number of subclusters found \(1\)"):
        Birch(n_clusters=3, threshold=99.0).fit(lazy())


def test_more_rows_come_in_memory() -> None:
    ours = Birch(n_clusters=None).fit(lazy(X[:600]))
    ours.partial_fit(X[600:])
    expected = sklearn.cluster.Birch(n_clusters=None).fit(X)
    np.testing.assert_allclose(ours.subcluster_centers_, expected.subcluster_centers_)
    with pytest.raises(UnsupportedError, match="partial_fit takes in-memory data"):
        ours.partial_fit(lazy())
