"""Every refusal says what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
import scipy.sparse

import skdask.blocks
from skdask import config
from skdask.exceptions import DataError, MemoryBudgetError, ReadError, UnsupportedError

from .conftest import Table, read_all

FRAME = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "y": [0, 1]})


def lazy(frame: pd.DataFrame, n: int = 1) -> Any:
    return dd.from_pandas(frame, npartitions=n)


@pytest.mark.parametrize("make", [lambda f: f, lazy])
def test_missing_columns(make: Any) -> None:
    X = make(FRAME)
    with pytest.raises(
        DataError,
        match=r"y: .* has no column 'Y'\. Did you mean 'y'\? Its columns are 'a', 'b', 'y'",
    ):
        skdask.blocks.open(X, "Y")
    with pytest.raises(DataError, match=r"sample_weight: .* has no column 'weight'"):
        skdask.blocks.open(X, "y", "weight")
    with pytest.raises(DataError, match=r"drop: .* has no column 'z'"):
        skdask.blocks.open(X, "y", drop=["z"])
    with pytest.raises(DataError, match=r"columns: .* has no column 'z'"):
        skdask.blocks.open(X, "y", columns=["z"])
    with pytest.raises(DataError, match=r"y: .* has no column 'p', 'q'"):
        skdask.blocks.open(X, ["p", "q", "a"])


@pytest.mark.parametrize("kind", ["pandas", "dask", "parquet", "arrow", "csv"])
def test_text_features(kind: str, tmp_path: Path) -> None:
    frame = FRAME.assign(s=["red", "blue"], when=pd.to_datetime(["2020-01-01", "2020-01-02"]))
    X: Any = {"pandas": frame, "dask": lazy(frame)}.get(kind, tmp_path / f"t.{kind}")
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_feather(tmp_path / "t.arrow")
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(
        DataError, match=r"Features must be numbers.*'s' \(.*'when' \(.*drop=\['s'"
    ) as e:
        skdask.blocks.open(X, "y").as_matrices()
    if kind != "dask":
        assert "could not convert string to float: 'red'" in str(e.value)


def test_shapes() -> None:
    for ones in (np.ones, da.ones):
        with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
            skdask.blocks.open(ones(3))
        with pytest.raises(ValueError, match="Found array with dim 3"):
            skdask.blocks.open(ones((3, 3, 3)))
        with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\) \(shape=\(0, 3\)\)"):
            skdask.blocks.open(ones((0, 3)))
        with pytest.raises(ValueError, match=r"Found array with 0 feature\(s\) \(shape=\(3, 0\)\)"):
            skdask.blocks.open(ones((3, 0)))
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        skdask.blocks.open(FRAME, "y", drop=["a", "b"])
    with pytest.raises(ValueError, match="y should be a 1d or 2d array"):
        skdask.blocks.open(np.ones((2, 2)), np.ones((2, 2, 2)))


def test_no_rows(tmp_path: Path) -> None:
    FRAME[:0].to_parquet(tmp_path / "t.parquet")
    FRAME[:0].to_csv(tmp_path / "t.csv", index=False)
    feather.write_feather(FRAME[:0], tmp_path / "t.arrow")
    for kind in ("parquet", "csv", "arrow"):
        with pytest.raises(
            DataError, match=rf"0 sample\(s\) \(shape=\(0, 2\)\).*t\.{kind} has no rows"
        ):
            skdask.blocks.open(tmp_path / f"t.{kind}", "y")
    with pytest.raises(DataError, match=r"0 sample\(s\)"):
        skdask.blocks.open(lazy(FRAME, 2).query("a > 10"), "y").counted()


def test_inconsistent_lengths() -> None:
    X, message = np.ones((100, 2)), r"inconsistent numbers of samples: \[100, 90\].*y has 90"
    for given in (X, da.from_array(X, chunks=30), lazy(pd.DataFrame(X), 3)):
        with pytest.raises(DataError, match=message):
            skdask.blocks.open(given, np.ones(90))
    with pytest.raises(DataError, match=message):
        skdask.blocks.open(da.from_array(X, chunks=30), da.ones(90, chunks=30))
    with pytest.raises(DataError, match=r"\[100, 10\].*sample_weight has 10"):
        skdask.blocks.open(X, sample_weight=np.ones(10))


def test_inconsistent_partitions() -> None:
    frame = lazy(pd.DataFrame({"a": np.arange(10.0), "y": range(10)}), 2)
    with pytest.raises(DataError, match="y comes in 3 chunks and X in 2 partitions"):
        skdask.blocks.open(frame[["a"]], da.ones(10, chunks=4))
    blocks = skdask.blocks.open(frame[["a"]], frame["y"][frame["y"] > 6])
    with pytest.raises(DataError, match=r"\[5, 0\].*in partition 0"):
        read_all(blocks)


def test_not_dense_numbers() -> None:
    X = da.ones((4, 2), chunks=2).map_blocks(list, meta=np.empty((0, 0)))
    with pytest.raises(UnsupportedError, match=r"chunk 0 of the Dask Array is a builtins\.list"):
        read_all(skdask.blocks.open(X))
    y = da.ones((4, 1), chunks=(2, 1)).map_blocks(scipy.sparse.csr_matrix)
    with pytest.raises(DataError, match="y in chunk 0 of the Dask Array is sparse"):
        read_all(skdask.blocks.open(da.ones((4, 2), chunks=2), y))
    with pytest.raises(DataError, match="could not convert string to float: 'a'"):
        skdask.blocks.open(np.array([["a", "b"]]))
    with pytest.raises(DataError, match="could not convert string to float: 'a'"):
        skdask.blocks.open(np.array([["a", 1]], dtype=object))
    with pytest.raises(DataError, match="could not convert string to float"):
        skdask.blocks.open(da.from_array(np.array([["a", "b"]])))
    with pytest.raises(DataError, match="Complex data not supported"):
        skdask.blocks.open(np.ones((2, 2), dtype=complex))
    with pytest.raises(DataError, match="sample_weight must be numbers"):
        skdask.blocks.open(np.ones((2, 2)), sample_weight=["a", "b"])


def test_names_without_columns() -> None:
    with pytest.raises(DataError, match="y='y' names a column, and X has no column names"):
        skdask.blocks.open(np.ones((3, 2)), "y")
    with pytest.raises(DataError, match="X has no column names"):
        skdask.blocks.open(np.ones((3, 2)), drop=["a"])


def test_a_chunk_beyond_the_budget() -> None:
    with config.set(memory_limit="1MiB"):
        X = da.ones((100_000, 10), chunks=(50_000, 10))
        with pytest.raises(MemoryBudgetError, match=r"chunk 0 .* needs 3\.81 MiB.*rechunk\("):
            skdask.blocks.open(X)
        frame = lazy(pd.DataFrame(np.ones((50_000, 10))), 2)
        blocks = skdask.blocks.open(frame)
        with pytest.raises(MemoryBudgetError, match=r"partition 0 .*repartition"):
            blocks.counted()


def test_a_row_group_beyond_the_budget(table: Table) -> None:
    with (
        config.set(memory_limit="2KiB"),
        pytest.raises(MemoryBudgetError, match=r"t\.parquet, row group 0 .*row_group_size"),
    ):
        skdask.blocks.open(table.folder / "t.parquet", "y", drop=["text"])


def test_paths(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no.parquet does not exist"):
        skdask.blocks.open(tmp_path / "no.parquet")
    with pytest.raises(DataError, match="is an empty folder"):
        skdask.blocks.open(tmp_path)
    (tmp_path / "a.xls").touch()
    with pytest.raises(DataError, match=r"suffix '.xls', which is not known. Supported are"):
        skdask.blocks.open(tmp_path / "a.xls")
    with pytest.raises(UnsupportedError, match="there is no store s4://"):
        skdask.blocks.open("s4://bucket/data.parquet")
    with pytest.raises(DataError, match="storage_options belong to URLs"):
        skdask.blocks.open(tmp_path / "a.xls", storage_options={"anon": True})
    FRAME.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(UnsupportedError, match="y is a Dask collection and X is a path"):
        skdask.blocks.open(tmp_path / "a.parquet", da.ones(2))


def test_folders_of_different_files(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "1.parquet")
    other = tmp_path / "2.parquet"
    for frame, message in [
        (FRAME.astype({"b": "float32"}), "2.parquet has column 'b' as float, not double"),
        (FRAME.drop(columns="b"), "2.parquet has no column 'b'"),
        (FRAME.assign(c=1), "2.parquet has a column 'c' more"),
    ]:
        frame.to_parquet(other)
        with pytest.raises(DataError, match=message):
            skdask.blocks.open(tmp_path, "y")
    FRAME.to_csv(tmp_path / "3.csv")
    with pytest.raises(DataError, match=r"mixes kinds of files: 1.parquet and 3.csv"):
        skdask.blocks.open(tmp_path, "y")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnsupportedError, match="has folders in it"):
        skdask.blocks.open(tmp_path, "y")


@pytest.mark.parametrize("kind", ["parquet", "arrow", "npy"])
def test_truncated_files(kind: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).random((1000, 3)), columns=list("abc"))
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "arrow":
        frame.to_feather(path)
    else:
        np.save(path, frame.to_numpy())
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ReadError, match=rf"t\.{kind}.*(write it again|Write it again)") as e:
        skdask.blocks.open(path)
    assert e.value.__cause__ is not None


def test_a_damaged_row_group(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    values = np.random.default_rng(0).random(20_000)
    pq.write_table(pa.table({"a": values}), path, row_group_size=10_000, use_dictionary=False)
    data = bytearray(path.read_bytes())
    middle = pq.read_metadata(path).row_group(1).column(0).data_page_offset
    data[middle : middle + 200] = b"\xff" * 200
    path.write_bytes(bytes(data))
    blocks = skdask.blocks.open(path)
    with pytest.raises(ReadError, match=r"cannot read row group 1 of .*t\.parquet") as e:
        read_all(blocks)
    assert e.value.__cause__ is not None


def test_duplicate_columns() -> None:
    frame = pd.DataFrame(np.ones((2, 2)), columns=["a", "a"])
    with pytest.raises(DataError, match="more than one column named 'a'"):
        skdask.blocks.open(frame)
