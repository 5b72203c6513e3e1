"""BisectingKMeans on more rows than are gathered."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
import sklearn.cluster
from scipy import sparse
from sklearn.datasets import make_blobs

from skdask.cluster import BisectingKMeans, bisecting
from skdask.exceptions import DataError
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler

X, _ = make_blobs(900, 4, centers=7, cluster_std=1.5, random_state=3)
X += [0.0, 5.0, -300.0, 1.0]
WEIGHT = np.random.default_rng(0).integers(0, 4, 900).astype(float)


@pytest.fixture(autouse=True)
def small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bisecting, "GATHERED_BYTES", 8 * 4 * 200)


def lazy(values: Any, rows: int = 70) -> da.Array:
    return da.from_array(values, chunks=(rows, *values.shape[1:]))


def same_everywhere(rows: Any, n_clusters: int, random_state: Any) -> np.ndarray:
    """Centres that do not depend on the rows, so that both split every cluster alike."""
    return np.vstack([np.full(4, -1.0), np.full(4, 1.0)]) * [1.0, 2.0, 0.5, -1.0]


def scikit_learns(model: BisectingKMeans) -> Any:
    plain = model.to_sklearn()
    # before 1.9 it refused starts of two for more than two clusters, though it splits in two
    plain._validate_center_shape = lambda X, centers, **_: None
    return plain


@pytest.mark.parametrize("strategy", ["biggest_inertia", "largest_cluster"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_from_the_same_starts_the_tree_is_scikit_learns(
    strategy: str, weight: Any, dtype: str
) -> None:
    model = BisectingKMeans(9, init=same_everywhere, bisecting_strategy=strategy)
    rows = X.astype(dtype)
    ours = model.fit(lazy(rows), sample_weight=None if weight is None else lazy(weight))
    theirs = scikit_learns(model).fit(rows.astype("float64"), sample_weight=weight)
    tol = 1e-9 if dtype == "float64" else 1e-5
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, rtol=tol)
    np.testing.assert_allclose(ours.inertia_, theirs.inertia_, rtol=tol)
    assert ours.cluster_centers_.dtype == dtype
    assert ours.labels_.dtype == theirs.labels_.dtype


def test_sparse_rows() -> None:
    thin = np.where(np.abs(X - X.mean(axis=0)) > 4.0, X, 0.0)
    starts = np.array([[-3.0, 1.0, 2.0, 1.0], [4.0, 2.0, -9.0, 3.0]])
    model = BisectingKMeans(6, init=lambda X, k, random_state: starts.copy())
    ours = model.fit(lazy(thin).map_blocks(sparse.csr_array))
    theirs = scikit_learns(model).fit(sparse.csr_array(thin))
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_, atol=1e-9)
    np.testing.assert_allclose(ours.inertia_, theirs.inertia_)


@pytest.mark.parametrize("init", ["random", "k-means++"])
def test_starts_of_its_own(init: str) -> None:
    model = BisectingKMeans(7, init=init, n_init=4, random_state=0)
    ours = model.fit(lazy(X))
    worst = max(
        sklearn.cluster.BisectingKMeans(7, init=init, n_init=4, random_state=seed).fit(X).inertia_
        for seed in range(4)
    )
    assert ours.inertia_ <= worst * 1.05
    again = BisectingKMeans(7, init=init, n_init=4, random_state=0).fit(lazy(X, 31))
    np.testing.assert_allclose(again.cluster_centers_, ours.cluster_centers_)
    assert "starts were drawn from 200 of 900 rows" in ours.fit_report_.outcomes


def test_leaves_share_passes() -> None:
    model = BisectingKMeans(8, init=same_everywhere, max_iter=1).fit(lazy(X))
    # first look and the root; a round takes an iteration, its labels and the spread
    assert model.fit_report_.passes <= 2 + 3 * 5


def test_what_is_of_the_tree_is_lazy() -> None:
    ours = BisectingKMeans(5, random_state=0).fit(lazy(X))
    plain = ours.to_sklearn()
    assert isinstance(ours.labels_, da.Array)
    np.testing.assert_array_equal(ours.labels_.compute(), plain.predict(X))
    np.testing.assert_allclose(ours.transform(lazy(X)).compute(), plain.transform(X))
    assert ours.score(lazy(X)) == pytest.approx(plain.score(X))
    one = BisectingKMeans(1).fit(lazy(X))
    np.testing.assert_allclose(one.cluster_centers_[0], X.mean(axis=0))
    scaled = make_pipeline(StandardScaler(), BisectingKMeans(5, random_state=0)).fit(lazy(X))
    assert len(np.unique(scaled.predict(lazy(X)).compute())) == 5


def test_too_few_rows_that_differ() -> None:
    rows = np.repeat(X[:3], 100, axis=0)
    ours = BisectingKMeans(5, random_state=0).fit(lazy(rows))
    assert ours.inertia_ == pytest.approx(0.0, abs=1e-9)
    assert len(np.unique(ours.labels_.compute())) == 3
    with pytest.raises(DataError, match=r"n_samples=900 should be >= n_clusters=901"):
        BisectingKMeans(901).fit(lazy(X))
