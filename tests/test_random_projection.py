"""Random projections and kernel features of wide rows, in pipelines and without a seed."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn import kernel_approximation, random_projection

from skdask import config
from skdask.exceptions import UnsupportedError
from skdask.kernel_approximation import Nystroem, RBFSampler
from skdask.linear_model import Ridge
from skdask.pipeline import make_pipeline
from skdask.random_projection import GaussianRandomProjection, SparseRandomProjection


def _wide() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(60, 300))


@pytest.mark.parametrize("name", ["GaussianRandomProjection", "SparseRandomProjection"])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_auto_counts_rows(name: str, is_sparse: bool) -> None:
    X = _wide()
    kind = {"Gaussian": GaussianRandomProjection, "Sparse": SparseRandomProjection}
    ours = kind[name.removesuffix("RandomProjection")](eps=0.6, random_state=3)
    lazy = da.from_array(X, chunks=(13, 300))
    if is_sparse:
        X, lazy = sparse.csr_array(X), lazy.map_blocks(sparse.csr_array)
    theirs = getattr(random_projection, name)(eps=0.6, random_state=3).fit(X)
    ours.fit(lazy)
    assert ours.n_components_ == theirs.n_components_
    found, expected = ours.components_, theirs.components_
    if sparse.issparse(expected):
        found, expected = found.toarray(), expected.toarray()
    np.testing.assert_array_equal(found, expected)
    mapped, wanted = ours.transform(lazy).compute(), theirs.transform(X)
    if sparse.issparse(wanted):
        mapped, wanted = mapped.toarray(), wanted.toarray()
    np.testing.assert_allclose(mapped, wanted, rtol=1e-12, atol=1e-12)


def test_too_few_rows_say_what_scikit_learn_says() -> None:
    X = da.from_array(_wide(), chunks=(20, 300))
    with pytest.raises(ValueError, match="larger than the original space"):
        GaussianRandomProjection(eps=0.1).fit(X)


def test_only_a_seed_makes_it_the_same_for_all_rows() -> None:
    assert GaussianRandomProjection(3, random_state=0).stateless
    assert not GaussianRandomProjection(3).stateless
    assert not GaussianRandomProjection(random_state=0).stateless
    assert not RBFSampler(gamma="scale", random_state=0).stateless


def test_within_a_pipeline() -> None:
    X = _wide()
    y = X[:, 0] + X[:, 1]
    steps = (SparseRandomProjection(20, random_state=0), RBFSampler(n_components=8, random_state=0))
    pipeline = make_pipeline(*steps, Ridge())
    lazy = da.from_array(X, chunks=(13, 300))
    found = pipeline.fit(lazy, y).predict(lazy).compute()
    expected = pipeline.to_sklearn().fit(X, y).predict(X)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rows", [7, 30, 200])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("kernel", ["rbf", "cosine"])
def test_nystroem_of_a_whole_sample_is_scikit_learns(
    rows: int, is_sparse: bool, kernel: str
) -> None:
    X = np.random.default_rng(0).normal(size=(61, 4))
    lazy = da.from_array(X, chunks=(rows, 4))
    if is_sparse:
        X, lazy = sparse.csr_array(X), lazy.map_blocks(sparse.csr_array)
    ours = Nystroem(kernel=kernel, n_components=9, random_state=0).fit(lazy)
    theirs = kernel_approximation.Nystroem(kernel=kernel, n_components=9, random_state=0).fit(X)
    assert ours.fit_report_.passes == 1
    np.testing.assert_array_equal(ours.component_indices_, theirs.component_indices_)
    np.testing.assert_allclose(ours.normalization_, theirs.normalization_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        ours.transform(lazy).compute(), theirs.transform(X), rtol=1e-9, atol=1e-9
    )


def test_nystroem_of_more_rows_than_its_sample() -> None:
    X = np.random.default_rng(0).normal(size=(500, 3))
    lazy = da.from_array(X, chunks=(100, 3))
    with config.set(sample_rows=100):
        ours = Nystroem(n_components=60, random_state=0).fit(lazy)
    assert "sample of 100 of 500 rows" in str(ours.fit_report_)
    rows = {tuple(row) for row in X.tolist()}
    assert ours.components_.shape == (60, 3)
    assert {tuple(row) for row in ours.components_.tolist()} <= rows
    # a basis of so many rows says nearly all of the kernel
    features = ours.transform(lazy).compute()
    exact = kernel_approximation.Nystroem(n_components=500).fit_transform(X)
    assert abs(features @ features.T - exact @ exact.T).mean() < 0.01


def test_nystroem_takes_no_kernel() -> None:
    with pytest.raises(UnsupportedError, match="precomputed"):
        Nystroem(kernel="precomputed").fit(da.ones((10, 10)))


def test_scale_finds_missing_values() -> None:
    X = np.ones((20, 2))
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        RBFSampler(gamma="scale").fit(da.from_array(X, chunks=(5, 2)))
