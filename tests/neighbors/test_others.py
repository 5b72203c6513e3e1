"""Densities, centroids, outliers and projections from blocks."""

from __future__ import annotations

import pickle
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn.neighbors
from scipy import sparse
from scipy.special import logsumexp
from sklearn.datasets import make_blobs

from skdask import config
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.neighbors import (
    KernelDensity,
    LocalOutlierFactor,
    NearestCentroid,
    NeighborhoodComponentsAnalysis,
)
from skdask.neighbors.density import LogDensities
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.rows import Rows
from skdask.testing import check_statistic_laws

X, LABELS = make_blobs(400, 3, centers=3, cluster_std=3, random_state=0)
WEIGHTS = np.random.default_rng(0).integers(0, 3, 400).astype(float)
QUERIES = np.vstack([X[::11] + 0.3, [[50.0, 50.0, 50.0]]])


def lazy(values: Any) -> Any:
    return da.from_array(values, chunks=(70, *values.shape[1:]))


DENSITIES: list[dict[str, Any]] = [
    {},
    {"bandwidth": "scott"},
    {"bandwidth": "silverman", "kernel": "tophat"},
    {"kernel": "epanechnikov", "bandwidth": 2.0, "metric": "manhattan"},
    {"kernel": "exponential", "algorithm": "ball_tree"},
    {"kernel": "linear", "bandwidth": 3.0, "leaf_size": 5},
    {"kernel": "cosine", "bandwidth": 3.0},
]


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("weight", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("params", DENSITIES, ids=str)
def test_density(params: Any, weight: Any, held: bool, request: pytest.FixtureRequest) -> None:
    if not held:
        request.getfixturevalue("on_blocks")
    theirs = sklearn.neighbors.KernelDensity(**params).fit(X, sample_weight=weight)
    own = None if weight is None else lazy(weight)
    ours = KernelDensity(**params).fit(lazy(X), sample_weight=own)
    assert ours.bandwidth_ == theirs.bandwidth_
    assert ours.fit_report_.passes == held
    with np.errstate(divide="ignore"):
        expected = theirs.score_samples(QUERIES)
    # scikit-learn's tree subtracts bounds, which leaves a residue where there is next to nothing
    expected = np.exp(expected)
    np.testing.assert_allclose(np.exp(ours.score_samples(QUERIES)), expected, rtol=1e-9, atol=1e-14)
    lazily = ours.score_samples(lazy(QUERIES))
    assert lazily.chunks == lazy(QUERIES)[:, 0].chunks
    np.testing.assert_allclose(np.exp(lazily.compute()), expected, rtol=1e-9, atol=1e-14)
    assert ours.score(lazy(X)) == pytest.approx(ours.score(X))
    if held:
        drawn = sklearn.neighbors.KernelDensity().fit(X).sample(5, random_state=0)
        again = KernelDensity().fit(lazy(X)).sample(5, random_state=0)
        np.testing.assert_allclose(again, drawn)
    else:
        with pytest.raises(UnsupportedError, match="held in memory"):
            ours.sample()
        with pytest.raises(UnsupportedError, match="reads its training rows"):
            ours.to_sklearn()
        copy = pickle.loads(pickle.dumps(ours))
        np.testing.assert_array_equal(copy.score_samples(X[:3]), ours.score_samples(X[:3]))


@pytest.mark.parametrize("weight", [None, WEIGHTS], ids=["alike", "weighted"])
def test_densities_of_blocks_are_exact(weight: Any, on_blocks: None) -> None:
    """Also where they are so small that a tree's bounds say nothing."""
    own = None if weight is None else lazy(weight)
    found = KernelDensity(bandwidth=0.4).fit(lazy(X), sample_weight=own).score_samples(QUERIES)
    weights = np.ones(400) if weight is None else weight
    squares = np.square(QUERIES[:, np.newaxis] - X).sum(axis=2)
    sums = logsumexp(-squares / (2 * 0.4**2), b=weights, axis=1)
    scale = np.log(weights.sum()) + 3 * np.log(0.4 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(found, sums - scale, rtol=1e-9)


def test_density_of_frames(on_blocks: None) -> None:
    frame = dd.from_pandas(pd.DataFrame(X, columns=list("abc")), npartitions=4)
    model = KernelDensity().fit(frame)
    expected = sklearn.neighbors.KernelDensity().fit(X).score_samples(X)
    np.testing.assert_allclose(model.score_samples(frame).compute(), expected)
    with pytest.raises(ValueError, match="feature names"):
        model.score_samples(frame.rename(columns={"a": "z"}))
    with pytest.raises(ValueError, match="invalid metric"):
        KernelDensity(metric="haversine", algorithm="kd_tree").fit(frame)


@pytest.mark.parametrize("weighted", [False, True])
def test_laws_of_densities(weighted: bool) -> None:
    rows = Rows(400, X, None, np.ones(400))
    check_statistic_laws(LogDensities(QUERIES[:9], (("bandwidth", 1.5),), weighted), rows)


def test_centroids() -> None:
    for params in ({}, {"metric": "manhattan"}, {"priors": "empirical", "shrink_threshold": 0.2}):
        theirs = sklearn.neighbors.NearestCentroid(**params).fit(X, LABELS)
        ours = NearestCentroid(**params).fit(lazy(X), lazy(LABELS))
        np.testing.assert_array_equal(ours.predict(lazy(X)).compute(), theirs.predict(X))
        assert hasattr(ours, "predict_proba") == hasattr(theirs, "predict_proba")
        if hasattr(theirs, "predict_proba"):
            found = ours.predict_proba(lazy(X)).compute()
            np.testing.assert_allclose(found, theirs.predict_proba(X))
    assert NearestCentroid().fit(lazy(X), lazy(LABELS)).fit_report_.passes == 1


def test_centroids_after_a_scaler_and_of_sparse_rows() -> None:
    theirs = sklearn.neighbors.NearestCentroid().fit((X - X.mean(0)) / X.std(0), LABELS)
    pipe = make_pipeline(StandardScaler(), NearestCentroid()).fit(lazy(X), lazy(LABELS))
    np.testing.assert_allclose(pipe[-1].centroids_, theirs.centroids_)
    assert pipe.fit_report_.passes == 1
    thin = np.where(np.abs(X) > 3, X, 0.0)
    rows = lazy(thin).map_blocks(sparse.csr_array)
    for metric in ("euclidean", "manhattan"):
        ours = NearestCentroid(metric=metric).fit(rows, lazy(LABELS))
        expected = sklearn.neighbors.NearestCentroid(metric=metric).fit(thin, LABELS)
        np.testing.assert_allclose(ours.centroids_, expected.centroids_, atol=1e-12)


def test_bad_input_of_centroids() -> None:
    y = lazy(LABELS)
    with pytest.raises(ValueError, match="greater than one; got 1 class"):
        NearestCentroid().fit(lazy(X), y * 0)
    with pytest.raises(ValueError, match="priors must be non-negative"):
        NearestCentroid(priors=[-1, 1, 1]).fit(lazy(X), y)
    with pytest.warns(UserWarning, match="priors do not sum to 1"):
        NearestCentroid(priors=[1, 1, 1]).fit(lazy(X), y)
    same = "at least 1 zero standard deviation"
    with pytest.raises(ValueError, match="zero variance"), pytest.warns(UserWarning, match=same):
        NearestCentroid().fit(lazy(np.ones((400, 3))), y)
    constant = np.column_stack([X, LABELS])
    with pytest.warns(UserWarning, match="at least 1 zero standard deviation"):
        NearestCentroid().fit(lazy(constant), y)


def test_outliers() -> None:
    theirs = sklearn.neighbors.LocalOutlierFactor(contamination=0.1).fit(X)
    ours = LocalOutlierFactor(contamination=0.1)
    found = ours.fit_predict(lazy(X))
    assert found.chunks == lazy(X)[:, 0].chunks
    expected = sklearn.neighbors.LocalOutlierFactor(contamination=0.1).fit_predict(X)
    np.testing.assert_array_equal(found.compute(), expected)
    assert found.dtype == expected.dtype
    assert ours.offset_ == theirs.offset_
    with pytest.raises(AttributeError, match="has no attribute 'predict'") as raised:
        ours.predict(lazy(X))
    assert "not available when novelty=False" in str(raised.value.__cause__)
    new = LocalOutlierFactor(novelty=True).fit(lazy(X))
    plain = sklearn.neighbors.LocalOutlierFactor(novelty=True).fit(X)
    for method in ("predict", "decision_function", "score_samples"):
        lazily = getattr(new, method)(lazy(QUERIES)).compute()
        np.testing.assert_allclose(lazily, getattr(plain, method)(QUERIES))
    with pytest.raises(AttributeError, match="has no attribute 'fit_predict'"):
        new.fit_predict(lazy(X))


def test_outliers_among_too_many_rows(on_blocks: None) -> None:
    with pytest.raises(MemoryBudgetError, match="looks at all rows together"):
        LocalOutlierFactor().fit(lazy(X))


def test_projection() -> None:
    params: dict[str, Any] = {"n_components": 2, "random_state": 0, "max_iter": 20}
    theirs = sklearn.neighbors.NeighborhoodComponentsAnalysis(**params).fit(X, LABELS)
    ours = NeighborhoodComponentsAnalysis(**params).fit(lazy(X), lazy(LABELS))
    np.testing.assert_allclose(ours.components_, theirs.components_)
    np.testing.assert_allclose(ours.transform(lazy(X)).compute(), theirs.transform(X))
    mapped = ours.affine()
    np.testing.assert_allclose(X @ mapped.factor + mapped.offset, theirs.transform(X))
    assert "the result is scikit-learn's" in ours.fit_report_.outcomes[0]
    with config.set(sample_rows=100):
        sampled = NeighborhoodComponentsAnalysis(**params).fit(lazy(X), lazy(LABELS))
    assert "100 of 400 rows" in sampled.fit_report_.outcomes[0]
    assert sampled.components_.shape == (2, 3)
    pipe = make_pipeline(StandardScaler(), NeighborhoodComponentsAnalysis(**params))
    assert pipe.fit(lazy(X), lazy(LABELS)).fit_report_.passes == 1
