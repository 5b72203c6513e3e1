"""Components of data whose covariance has no room: over passes, without it."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn import decomposition

import skdask.blocks
from skdask import config
from skdask.decomposition import NMF, PCA, TruncatedSVD
from skdask.exceptions import MemoryBudgetError
from skdask.solvers.krylov import leading_eigenvectors

# eight covariances of so many columns take 64 MiB
N_FEATURES = 1024
LIMIT = "60MiB"


def wide_rows(mean: float = 3.0) -> np.ndarray:
    random = np.random.default_rng(0)
    spread = np.geomspace(10, 0.1, 60)
    signal = random.normal(size=(300, 60)) * spread @ random.normal(size=(60, N_FEATURES))
    return signal / 10 + 0.1 * random.normal(size=(300, N_FEATURES)) + mean


def assert_alike(ours: Any, theirs: Any, rtol: float) -> None:
    for name, expected in vars(theirs).items():
        if name.endswith("_") and not name.startswith("_"):
            found = getattr(ours, name)
            scale = np.abs(expected).max() if np.ndim(expected) else 0.0
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale, err_msg=name)
            assert np.asarray(found).dtype == np.asarray(expected).dtype, name


@pytest.mark.parametrize("mean", [0.0, 3.0, 1e6])
@pytest.mark.parametrize("solver", ["randomized", "auto", "arpack"])
def test_pca(solver: str, mean: float) -> None:
    X = wide_rows(mean)
    ours = PCA(5, svd_solver=solver, random_state=0)
    with config.set(memory_limit=LIMIT):
        ours.fit(da.from_array(X, chunks=(70, -1)))
    exact = decomposition.PCA(5, svd_solver="full").fit(X)
    # a mean of a million leaves ten digits of the rows
    assert_alike(ours, exact, 1e-6 if mean < 1e3 else 1e-5)
    most = 9 if solver != "arpack" else 30
    assert 3 <= ours.fit_report_.passes <= most
    assert "in the place of a covariance" in str(ours.fit_report_)
    there = ours.transform(da.from_array(X[:20])).compute()
    np.testing.assert_allclose(there, exact.transform(X[:20]), atol=1e-4)


def test_no_worse_than_scikit_learns_randomised_solver() -> None:
    # a spectrum that falls slowly, of which few iterations tell little
    random = np.random.default_rng(1)
    X = random.normal(size=(400, N_FEATURES)) * np.geomspace(1.5, 1.0, N_FEATURES)
    with config.set(memory_limit=LIMIT):
        ours = PCA(10, svd_solver="randomized", iterated_power=3, random_state=0)
        ours.fit(da.from_array(X, chunks=(90, -1)))
    theirs = decomposition.PCA(10, svd_solver="randomized", iterated_power=3, random_state=0)
    theirs.fit(X)
    assert ours.fit_report_.passes == 5
    assert ours.explained_variance_.sum() >= theirs.explained_variance_.sum()


@pytest.mark.parametrize("algorithm", ["randomized", "arpack"])
@pytest.mark.parametrize("thin", [False, True])
def test_truncated_svd(algorithm: str, thin: bool) -> None:
    X = np.where(np.random.default_rng(2).random((300, N_FEATURES)) < 0.9, 0.0, wide_rows())
    chunks = da.from_array(X, chunks=(70, -1))
    if thin:
        chunks = chunks.map_blocks(sparse.csr_array, meta=sparse.csr_array((0, N_FEATURES)))
    with config.set(memory_limit=LIMIT):
        ours = TruncatedSVD(4, algorithm=algorithm, n_iter=12, random_state=0).fit(chunks)
    exact = decomposition.TruncatedSVD(4, algorithm="arpack").fit(X)
    assert_alike(ours, exact, 1e-5)


def test_factors_begin_without_the_products_of_the_columns() -> None:
    X = np.abs(wide_rows(0.0))
    with config.set(memory_limit=LIMIT):
        ours = NMF(3, max_iter=300, tol=1e-5, random_state=0)
        ours.fit(da.from_array(X, chunks=(70, -1)))
    theirs = decomposition.NMF(3, max_iter=300, tol=1e-5).fit(X)
    assert ours.reconstruction_err_ <= theirs.reconstruction_err_ * (1 + 1e-4)


def test_rows_of_low_rank_end_the_search() -> None:
    random = np.random.default_rng(3)
    X = random.normal(size=(300, 3)) @ random.normal(size=(3, N_FEATURES))
    with config.set(memory_limit=LIMIT):
        ours = PCA(6, svd_solver="randomized", random_state=0)
        ours.fit(da.from_array(X, chunks=(70, -1)))
    exact = decomposition.PCA(6, svd_solver="full").fit(X)
    assert ours.fit_report_.passes <= 4
    np.testing.assert_allclose(
        ours.explained_variance_, exact.explained_variance_, rtol=1e-8, atol=1e-9
    )


@pytest.mark.parametrize("params", [{}, {"n_components": 0.9}, {"svd_solver": "full"}], ids=str)
def test_what_needs_a_covariance_says_what_does_not(params: dict[str, Any]) -> None:
    X = skdask.blocks.open(np.ones((20, 6000)))
    with (
        config.set(memory_limit=LIMIT),
        pytest.raises(MemoryBudgetError, match="whole number of n_components with svd_solver"),
    ):
        PCA(**{"n_components": 2 if "svd_solver" in params else None, **params}).fit(X)


def test_a_search_is_condensed_and_goes_on() -> None:
    """More blocks than are kept: the largest eigenvalues of a spectrum without gaps."""
    values = np.linspace(1.0, 2.0, 600)

    def product(directions: np.ndarray) -> Any:
        return values[:, np.newaxis] * directions
        yield

    start = np.random.default_rng(4).normal(size=(600, 4))
    search = leading_eigenvectors(product, start, 2, 200, 1e-9)
    with pytest.raises(StopIteration) as stop:
        next(search)
    found = stop.value.value
    assert found.converged
    assert found.passes > 10
    np.testing.assert_allclose(found.values, values[:-3:-1], rtol=1e-9)
