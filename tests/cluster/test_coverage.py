"""Sparse rows and weights are taken on blocks wherever scikit-learn's class takes them."""

from __future__ import annotations

import inspect
import re
from typing import Any

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn.utils import get_tags

import skdask.cluster
import skdask.covariance
import skdask.mixture
from skdask.exceptions import SparseDataError
from skdask.routes.twins import parent_class
from tests.oracle import fitted_attributes

RANDOM = np.random.default_rng(3)
X = np.vstack([RANDOM.normal(centre, 0.4, (30, 3)) for centre in ([0, 0, 0], [5, 0, 0], [0, 5, 5])])
X[np.abs(X) < 0.5] = 0.0
X = X[RANDOM.permutation(90)]
WEIGHT = RANDOM.integers(1, 4, 90).astype(float)
PARAMETERS: dict[str, dict[str, Any]] = {
    "AffinityPropagation": {"damping": 0.9, "random_state": 0, "preference": -50},
    "AgglomerativeClustering": {"n_clusters": 3},
    "BayesianGaussianMixture": {"n_components": 2},
    "BisectingKMeans": {"n_clusters": 3, "random_state": 0},
    "DBSCAN": {"eps": 1.0},
    "HDBSCAN": {"copy": True},
    "KMeans": {"n_clusters": 3, "random_state": 0},
    "MeanShift": {"bandwidth": 2.0},
    "MiniBatchKMeans": {"n_clusters": 3, "random_state": 0, "n_init": 3},
    "OPTICS": {"min_samples": 5},
    "SpectralClustering": {"n_clusters": 3, "random_state": 0},
}
CLASSES = [
    getattr(module, name)
    for module in (skdask.cluster, skdask.covariance, skdask.mixture)
    for name in module.__all__
]
# what is made of moments takes sparse rows, although scikit-learn's class does not
TAKES_MORE = (
    skdask.cluster.FeatureAgglomeration,
    skdask.covariance.EmpiricalCovariance,
    skdask.covariance.GraphicalLasso,
    skdask.covariance.GraphicalLassoCV,
    skdask.covariance.OAS,
    skdask.covariance.ShrunkCovariance,
)
each_class = pytest.mark.parametrize("ours", CLASSES, ids=lambda kind: kind.__name__)


def made(kind: Any) -> Any:
    return kind(**PARAMETERS.get(kind.__name__, {}))


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(20, *values.shape[1:]))


def assert_same_labels(model: Any, plain: Any) -> None:
    """The same clusters and centres."""
    ours, theirs = fitted_attributes(model), fitted_attributes(plain)
    assert ours.keys() == theirs.keys()
    for name in ("labels_", "cluster_centers_", "inertia_", "core_sample_indices_"):
        if name in theirs:
            found, expected = (
                each.toarray() if sparse.issparse(each) else each
                for each in (ours[name], theirs[name])
            )
            np.testing.assert_allclose(found, expected, err_msg=name, atol=1e-8)


@each_class
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_sparse_rows(ours: Any) -> None:
    thin = lazy(X).map_blocks(sparse.csr_array)
    if not get_tags(made(parent_class(ours))).input_tags.sparse:
        if issubclass(ours, TAKES_MORE):
            made(ours).fit(thin)
            return
        with pytest.raises((TypeError, SparseDataError), match=r"[Dd]ense|sparse"):
            made(ours).fit(thin)
        return
    theirs = made(parent_class(ours))
    try:
        theirs.fit(sparse.csr_matrix(X))
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            made(ours).fit(thin)
        return
    assert_same_labels(made(ours).fit(thin), theirs)


@each_class
def test_weights(ours: Any) -> None:
    if "sample_weight" not in inspect.signature(parent_class(ours).fit).parameters:
        assert "sample_weight" not in inspect.signature(ours.fit).parameters
        return
    found = made(ours).fit(lazy(X), sample_weight=lazy(WEIGHT))
    assert_same_labels(found, made(parent_class(ours)).fit(X, sample_weight=WEIGHT))
    if get_tags(made(ours)).input_tags.sparse:
        found = made(ours).fit(lazy(X).map_blocks(sparse.csr_array), sample_weight=lazy(WEIGHT))
        expected = made(parent_class(ours)).fit(sparse.csr_matrix(X), sample_weight=WEIGHT)
        assert_same_labels(found, expected)
