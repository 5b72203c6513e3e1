"""Tables of several types: blocks are frames, in the types that pandas has for the columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

import skdask.blocks
from skdask import config
from skdask.blocks.columns import matrix_of
from skdask.exceptions import DataError
from skdask.linear_model import Ridge
from skdask.passes import ask, run
from skdask.rows import bytes_of
from skdask.statistics import Moments

from .conftest import read_all

N = 120


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "price": random.normal(size=N),
            "rooms": random.integers(0, 5, N),
            "new": random.random(N) > 0.5,
            "floor": pd.array([None, 1, 2, 3] * 30, dtype="Int64"),
            "lift": pd.array([None, True] * 60, dtype="boolean"),
            "kind": pd.Categorical(["flat", "house", "loft", "flat"] * 30),
            "city": ["Lima", "Quito", None, "Bogota"] * 30,
            "sold": pd.date_range("2020-01-01", periods=N),
            "y": random.normal(size=N),
        }
    )


KINDS = ["pandas", "dask", "parquet", "arrow", "csv"]


def given(kind: str, folder: Path) -> Any:
    frame = table()
    if kind == "pandas":
        return frame
    if kind == "dask":
        return dd.from_pandas(frame, npartitions=4)
    if kind == "parquet":
        frame.to_parquet(folder / "t.parquet", row_group_size=33)
    elif kind == "arrow":
        frame.to_feather(folder / "t.arrow", chunksize=50)
    else:
        frame.to_csv(folder / "t.csv", index=False)
    return folder / f"t.{kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_columns_keep_their_types(kind: str, tmp_path: Path) -> None:
    with config.set(block_bytes=2000):
        blocks = skdask.blocks.open(given(kind, tmp_path), "y", drop=["sold"])
    assert blocks.table
    parts = [block.rows.X for block in read_all(blocks)]
    assert len(parts) >= 2
    whole = pd.concat(parts, ignore_index=True)
    expected = table().drop(columns=["y", "sold"])
    for name in expected:
        values = whole[name].astype(object).where(whole[name].notna(), None)
        known = expected[name].astype(object).where(expected[name].notna(), None)
        assert values.tolist() == known.tolist(), name
    for part in parts:
        assert part.columns.tolist() == expected.columns.tolist()
        assert part["rooms"].dtype == np.int64
        if kind != "csv":
            assert part["kind"].dtype == "category"
            assert part.dtypes.astype(str).tolist() == blocks.template.dtypes.astype(str).tolist()
            assert str(part["floor"].dtype) == "Int64"
            assert str(part["lift"].dtype) == "boolean"


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_alone_are_matrices_unless_asked(kind: str, tmp_path: Path) -> None:
    X = given(kind, tmp_path)
    blocks = skdask.blocks.open(X, "y", columns=["price", "rooms", "floor", "new"])
    matrices = np.concatenate([block.rows.X for block in read_all(blocks)])
    assert matrices.dtype == np.float64
    frames = read_all(blocks.as_tables())
    assert {type(block.rows.X) for block in frames} == {pd.DataFrame}
    again = np.concatenate([matrix_of(block.rows.X) for block in frames])
    np.testing.assert_array_equal(again, matrices)
    assert blocks.as_matrices() is blocks
    assert not blocks.as_tables().as_matrices().table


@pytest.mark.parametrize("kind", ["dask", "parquet", "csv"])
def test_who_needs_a_matrix_says_which_column_is_none(kind: str, tmp_path: Path) -> None:
    X = given(kind, tmp_path)
    with pytest.raises(DataError, match=r"Features must be numbers.*'city' \(.*drop=\["):
        Ridge().fit(X, "y")
    blocks = skdask.blocks.open(X, "y", columns=["price", "city"])
    with pytest.raises(ValueError, match=r"could not convert string to float: 'Lima'.*Found in"):
        run([ask(Moments(), asked_by="Ridge")], blocks, what="Ridge")


@pytest.mark.parametrize("kind", ["pandas", "dask", "parquet", "arrow", "csv"])
def test_bytes_of_text_are_estimated(kind: str, tmp_path: Path) -> None:
    blocks = skdask.blocks.open(given(kind, tmp_path), "y", columns=["price", "city", "kind"])
    frames = [block.rows.X for block in read_all(blocks)]
    found = sum(map(bytes_of, frames))
    assert found <= N * blocks._schema.row_bytes <= 12 * found


def test_long_text_makes_shorter_blocks(tmp_path: Path) -> None:
    for length in (10, 1000):
        frame = pd.DataFrame({"s": [f"{i:04d}" + "x" * length for i in range(500)]})
        frame.to_parquet(tmp_path / f"{length}.parquet")
    with config.set(block_bytes=50_000):
        short, long = (skdask.blocks.open(tmp_path / f"{n}.parquet") for n in (10, 1000))
    assert short.n_blocks == 1
    assert long.n_blocks >= 10


def test_a_partition_of_another_type() -> None:
    def spoilt(part: pd.DataFrame, partition_info: Any = None) -> pd.DataFrame:
        if partition_info and partition_info["number"] == 2:
            return part.assign(price="much")
        return part

    X = dd.from_pandas(table(), npartitions=4)
    X = X.map_partitions(spoilt, meta=X._meta)
    with pytest.raises(DataError, match=r"column 'price' of partition 2 .* of type float64"):
        read_all(skdask.blocks.open(X, "y"))


def test_as_a_dask_frame(tmp_path: Path) -> None:
    blocks = skdask.blocks.open(given("parquet", tmp_path), "y")
    lazy = blocks.to_dask()
    assert str(lazy.dtypes["floor"]) == "Int64"
    assert lazy.compute()["city"].tolist()[:2] == ["Lima", "Quito"]
