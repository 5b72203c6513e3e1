"""Parquet: projection, row groups, and memory that stays flat."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skdask.blocks
from skdask import config
from skdask.blocks import parquet

from .conftest import Table, open_as, read_all


def test_only_the_columns_that_are_needed(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    original = pq.ParquetFile.iter_batches

    def iter_batches(self, *args, columns, **kwargs):  # type: ignore[no-untyped-def]
        asked.append(columns)
        return original(self, *args, columns=columns, **kwargs)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", iter_batches)
    blocks = open_as("parquet", table)
    read_all(blocks, features=False)
    assert {tuple(columns) for columns in asked} == {("y",)}
    asked.clear()
    read_all(blocks)
    assert {tuple(columns) for columns in asked} == {("a", "b", "c", "d", "y")}
    asked.clear()
    alone = skdask.blocks.open(table.folder / "t.parquet", drop=["text", "y"])
    assert sum(block.rows.n_rows for block in read_all(alone, features=False)) == 1000
    assert not asked


def test_row_groups_without_rows(tmp_path: Path) -> None:
    frame = pa.table({"a": np.arange(100.0), "y": np.arange(100)})
    with pq.ParquetWriter(tmp_path / "t.parquet", frame.schema) as writer:
        for part in (frame[:0], frame[:50], frame[:0], frame[50:], frame[:0]):
            writer.write_table(part)
    with config.set(block_bytes=16 * 20):
        blocks = skdask.blocks.open(tmp_path / "t.parquet", "y")
    read = read_all(blocks)
    assert np.concatenate([block.rows.y for block in read]).tolist() == list(range(100))
    assert all(block.rows.n_rows for block in read)


def test_natural_order_of_files(tmp_path: Path) -> None:
    for number in range(12):
        pd.DataFrame({"a": [float(number)]}).to_parquet(tmp_path / f"part.{number}.parquet")
    (block,) = read_all(skdask.blocks.open(tmp_path))
    assert block.rows.X[:, 0].tolist() == list(range(12))


@pytest.mark.parametrize("batch_rows", [1, 7, 1000])
def test_slices_do_not_follow_batches(
    table: Table, batch_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet.ParquetSource, "batch_rows", lambda *_: batch_rows)
    with config.set(block_bytes=40 * 50):
        read = read_all(open_as("parquet", table))
    np.testing.assert_array_equal(np.concatenate([b.rows.X for b in read]), table.X)


def test_readers_that_stop_early_close_the_file(table: Table) -> None:
    with config.set(block_bytes=40 * 10):
        blocks = open_as("parquet", table)
    reading = blocks.read(0)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert next(iter(blocks.read(0))).index == 0


CHILD = """
import json, sys
import psutil
import skdask.blocks
from skdask import config

config.set(n_threads=1)
blocks = skdask.blocks.open(sys.argv[1])
metadata = blocks._source.metadata[0].row_group(0)
projected = blocks.block_bytes + blocks.unit_bytes
before = psutil.Process().memory_info().rss
rows = sum(block.rows.n_rows for unit in range(len(blocks.units)) for block in blocks.read(unit))
# the kernel's own mark; ru_maxrss would be that of the process that started this one
(line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
peak = int(line.split()[1]) * 1024 - before
print(json.dumps([rows, peak, projected, blocks.n_bytes]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("dictionary", [True, False])
def test_one_huge_row_group_streams(tmp_path: Path, dictionary: bool) -> None:
    n_rows, n_columns = 1_300_000, 100
    path = tmp_path / "huge.parquet"
    random = np.random.default_rng(0)
    values = random.standard_normal(n_rows + n_columns)
    columns = {f"c{i}": values[i : i + n_rows] for i in range(n_columns)}
    pq.write_table(pa.table(columns), path, row_group_size=n_rows, use_dictionary=dictionary)
    output = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True
    ).stdout
    rows, peak, projected, n_bytes = json.loads(output)
    print(f"peak {peak / 2**20:.0f} MiB, projected {projected / 2**20:.0f} MiB")
    assert rows == n_rows
    assert n_bytes > 2**30 * 0.9
    assert peak <= projected
    assert peak < n_bytes / 2


@pytest.mark.parametrize("kind", ["parquet", "arrow", "folder by Dask"])
def test_an_index_is_no_feature(kind: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "y": [0, 1]}, index=pd.Index([7, 3], name="key"))
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "arrow":
        table = pa.Table.from_pandas(frame)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    else:
        dd.from_pandas(frame, npartitions=1).to_parquet(path)
    assert skdask.blocks.open(path, "y").feature_names == ("a",)
    assert skdask.blocks.open(path, "y", columns=["key"]).feature_names == ("key",)
    assert skdask.blocks.open(path, "key").y_name == "key"
