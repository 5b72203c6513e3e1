"""FeatureAgglomeration on blocks beyond the oracle tests."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import sklearn.cluster

from skdask.cluster import FeatureAgglomeration
from skdask.exceptions import UnsupportedError
from skdask.linear_model import Ridge
from skdask.pipeline import make_pipeline

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 4))[:, RANDOM.integers(0, 4, 12)] + 0.5 * RANDOM.normal(size=(300, 12))


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(70, *values.shape[1:]))


@pytest.mark.parametrize("linkage", ["ward", "complete", "average", "single"])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_the_tree_is_that_of_scikit_learn(linkage, metric):
    if linkage == "ward" and metric == "cosine":
        pytest.skip("ward is euclidean")
    params = {"n_clusters": 4, "linkage": linkage, "metric": metric, "compute_distances": True}
    ours = FeatureAgglomeration(**params).fit(lazy(X))
    theirs = sklearn.cluster.FeatureAgglomeration(**params).fit(X)
    np.testing.assert_array_equal(ours.children_, theirs.children_)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    np.testing.assert_allclose(ours.distances_, theirs.distances_, rtol=1e-8, atol=1e-12)
    assert ours.fit_report_.passes == 1


def test_threshold_is_that_of_all_rows():
    params = {"n_clusters": None, "distance_threshold": 20.0}
    ours = FeatureAgglomeration(**params).fit(lazy(X))
    theirs = sklearn.cluster.FeatureAgglomeration(**params).fit(X)
    assert 1 < ours.n_clusters_ == theirs.n_clusters_ < 12
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)


def test_transform_is_lazy_and_affine():
    ours = FeatureAgglomeration(4).fit(lazy(X))
    theirs = sklearn.cluster.FeatureAgglomeration(4).fit(X)
    np.testing.assert_allclose(ours.transform(lazy(X)).compute(), theirs.transform(X))
    back = ours.inverse_transform(ours.transform(lazy(X)))
    np.testing.assert_allclose(back.compute(), theirs.inverse_transform(theirs.transform(X)))
    y = X.sum(axis=1)
    model = make_pipeline(FeatureAgglomeration(4), Ridge()).fit(lazy(X), lazy(y))
    expected = sklearn.linear_model.Ridge().fit(theirs.transform(X), y)
    np.testing.assert_allclose(model[-1].coef_, expected.coef_)
    assert model.fit_report_.passes == 1


def test_what_is_refused():
    with pytest.raises(UnsupportedError, match="metric='manhattan'"):
        FeatureAgglomeration(metric="manhattan", linkage="single").fit(lazy(X))
    with pytest.raises(UnsupportedError, match="pools by numpy"):
        FeatureAgglomeration(pooling_func=np.max).fit(lazy(X)).affine()
