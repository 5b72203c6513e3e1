"""MeanShift on blocks: scikit-learn's peaks, a step a pass."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import sklearn.cluster
from sklearn.datasets import make_blobs

from skdask import config
from skdask.cluster import MeanShift

X, _ = make_blobs(200, 2, centers=3, cluster_std=0.8, random_state=2)


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(70, *values.shape[1:]))


@pytest.mark.parametrize(
    "params",
    [
        {"bandwidth": 2.0, "seeds": X[:10]},
        {"bandwidth": 2.0, "bin_seeding": True},
        {"bandwidth": 2.0},
        {"bin_seeding": True, "cluster_all": False},
        {"bandwidth": 2.0, "bin_seeding": True, "max_iter": 1},
    ],
)
def test_peaks_are_those_of_scikit_learn(params):
    ours, theirs = MeanShift(**params).fit(lazy(X)), sklearn.cluster.MeanShift(**params).fit(X)
    np.testing.assert_allclose(ours.cluster_centers_, theirs.cluster_centers_)
    np.testing.assert_array_equal(ours.labels_.compute(), theirs.labels_)
    np.testing.assert_array_equal(ours.predict(lazy(X)).compute(), theirs.predict(X))
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.fit_report_.passes == 1 + ours.n_iter_ + 1


def test_many_rows_have_sampled_seeds():
    with config.set(sample_rows=60):
        model = MeanShift(bin_seeding=True).fit(lazy(X))
    expected = sklearn.cluster.MeanShift(bin_seeding=True).fit(X)
    assert len(model.cluster_centers_) == len(expected.cluster_centers_) == 3
    assert "sample of 60 of 200 rows" in model.fit_report_.outcomes[0]


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"No point was within bandwidth=1\.0+ of any seed"):
        MeanShift(bandwidth=1.0, seeds=[[1e6, 1e6]]).fit(lazy(X))
    with pytest.raises(ValueError, match=r"seeds have shape \(1, 3\), but the data have 2"):
        MeanShift(bandwidth=1.0, seeds=[[1.0, 2.0, 3.0]]).fit(lazy(X))
