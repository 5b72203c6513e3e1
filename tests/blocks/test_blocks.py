"""Every kind of source gives the same rows, however it is cut and read."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import skdask.blocks
from skdask import config
from skdask.exceptions import DataError

from .conftest import NAMES, Table, open_as, read_all


@pytest.mark.parametrize("block_bytes", [2**24, 8000, 5000, 700])
def test_same_rows_from_every_source(kind: str, block_bytes: int, table: Table) -> None:
    with config.set(block_bytes=block_bytes):
        opened = open_as(kind, table)
        for blocks in (opened, opened.counted()):
            read = read_all(blocks)
            np.testing.assert_array_equal(np.concatenate([b.rows.X for b in read]), table.X)
            np.testing.assert_array_equal(np.concatenate([b.rows.y for b in read]), table.y)
            assert [block.index for block in read] == list(range(blocks.n_blocks))
            assert [i for unit in blocks.units for i in unit] == list(range(blocks.n_blocks))
            if blocks.n_rows is not None:
                starts = np.cumsum([0, *(block.rows.n_rows for block in read)])
                assert [block.first_row for block in read] == starts[:-1].tolist()
                assert max(b.rows.n_rows for b in read) * 40 == blocks.block_bytes


def test_schema(kind: str, table: Table) -> None:
    blocks = open_as(kind, table)
    assert (blocks.n_features, blocks.dtype) == (4, np.float64)
    assert (blocks.has_y, blocks.y_ndim, blocks.n_targets, blocks.y_dtype) == (True, 1, 1, np.int64)
    assert not blocks.has_weight
    assert not blocks.has_groups
    assert blocks.counted().n_rows == 1000
    assert blocks.counted().n_bytes == 40_000
    assert blocks.counted().counted().n_rows == 1000
    assert blocks.feature_names in (None, tuple(NAMES))
    assert blocks.name in blocks.describe()
    assert blocks.name in repr(blocks)


def test_without_features(kind: str, table: Table) -> None:
    blocks = open_as(kind, table)
    read = read_all(blocks, features=False)
    assert all(block.rows.X is None for block in read)
    np.testing.assert_array_equal(np.concatenate([b.rows.y for b in read]), table.y)


def test_features_are_read_only(kind: str, table: Table) -> None:
    block = read_all(open_as(kind, table))[0]
    assert not block.rows.X.flags.writeable


def test_threads_read_different_units(kind: str, table: Table) -> None:
    with config.set(block_bytes=700):
        blocks = open_as(kind, table).counted()
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda unit: list(blocks.read(unit)), range(len(blocks.units))))
    X = np.concatenate([block.rows.X for unit in read for block in unit])
    np.testing.assert_array_equal(X, table.X)


def test_head(kind: str, table: Table) -> None:
    with config.set(block_bytes=700):
        X, y = open_as(kind, table).head(50)
    np.testing.assert_array_equal(X, table.X[:50])
    np.testing.assert_array_equal(y, table.y[:50])


def test_lazy_features(kind: str, table: Table) -> None:
    blocks = open_as(kind, table)
    lazy = blocks.to_dask()
    assert hasattr(lazy, "columns") == (blocks.feature_names is not None)
    np.testing.assert_array_equal(np.asarray(lazy.compute()), table.X)


def test_survives_pickling(kind: str, table: Table) -> None:
    copy = pickle.loads(pickle.dumps(open_as(kind, table).counted()))
    np.testing.assert_array_equal(np.concatenate([b.rows.X for b in read_all(copy)]), table.X)


def test_opening_blocks_gives_them_back(table: Table) -> None:
    blocks = open_as("parquet", table)
    assert skdask.blocks.open(blocks) is blocks
    with pytest.raises(DataError, match="y cannot be given with Blocks"):
        skdask.blocks.open(blocks, table.y)


def test_a_small_budget_makes_smaller_blocks(table: Table) -> None:
    with config.set(memory_limit=4 * 2 * 40 * 250, n_threads=2):
        blocks = open_as("numpy", table)
    assert blocks.reduced
    assert blocks.block_bytes <= 40 * 250
    assert "reduced from" in blocks.describe()


def test_blocks_do_not_depend_on_threads_or_budget(kind: str, table: Table) -> None:
    cuts = []
    for threads, limit in ((1, "1GiB"), (16, "8GiB")):
        with config.set(n_threads=threads, memory_limit=limit, block_bytes=2000):
            cuts.append([b.rows.n_rows for b in read_all(open_as(kind, table).counted())])
    assert cuts[0] == cuts[1]


def test_where_names_the_place(table: Table) -> None:
    with config.set(block_bytes=2000):
        block = read_all(open_as("parquet", table))[1]
    assert block.where == "t.parquet, row group 0, rows 44 to 87"
    assert read_all(open_as("folder", table))[0].where.startswith("part.0.parquet, row group 0 to")
