"""IncrementalPCA goes on where it was, and refuses what scikit-learn refuses."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from sklearn import decomposition

from skdask import blocks, config
from skdask.decomposition import PCA, IncrementalPCA
from skdask.exceptions import DataError
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.testing import CountingBlocks

X = np.random.default_rng(0).normal(size=(300, 6)) * np.arange(1, 7) + 3


def test_partial_fit_on_blocks_goes_on() -> None:
    ours = IncrementalPCA(2, batch_size=40).fit(da.from_array(X[:200], chunks=(33, 6)))
    theirs = decomposition.IncrementalPCA(2, batch_size=40).fit(X[:200])
    for rows in (X[200:240], X[240:]):
        ours.partial_fit(da.from_array(rows, chunks=(7, 6)) if len(rows) == 40 else rows)
        theirs.partial_fit(rows)
    np.testing.assert_allclose(ours.components_, theirs.components_, rtol=1e-9)
    assert ours.n_samples_seen_ == 300
    again = ours.fit(da.from_array(X[:200], chunks=(33, 6)))
    assert again.n_samples_seen_ == 200


def test_one_pass_however_many_batches() -> None:
    with config.set(block_bytes=8 * 6 * 31):
        counted = CountingBlocks(blocks.open(X))
    model = IncrementalPCA(2, batch_size=10).fit(counted)
    assert counted.passes == model.fit_report_.passes == 1


def test_in_a_pipeline_rows_are_scaled_on_their_way() -> None:
    lazy = da.from_array(X, chunks=(64, 6))
    ours = make_pipeline(StandardScaler(), IncrementalPCA(2, batch_size=50)).fit(lazy)
    theirs = decomposition.IncrementalPCA(2, batch_size=50).fit(StandardScaler().fit_transform(X))
    np.testing.assert_allclose(ours[-1].components_, theirs.components_, rtol=1e-8)


def test_a_value_that_is_not_finite_is_named() -> None:
    wrong = X.copy()
    wrong[150, 2] = np.nan
    with config.set(block_bytes=8 * 6 * 50), pytest.raises(DataError, match=r"150"):
        IncrementalPCA(2, batch_size=40).fit(da.from_array(wrong, chunks=(100, 6)))


def test_too_many_components() -> None:
    with pytest.raises(DataError, match="invalid for n_features=6"):
        IncrementalPCA(7).fit(da.from_array(X, chunks=(100, 6)))


def test_all_components_are_those_of_pca() -> None:
    lazy = da.from_array(X, chunks=(64, 6))
    found, exact = IncrementalPCA().fit(lazy), PCA().fit(lazy)
    np.testing.assert_allclose(found.components_, exact.components_, rtol=1e-7, atol=1e-9)
