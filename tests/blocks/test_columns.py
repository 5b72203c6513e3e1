"""Types of features, targets, weights and groups, from pandas, Dask and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skdask.blocks
from skdask import config
from skdask.blocks.columns import _fill, arrow_rows
from skdask.blocks.schema import Layout, matrix_dtype

from .conftest import read_all


@pytest.fixture(params=["pandas", "dask", "parquet", "arrow", "csv"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A function that opens a pandas frame as one kind of source."""

    def open_frame(frame: pd.DataFrame, *args: Any, **kwargs: Any) -> skdask.blocks.Blocks:
        match request.param:
            case "pandas":
                return skdask.blocks.open(frame, *args, **kwargs)
            case "dask":
                X = dd.from_pandas(frame, npartitions=2)
                return skdask.blocks.open(X, *args, **kwargs)
            case "parquet":
                frame.to_parquet(tmp_path / "t.parquet")
            case "arrow":
                frame.to_feather(tmp_path / "t.arrow", compression="uncompressed")
            case "csv":
                frame.to_csv(tmp_path / "t.csv", index=False)
        return skdask.blocks.open(tmp_path / f"t.{request.param}", *args, **kwargs)

    open_frame.kind = request.param  # type: ignore[attr-defined]
    return open_frame


def all_rows(blocks: skdask.blocks.Blocks, part: str) -> np.ndarray:
    return np.concatenate([getattr(block.rows, part) for block in read_all(blocks)])


def test_numbers_of_all_kinds(opened: Any) -> None:
    frame = pd.DataFrame(
        {
            "int8": np.array([1, 2, 3, 4], dtype=np.int8),
            "bool": [True, False, True, True],
            "float": [0.5, np.nan, 1.5, np.inf],
            "nullable": pd.array([1, None, 3, 4], dtype="Int64"),
            "nullable_bool": pd.array([True, None, False, True], dtype="boolean"),
        }
    )
    blocks = opened(frame)
    assert blocks.dtype == np.float64
    expected = frame.astype("float64").to_numpy()
    np.testing.assert_array_equal(all_rows(blocks, "X"), expected)
    assert blocks.feature_names == tuple(frame.columns)


def test_float32_is_kept(opened: Any) -> None:
    frame = pd.DataFrame({"a": np.ones(4, np.float32), "b": np.zeros(4, np.float32)})
    blocks = opened(frame)
    expected = np.float64 if opened.kind == "csv" else np.float32
    assert blocks.dtype == expected
    assert all_rows(blocks, "X").dtype == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 1, 2, 1], np.array([3, 1, 2, 1])),
        ([0.5, np.nan, 1, 2], np.array([0.5, np.nan, 1, 2])),
        (["b", "a", "b", "c"], np.array(["b", "a", "b", "c"], dtype=object)),
        (["b", None, "b", "c"], np.array(["b", None, "b", "c"], dtype=object)),
        ([True, False, True, True], np.array([True, False, True, True])),
        (pd.Categorical(["b", "a", "b", "c"]), np.array(["b", "a", "b", "c"], dtype=object)),
        (pd.Categorical([5, 7, 5, 7]), np.array([5, 7, 5, 7])),
        (pd.array([1, None, 2, 3], dtype="Int64"), np.array([1, np.nan, 2, 3])),
        (pd.array([4, 1, 2, 3], dtype="Int64"), np.array([4, 1, 2, 3])),
    ],
    ids=["int", "float", "text", "text with null", "bool", "category", "category of int",
         "nullable with null", "nullable"],
)  # fmt: skip
def test_target_keeps_its_type(opened: Any, values: Any, expected: np.ndarray) -> None:
    frame = pd.DataFrame({"a": np.arange(4.0), "y": values})
    blocks = opened(frame, "y")
    y = all_rows(blocks, "y")
    np.testing.assert_array_equal(y, expected)
    assert y.dtype.kind == expected.dtype.kind
    assert blocks.y_name == "y"
    assert blocks.feature_names == ("a",)


def test_several_targets_weight_and_groups(opened: Any) -> None:
    frame = pd.DataFrame(
        {
            "a": np.arange(4.0),
            "y1": [1, 2, 3, 4],
            "w": [1, 2, 1, 2],
            "y2": [0.5] * 4,
            "g": list("aabb"),
        }
    )
    blocks = opened(frame, ["y1", "y2"], "w", "g")
    assert (blocks.y_ndim, blocks.n_targets, blocks.y_name) == (2, 2, None)
    assert blocks.has_weight
    assert blocks.has_groups
    np.testing.assert_array_equal(all_rows(blocks, "y"), frame[["y1", "y2"]].to_numpy())
    weight = all_rows(blocks, "sample_weight")
    assert weight.dtype == np.float64
    np.testing.assert_array_equal(weight, frame["w"])
    np.testing.assert_array_equal(all_rows(blocks, "groups"), list("aabb"))
    assert blocks.feature_names == ("a",)


def test_columns_chooses_and_orders(opened: Any) -> None:
    frame = pd.DataFrame({"a": [1.0, 2], "b": [3.0, 4], "t": ["x", "y"], "y": [0, 1]})
    blocks = opened(frame, "y", columns=["b", "a", "y"])
    assert blocks.feature_names == ("b", "a")
    np.testing.assert_array_equal(all_rows(blocks, "X"), [[3, 1], [4, 2]])


