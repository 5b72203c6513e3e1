"""Dask collections: shared work, projection, unknown chunks, a client."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

import skdask.blocks
from skdask.blocks import graph

from .conftest import read_all


class Counter:
    """Counts calls from any thread."""

    def __init__(self) -> None:
        self.calls = 0
        self.lock = threading.Lock()

    def __call__(self, values: Any) -> Any:
        with self.lock:
            self.calls += 1
        return values


def test_work_that_features_and_target_share_is_done_once() -> None:
    counter = Counter()
    base = da.ones((100, 3), chunks=(20, 3)).map_blocks(counter, meta=np.empty((0, 0)))
    blocks = skdask.blocks.open(base + 1, base.sum(axis=1), base[:, 0])
    read_all(blocks)
    assert counter.calls == 5


def test_a_mean_of_all_chunks_is_computed_once() -> None:
    counter = Counter()
    rng = np.random.default_rng(0)
    values = rng.random((100, 3))
    base = da.from_array(values, chunks=(10, 3)).map_blocks(counter, meta=np.empty((0, 0)))
    read = read_all(skdask.blocks.open((base - base.mean(axis=0)) / base.std(axis=0)))
    X = np.concatenate([block.rows.X for block in read])
    np.testing.assert_allclose(X, (values - values.mean(axis=0)) / values.std(axis=0))
    # at most once for each of the two summaries, and once to read
    assert counter.calls <= 30


def test_only_one_column_is_read_for_lengths(tmp_path: Path) -> None:
    asked: list[Any] = []

    def make(index: int, columns: Any = None) -> pd.DataFrame:
        frame = pd.DataFrame({"a": [1.0] * index, "b": [2.0] * index, "t": ["x"] * index})
        asked.append(None if columns is None else tuple(columns))
        return frame if columns is None else frame[columns]

    X = dd.from_map(make, [3, 0, 5], meta=make(0), enforce_metadata=False)
    asked.clear()
    counted = skdask.blocks.open(X, drop="t").counted()
    assert counted.n_rows == 8
    assert counted.n_blocks == 1
    assert set(asked) == {("a",)}


def test_partitions_of_parquet_are_not_joined_by_projection(tmp_path: Path) -> None:
    # dask joins partitions when few columns are left, and X and y would not match
    frame = pd.DataFrame({f"c{i}": np.arange(100.0) for i in range(20)})
    for start in range(0, 100, 10):
        frame[start : start + 10].to_parquet(tmp_path / f"{start:03}.parquet")
    X = dd.read_parquet(tmp_path)
    blocks = skdask.blocks.open(X[["c1", "c2"]], X["c3"], X["c4"])
    for features in (True, False):
        y = np.concatenate([b.rows.y for b in read_all(blocks, features=features)])
        np.testing.assert_array_equal(y, frame["c3"])


def test_arrays_of_frames_with_unknown_chunks() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0), "b": 1.0, "y": range(50)})
    X = dd.from_pandas(frame, npartitions=4).query("a >= 20")
    blocks = skdask.blocks.open(X[["a", "b"]].values, X["y"].values)
    assert blocks.n_rows is None
    assert blocks.units == tuple(range(i, i + 1) for i in range(4))
    assert blocks.counted().n_rows == 30
    y = np.concatenate([block.rows.y for block in read_all(blocks)])
    np.testing.assert_array_equal(y, range(20, 50))


def test_a_client_computes_what_lives_on_its_cluster() -> None:
    from distributed import Client

    values = np.arange(60.0).reshape(20, 3)
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None):
        X = da.from_array(values, chunks=(5, 3)).persist()
        blocks = skdask.blocks.open(X, X[:, 0])
        read = read_all(blocks)
    np.testing.assert_array_equal(np.concatenate([b.rows.X for b in read]), values)


def test_target_of_other_divisions() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0), "y": range(50)})
    X = dd.from_pandas(frame[["a"]], npartitions=4)
    blocks = skdask.blocks.open(X, dd.from_pandas(frame["y"], npartitions=3))
    y = np.concatenate([block.rows.y for block in read_all(blocks)])
    np.testing.assert_array_equal(y, range(50))


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_column_chunks(columns: int) -> None:
    values = np.arange(80.0).reshape(20, 4)
    X = da.from_array(values, chunks=(6, columns))
    blocks = skdask.blocks.open(X)
    np.testing.assert_array_equal(np.concatenate([b.rows.X for b in read_all(blocks)]), values)


def test_rows_of_features_alone_are_counted() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0)})
    X = dd.from_pandas(frame, npartitions=4)
    read = read_all(skdask.blocks.open(X.query("a > 9")), features=False)
    assert sum(block.rows.n_rows for block in read) == 40


def test_the_place_of_an_error_within_the_graph() -> None:
    def fail(values: Any, block_info: Any = None) -> Any:
        if block_info is not None and block_info[0]["chunk-location"][0] == 2:
            raise RuntimeError("no disk")
        return values

    X = da.ones((100, 3), chunks=(20, 3)).map_blocks(fail, dtype=float)
    with pytest.raises(RuntimeError, match="no disk") as error:
        read_all(skdask.blocks.open(X))
    assert error.value.__notes__ == ["skdask was reading chunk 2 of the Dask Array"]


def test_large_shared_results_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from skdask.blocks import graph

    monkeypatch.setattr(graph, "KEPT_BYTES", 1000)
    values = np.arange(4000.0).reshape(1000, 4)
    # one chunk of all rows feeds every piece, and so does the mean
    whole = da.from_array(values, chunks=(1000, 4)).map_blocks(np.copy)
    X = whole.rechunk((100, 4))
    blocks = skdask.blocks.open(X - X.mean(axis=0))
    expected = values - values.mean(axis=0)
    np.testing.assert_allclose(np.concatenate([b.rows.X for b in read_all(blocks)]), expected)
    kept = blocks._source._graphs["all"].tasks  # type: ignore[attr-defined]
    assert any("mean" in str(k) and not task.dependencies for k, task in kept.items())


def test_a_series_is_no_matrix() -> None:
    series = dd.from_pandas(pd.Series([1.0, 2.0], name="a"), npartitions=1)
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
        skdask.blocks.open(series)


def test_data_in_memory_is_handed_out_without_a_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the scheduler was asked")

    monkeypatch.setattr(graph, "get_sync", refuse)
    rows = np.arange(60.0).reshape(20, 3)
    for lazy in (
        da.from_array(rows, chunks=(6, 3)),
        da.from_array(rows, chunks=(20, 3))[4:, :],
        da.concatenate([da.from_array(rows, chunks=(7, 3)), da.from_array(rows, chunks=(9, 3))]),
    ):
        found = [block.rows.X for block in read_all(skdask.blocks.open(lazy))]
        monkeypatch.undo()
        np.testing.assert_array_equal(np.concatenate(found), lazy.compute())
        monkeypatch.setattr(graph, "get_sync", refuse)
