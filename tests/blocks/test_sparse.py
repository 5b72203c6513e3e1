"""Sparse rows are cut, joined and read as they are, and never made dense."""

from __future__ import annotations

import pickle

import dask.array as da
import numpy as np
import pytest
import scipy.sparse as sparse

import skdask.blocks
from skdask import config
from skdask.exceptions import DataError, SparseDataError
from skdask.linear_model import Ridge
from skdask.passes import ask, run
from skdask.preprocessing import MinMaxScaler, StandardScaler
from skdask.rows import bytes_of
from skdask.statistics import Labels, Moments
from skdask.statistics.base import Statistic
from skdask.testing import CountingBlocks

DENSE = np.where(np.random.default_rng(0).random((50, 8)) < 0.3, np.arange(8.0) + 1.0, 0.0)
LAZY = da.from_array(DENSE, chunks=(9, 8)).map_blocks(sparse.csr_array)


class DenseOnly(Moments):
    accepts_sparse = False


def blocks_of(X: object) -> list[sparse.csr_array]:
    opened = skdask.blocks.open(X)
    return [block.rows.X for unit in range(len(opened.units)) for block in opened.read(unit)]


@pytest.mark.parametrize(
    "X", [sparse.csr_matrix(DENSE), sparse.coo_array(DENSE), sparse.dok_array(DENSE), LAZY]
)
@pytest.mark.parametrize("block_bytes", [100, 700, 10**6])
def test_all_rows_in_order(X: object, block_bytes: int) -> None:
    with config.set(block_bytes=block_bytes):
        parts = blocks_of(X)
    assert all(isinstance(part, sparse.csr_array) for part in parts)
    assert len(parts) > (1 if block_bytes < 1000 else 0)
    np.testing.assert_array_equal(sparse.vstack(parts).toarray(), DENSE)


def test_cut_by_entries_and_not_by_columns() -> None:
    wide = sparse.eye_array(1000, 100_000, format="csr")
    opened = skdask.blocks.open(wide)
    assert opened.n_blocks == 1
    assert opened.block_bytes < 100_000
    ((block,),) = (list(opened.read(unit)) for unit in range(1))
    assert bytes_of(block.rows.X) <= opened.block_bytes + 8
    assert "sparse float64" in opened.describe()


def test_entries_twice_are_summed_in_a_copy() -> None:
    twice = sparse.csr_array((np.ones(2), np.zeros(2, int), np.array([0, 2])), shape=(1, 1))
    (block,) = blocks_of(twice)
    assert block.toarray() == [[2.0]]
    assert twice.nnz == 2


def test_who_takes_dense_rows_only() -> None:
    for X in (LAZY, skdask.blocks.open(sparse.csr_array(DENSE))):
        blocks = skdask.blocks.open(X)
        with pytest.raises(TypeError, match="Sparse data was passed for X, but dense data is req"):
            run([ask(DenseOnly(), asked_by="MyModel")], blocks, what="MyModel")
        with pytest.raises(SparseDataError, match=r"MyModel takes dense.*map_blocks"):
            run([ask(DenseOnly(), asked_by="MyModel")], blocks, what="MyModel")


def test_a_statistic_of_the_target_does_not_mind() -> None:
    kinds: Statistic = Labels()
    y = np.arange(50) % 2
    done = run([ask(kinds)], skdask.blocks.open(sparse.csr_array(DENSE), y), what="labels")
    assert done.results[0].counts.tolist() == [25, 25]


def test_scalers_say_what_scikit_learn_says() -> None:
    with pytest.raises(ValueError, match="Cannot center sparse matrices: pass `with_mean=False`"):
        StandardScaler().fit(LAZY)
    with pytest.raises(TypeError, match="MinMaxScaler does not support sparse input"):
        MinMaxScaler().fit(LAZY)


def test_not_finite_names_the_place() -> None:
    X = sparse.csr_array(DENSE)
    entry = int(X.indptr[20])
    X.data[entry] = np.inf
    column = int(X.indices[entry])
    with pytest.raises(DataError, match=rf"infinity.*\n.*column {column}, row 20 of block 0"):
        Ridge().fit(skdask.blocks.open(X, DENSE[:, 0]))


def test_lazy_results_stay_sparse() -> None:
    scaler = StandardScaler(with_mean=False).fit(LAZY)
    lazy = scaler.transform(LAZY)
    assert isinstance(lazy._meta, sparse.csr_array)
    expected = scaler.to_sklearn().transform(sparse.csr_array(DENSE))
    np.testing.assert_allclose(lazy.compute().toarray(), expected.toarray())
    opened = skdask.blocks.open(sparse.csr_array(DENSE))
    np.testing.assert_allclose(scaler.transform(opened).compute().toarray(), expected.toarray())
    model = Ridge().fit(LAZY, DENSE[:, 0])
    np.testing.assert_allclose(model.predict(LAZY).compute(), DENSE[:, 0], atol=0.2)


def test_one_pass_and_parts_travel() -> None:
    counted = CountingBlocks(skdask.blocks.open(LAZY, da.from_array(DENSE[:, 0], chunks=9)))
    Ridge().fit(counted)
    assert counted.passes == 1
    opened = skdask.blocks.open(sparse.csr_array(DENSE))
    again = pickle.loads(pickle.dumps(opened._source))
    assert again.pieces == opened._source.pieces