def test_companions_in_memory(opened: Any) -> None:
    frame = pd.DataFrame({"a": np.arange(40.0), "b": 1.0})
    y, weight, groups = np.array(list("ab") * 20), np.arange(40), pd.Series(range(40))
    with config.set(block_bytes=300):
        blocks = opened(frame, y, weight, groups)
    assert blocks.n_rows == 40
    np.testing.assert_array_equal(all_rows(blocks, "y"), y)
    np.testing.assert_array_equal(all_rows(blocks, "sample_weight"), weight.astype(float))
    np.testing.assert_array_equal(all_rows(blocks, "groups"), np.arange(40))


def test_arrow_types_that_pandas_does_not_write(tmp_path: Path) -> None:
    table = pa.table(
        {
            "half": pa.array(np.array([1, 2], dtype=np.float16)),
            "decimal": pa.array([1, None], pa.decimal128(5, 2)),
            "null": pa.nulls(2),
            "uint": pa.array([1, None], pa.uint16()),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    X = all_rows(skdask.blocks.open(tmp_path / "t.parquet"), "X")
    np.testing.assert_array_equal(X, [[1, 1, np.nan, 1], [2, np.nan, np.nan, np.nan]])


@pytest.mark.parametrize("dtype", ["int32", "bool", "float16", "float32", "float64"])
def test_array_types(dtype: str) -> None:
    X = np.ones((10, 3)).astype(dtype)
    expected = np.float32 if dtype == "float32" else np.float64
    for given in (X, da.from_array(X, chunks=(4, 2))):
        blocks = skdask.blocks.open(given)
        assert blocks.dtype == expected
        assert all(block.rows.X.dtype == expected for block in read_all(blocks))
        np.testing.assert_array_equal(all_rows(blocks, "X"), X.astype(expected))


def test_arrays_are_views(tmp_path: Path) -> None:
    X = np.ones((100, 3))
    np.save(tmp_path / "X.npy", X)
    with config.set(block_bytes=300):
        for given in (X, np.asfortranarray(X), np.load(tmp_path / "X.npy", mmap_mode="r")):
            for block in read_all(skdask.blocks.open(given)):
                assert np.shares_memory(block.rows.X, given)


def test_dask_targets_of_two_dimensions() -> None:
    X = da.ones((100, 3), chunks=(30, 3))
    Y = np.arange(200).reshape(100, 2)
    blocks = skdask.blocks.open(X, da.from_array(Y, chunks=(50, 1)))
    assert (blocks.y_ndim, blocks.n_targets) == (2, 2)
    np.testing.assert_array_equal(all_rows(blocks, "y"), Y)
    frame = pd.DataFrame({"a": np.arange(10.0), "p": range(10), "q": 1.5})
    lazy = dd.from_pandas(frame, npartitions=3)
    blocks = skdask.blocks.open(lazy[["a"]], lazy[["p", "q"]], lazy["q"], lazy["p"])
    np.testing.assert_array_equal(all_rows(blocks, "y"), frame[["p", "q"]].to_numpy())
    np.testing.assert_array_equal(all_rows(blocks, "sample_weight"), np.full(10, 1.5))
    np.testing.assert_array_equal(all_rows(blocks, "groups"), np.arange(10))


def test_numbered_columns_have_no_feature_names() -> None:
    frame = pd.DataFrame(np.ones((4, 3)))
    assert skdask.blocks.open(frame).feature_names is None
    assert skdask.blocks.open(frame, 2).n_features == 2
    assert skdask.blocks.open(frame, [0, 1, 0, 1]).y_dtype == np.int64
    with pytest.raises(TypeError, match="Feature names are only supported if all input features"):
        skdask.blocks.open(frame.rename(columns={0: "a"}))


@pytest.mark.parametrize(
    "kind",
    [pa.float64(), pa.float32(), pa.int8(), pa.int64(), pa.uint16(), pa.bool_(), pa.decimal128(30)],
)
def test_nulls_of_slices(kind: Any) -> None:
    values = [None if row % 3 == 1 or row % 7 == 0 else row % 2 for row in range(100)]
    column = pa.array(values).cast(kind)
    expected = np.array([np.nan if value is None else value for value in values])
    for start, length in ((0, 100), (3, 50), (8, 20), (17, 0), (99, 1)):
        out = np.empty(length)
        _fill(out, column.slice(start, length))
        np.testing.assert_array_equal(out, expected[start : start + length])


def test_a_batch_that_is_a_block_and_one_that_is_not() -> None:
    random = np.random.default_rng(0)
    for columns in (
        [random.standard_normal(60), random.standard_normal(60)],
        [random.standard_normal(60), random.integers(0, 9, 60), random.random(60) < 0.5],
        [random.standard_normal(60).astype("f4"), random.integers(0, 9, 60).astype("i1")],
        [random.integers(0, 2**60, 60), random.integers(0, 9, 60).astype("u1")],
    ):
        expected = np.column_stack([column.astype(np.float64) for column in columns])
        names = [f"c{number}" for number in range(len(columns))]
        batch = pa.RecordBatch.from_arrays([pa.array(column) for column in columns], names)
        layout = Layout(tuple(names[::-1]), matrix_dtype(column.dtype for column in columns))
        whole = list(arrow_rows([batch], [60], layout, True))
        parts = list(arrow_rows([batch[:7], batch[7:]], [20, 40], layout, True))
        assert [rows.n_rows for rows in parts] == [20, 40]
        for X in (whole[0].X, np.concatenate([rows.X for rows in parts])):
            assert X.dtype == layout.dtype
            np.testing.assert_array_equal(X, expected[:, ::-1])
        assert whole[0].X.flags.f_contiguous
        assert not whole[0].X.flags.writeable
