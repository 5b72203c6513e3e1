"""Arrow IPC: views of the map where a file is not compressed, whole batches where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pytest

import skdask.blocks
from skdask import config
from skdask.exceptions import MemoryBudgetError, ReadError

from .conftest import Table, open_as, read_all


def test_units_follow_compression(table: Table) -> None:
    with config.set(block_bytes=40 * 50):
        plain, compressed = open_as("arrow", table), open_as("feather", table)
    assert [len(unit) for unit in plain.units] == [1] * plain.n_blocks
    assert [len(unit) for unit in compressed.units] == [6, 6, 6, 2]


def test_a_slice_of_a_plain_batch_is_read_alone(table: Table) -> None:
    with config.set(block_bytes=40 * 50):
        blocks = open_as("arrow", table)
    (block,) = blocks.read(4)
    np.testing.assert_array_equal(block.rows.X, table.X[200:250])


def test_a_folder_with_columns_in_another_order(tmp_path: Path) -> None:
    table = pa.table({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    feather.write_feather(table, tmp_path / "2.feather")
    feather.write_feather(table.select(["b", "a"]), tmp_path / "10.feather")
    (block,) = read_all(skdask.blocks.open(tmp_path))
    np.testing.assert_array_equal(block.rows.X, [[1, 3], [2, 4], [1, 3], [2, 4]])


def test_streams_are_no_files(tmp_path: Path) -> None:
    table = pa.table({"a": [1.0]})
    with pa.ipc.new_stream(tmp_path / "t.arrow", table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(ReadError, match=r"t\.arrow.*not in Arrow's file format"):
        skdask.blocks.open(tmp_path / "t.arrow")


def test_a_compressed_batch_beyond_the_budget(tmp_path: Path) -> None:
    feather.write_feather(pa.table({"a": np.zeros(10_000)}), tmp_path / "t.feather")
    with (
        config.set(memory_limit="10KiB"),
        pytest.raises(MemoryBudgetError, match=r"record batch 0 .* is compressed.*chunksize="),
    ):
        skdask.blocks.open(tmp_path / "t.feather")
