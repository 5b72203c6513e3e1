"""The block cache: the same bits, whole files only, nothing left behind, and never an error."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import skdask.blocks
from skdask import config
from skdask.blocks import Blocks, cache, cache_folder
from skdask.blocks.cache_file import Damaged, NotStorable, map_rows, write_rows
from skdask.blocks.cache_folder import HELD, CacheRoot
from skdask.rows import Rows

from .conftest import KINDS, NAMES, Table, open_as, read_all

pytestmark = pytest.mark.skipif(not cache_folder.is_available(), reason="needs file locks")

# sources whose rows are in memory or mapped as they are
CHEAP = {
    "numpy", "fortran", "list", "memmap", "npy", "pandas", "dask array", "dask array, dask y",
    "dask array, unknown chunks", "dask frame", "dask frame, series", "dask frame, memory", "arrow",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path):
    with config.set(cache_dir=str(tmp_path / "cache"), cache_limit="1GiB", cache=True):
        yield tmp_path / "cache"
    HELD.release_all()


def written(blocks: Blocks) -> Blocks:
    blocks.begin_pass(write=True)
    read_all(blocks)
    blocks.begin_pass(write=False)
    return blocks


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*.block"))


def assert_same(found: list[Any], expected: list[Any]) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours.index, ours.first_row, ours.where) == (
            theirs.index,
            theirs.first_row,
            theirs.where,
        )
        for role in ("X", "y", "sample_weight", "groups"):
            a, b = getattr(ours.rows, role), getattr(theirs.rows, role)
            if b is None:
                assert a is None
                continue
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
            if role == "X":
                assert a.flags.f_contiguous or not b.flags.f_contiguous
                assert a.flags.c_contiguous or not b.flags.c_contiguous


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in CHEAP])
@pytest.mark.parametrize("block_bytes", [2**24, 5000, 700])
def test_same_blocks_from_the_cache(
    kind: str, block_bytes: int, table: Table, folder: Path
) -> None:
    with config.set(block_bytes=block_bytes):
        blocks = written(open_as(kind, table))
    expected = read_all(open_as(kind, table)) if block_bytes == 2**24 else None
    assert len(files(folder)) == blocks.n_blocks
    found = read_all(blocks)
    assert all(block.cached for block in found)
    assert all(not block.rows.X.flags.writeable for block in found)
    if expected is not None:
        assert_same(found, expected)
    np.testing.assert_array_equal(np.concatenate([b.rows.X for b in found]), table.X)
    bare = read_all(blocks, features=False)
    assert all(block.cached and block.rows.X is None for block in bare)
    np.testing.assert_array_equal(np.concatenate([b.rows.y for b in bare]), table.y)


@pytest.mark.parametrize("kind", sorted(CHEAP))
def test_what_is_in_memory_is_not_copied(kind: str, table: Table, folder: Path) -> None:
    blocks = written(open_as(kind, table))
    assert not files(folder)
    assert "not cached" in blocks.describe()


def test_a_second_pass_does_not_touch_the_source(
    table: Table, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = written(open_as("parquet", table))

    def fail(*_: Any) -> None:
        raise AssertionError("the source was read")

    monkeypatch.setattr(type(blocks._reader.source), "read", fail)
    monkeypatch.setattr(type(blocks._reader.source), "read_whole", fail)
    assert len(read_all(blocks)) == blocks.n_blocks
    assert len(read_all(blocks, features=False)) == blocks.n_blocks


def test_reading_alone_writes_nothing(table: Table, folder: Path) -> None:
    blocks = open_as("parquet", table)
    read_all(blocks)
    blocks.begin_pass(write=False)
    assert not any(block.cached for block in read_all(blocks))
    blocks.begin_pass(write=True)
    read_all(blocks, features=False)
    assert not files(folder)


def test_a_lazy_graph_is_cached_while_its_blocks_live(folder: Path) -> None:
    X = da.random.default_rng(0).random((500, 3), chunks=(50, 3))
    blocks = written(skdask.blocks.open(X, np.arange(500)))
    assert all(block.cached for block in read_all(blocks))
    np.testing.assert_array_equal(blocks.head(500)[0], X.compute())
    # the same name may stand for other content, so that nobody else finds these
    other = skdask.blocks.open(X, np.arange(500))
    other.begin_pass(write=False)
    assert not any(block.cached for block in read_all(other))
    del blocks
    assert not files(folder)


def test_unknown_lengths(folder: Path) -> None:
    frame = pd.DataFrame(np.arange(300.0).reshape(100, 3), columns=list("abc"))
    lazy = dd.from_pandas(frame, npartitions=5).query("a > 30")
    blocks = written(skdask.blocks.open(lazy, "c"))
    assert blocks.n_rows is None
    found = read_all(blocks)
    assert all(block.cached for block in found)
    X = np.concatenate([block.rows.X for block in found])
    np.testing.assert_array_equal(X, frame.query("a > 30")[["a", "b"]])


def test_text_that_travels_with_the_rows(tmp_path: Path, folder: Path) -> None:
    text = ["no", None, "yes", "no", "ü", ""]
    frame = pd.DataFrame({"a": np.arange(6.0), "y": text, "g": "x"})
    frame.to_parquet(tmp_path / "t.parquet")

    def opened() -> Blocks:
        return skdask.blocks.open(tmp_path / "t.parquet", "y", groups="g")

    found, expected = read_all(written(opened())), read_all(opened())
    assert found[0].cached
    assert found[0].rows.y.tolist() == expected[0].rows.y.tolist() == text
    assert found[0].rows.groups.tolist() == ["x"] * 6


@pytest.mark.parametrize(
    "rows",
    [
        Rows(0, np.empty((0, 3)), np.empty(0, dtype="M8[ns]")),
        Rows(2, np.ones((2, 1), np.float32), np.array([["a", "b"], [None, "a"]], object)),
        Rows(4, np.arange(40.0).reshape(8, 5, order="F")[2:6], np.arange(4), np.ones(8)[::2]),
        Rows(4, np.arange(40.0).reshape(4, 10)[:, ::2], np.array(["x", "yy", "z", ""])),
        Rows(3, sparse.csr_array(np.arange(27.0).reshape(3, 9) % 3), np.arange(3)),
        Rows(3),
    ],
)
def test_round_trip(rows: Rows, tmp_path: Path) -> None:
    path = str(tmp_path / "rows")
    with open(path, "xb") as file:
        assert write_rows(file, rows) == file.tell()
    found = map_rows(path, features=True)
    assert found.n_rows == rows.n_rows
    if sparse.issparse(rows.X):
        assert (found.X != rows.X).nnz == 0
        assert found.X.indices.dtype == rows.X.indices.dtype
    elif rows.X is not None:
        assert found.X.dtype == rows.X.dtype
        np.testing.assert_array_equal(found.X, rows.X)
    for role in ("y", "sample_weight", "groups"):
        ours, theirs = getattr(found, role), getattr(rows, role)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)
    assert map_rows(path, features=False).X is None


FRAMES = {
    "numbers": pd.DataFrame({"a": [1.5, np.nan, -0.0], "b": np.float32([1, 2, 3]), 7: [1, 2, 3]}),
    "text": pd.DataFrame({"a": pd.Series(["x", None, "ü"], dtype="str"), "b": ["", "a", "b"]}),
    "categories": pd.DataFrame(
        {"a": pd.Categorical(["u", None, "u"], ["v", "u"]), "b": pd.Categorical([3, 1, 3])}
    ),
    "gaps": pd.DataFrame(
        {"a": pd.array([1, None, 3], "Int64"), "b": pd.array([True, None, False], "boolean")}
    ),
    "dates": pd.DataFrame(
        {
            "a": pd.to_datetime(["2026-01-01", None, "2026-03-01"]),
            "b": pd.to_datetime(["2026-01-01", None, "2026-03-01"]).tz_localize("UTC"),
            "c": pd.to_timedelta([1, 2, None]),
        }
    ),
    "flags": pd.DataFrame({"a": [True, False, True]}),
    "no rows": pd.DataFrame({"a": [1.0], "b": ["x"]}).iloc[:0],
}


def skip_where_text_is_objects() -> None:
    """Before pandas 3 a column of text may hold any objects, which are not kept."""
    if pd.Series(["x"]).dtype == object:
        pytest.skip("text is a column of objects")


@pytest.mark.parametrize("name", FRAMES)
def test_round_trip_of_frames(name: str, tmp_path: Path) -> None:
    frame = FRAMES[name]
    if name == "text":
        skip_where_text_is_objects()
    path = str(tmp_path / "rows")
    with open(path, "xb") as file:
        written = write_rows(file, Rows(len(frame), frame, np.arange(len(frame))))
        assert written == file.tell()
    found = map_rows(path, features=True)
    pd.testing.assert_frame_equal(found.X, frame.reset_index(drop=True))
    np.testing.assert_array_equal(found.y, np.arange(len(frame)))
    assert map_rows(path, features=False).X is None
    if name == "numbers":
        assert np.signbit(found.X["a"].iloc[2])
        assert not found.X["a"].to_numpy().flags.owndata


def test_tables_of_csv_are_cached(tmp_path: Path, folder: Path) -> None:
    skip_where_text_is_objects()
    frame = pd.DataFrame({"a": ["x", None, "y"] * 50, "b": np.arange(150.0), "y": np.arange(150)})
    frame.to_csv(tmp_path / "t.csv", index=False)

    def opened() -> Blocks:
        return skdask.blocks.open(tmp_path / "t.csv", "y").as_tables()

    with config.set(block_bytes=700):
        found, expected = read_all(written(opened())), read_all(opened())
    assert len(found) > 1
    assert all(block.cached for block in found)
    for ours, theirs in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(ours.rows.X, theirs.rows.X)
        np.testing.assert_array_equal(ours.rows.y, theirs.rows.y)


def test_frames_of_objects_are_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": pd.Series(["x", 3, None], dtype=object)})
    with open(tmp_path / "rows", "wb") as file, pytest.raises(NotStorable, match="object"):
        write_rows(file, Rows(3, frame))
    assert os.path.getsize(tmp_path / "rows") == 0


def test_objects_are_refused(tmp_path: Path, folder: Path) -> None:
    for values in ([1, "a"], [b"a", b"b"], ["a", np.nan], [(1,), (2,)]):
        y = np.empty(2, object)
        y[:] = values
        with open(tmp_path / "rows", "wb") as file, pytest.raises(NotStorable, match="y holds"):
            write_rows(file, Rows(2, None, y))
        assert os.path.getsize(tmp_path / "rows") == 0


def test_damaged_files_are_dropped(table: Table, folder: Path) -> None:
    with config.set(block_bytes=5000):
        blocks = written(open_as("parquet", table))
    cut, wiped, flipped, *others = files(folder)
    os.truncate(cut, 5000)
    os.truncate(wiped, 0)
    content = bytearray(flipped.read_bytes())
    content[20] ^= 1
    flipped.write_bytes(content)
    for path in (cut, wiped, flipped):
        with pytest.raises(Damaged):
            map_rows(str(path), features=True)
    found = read_all(blocks)
    np.testing.assert_array_equal(np.concatenate([b.rows.X for b in found]), table.X)
    assert files(folder) == others
    assert sum(block.cached for block in found) == len(others)
    assert all(block.cached for block in read_all(written(blocks)))


def test_changed_files_are_read_again(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}).to_csv(path, index=False)
    written(skdask.blocks.open(path))
    os.utime(path, ns=(0, 0))
    blocks = skdask.blocks.open(path)
    blocks.begin_pass(write=False)
    assert not read_all(blocks)[0].cached


def test_other_columns_and_filters_are_other_data(table: Table, folder: Path) -> None:
    path = table.folder / "t.parquet"
    written(skdask.blocks.open(path, columns=NAMES))
    for others in ({"columns": NAMES[:2]}, {"columns": NAMES, "filters": [("y", ">", 0)]}):
        blocks = skdask.blocks.open(path, **others)
        blocks.begin_pass(write=False)
        assert not any(block.cached for block in read_all(blocks))


def test_tables_and_matrices_of_one_graph_are_kept_apart(folder: Path) -> None:
    frame = pd.DataFrame(np.ones((100, 3)), columns=list("abc"))
    blocks = written(skdask.blocks.open(dd.from_pandas(frame, npartitions=3).query("a > 0")))
    assert all(block.cached for block in read_all(blocks))
    tables = written(blocks.as_tables())
    found = read_all(tables)
    assert all(block.cached for block in found)
    pd.testing.assert_frame_equal(found[0].rows.X, frame.iloc[: len(found[0].rows.X)])


def test_what_does_not_fit_is_decoded_each_time(table: Table, folder: Path) -> None:
    with config.set(cache_limit=100_000, block_bytes=5000):
        blocks = written(open_as("parquet", table))
    first, again = ([b.cached for b in read_all(blocks)] for _ in range(2))
    assert first == again, "what was cached stays"
    assert 0 < sum(first) < blocks.n_blocks
    assert first[0]
    assert sum(path.stat().st_size for path in files(folder)) <= 100_000
    assert "full" in blocks.cache.stopped


def test_the_least_recently_used_data_go(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(name: str) -> Blocks:
        path = tmp_path / f"{name}.parquet"
        pd.DataFrame(np.ones((1000, 10)), columns=list("abcdefghij")).to_parquet(path)
        return skdask.blocks.open(path)

    def is_cached(blocks: Blocks) -> bool:
        return blocks.cache is not None and Path(blocks.cache._path(), "0.block").exists()

    with config.set(cache_limit=250_000):
        old, newer, newest = opened("old"), opened("newer"), opened("newest")
        for age, blocks in ((200, old), (100, newer)):
            written(blocks)
            then = time.time() - age
            os.utime(Path(blocks.cache._path(), "lock"), (then, then))
        written(newest)
        assert (is_cached(old), is_cached(newer), is_cached(newest)) == (False, True, True)
        # what was used just now is not taken from those who use it
        monkeypatch.setattr(cache_folder, "IN_USE_SECONDS", 1000)
        written(old)
        assert not is_cached(old)


def test_a_full_disk_stops_the_cache_and_nothing_else(
    table: Table, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Any, rows: Rows) -> int:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "write_rows", full)
    blocks = written(open_as("parquet", table))
    assert "No space left" in blocks.cache.stopped
    assert not list(folder.glob("*/*/*.part"))
    np.testing.assert_array_equal(blocks.head(1000)[0], table.X)


def test_switched_off(table: Table, folder: Path) -> None:
    with config.set(cache=False):
        blocks = written(open_as("parquet", table))
    assert blocks.cache is None
    assert "switched off" in blocks.describe()
    assert not folder.exists()


def test_a_folder_of_others_is_not_trusted(table: Table, folder: Path) -> None:
    path = Path(CacheRoot.path_in(str(folder)))
    path.mkdir(parents=True, mode=0o700)
    path.chmod(0o777)
    blocks = written(open_as("parquet", table))
    assert "not a folder of this user alone" in blocks.cache.stopped
    assert not any(block.cached for block in read_all(blocks))
    path.rmdir()
    (folder / "elsewhere").mkdir(mode=0o700)
    path.symlink_to(folder / "elsewhere")
    assert "not a folder" in written(open_as("parquet", table)).cache.stopped


def test_a_pickled_reader_uses_the_same_files(table: Table, folder: Path) -> None:
    blocks = open_as("parquet", table)
    blocks.begin_pass(write=True)
    reader = pickle.loads(pickle.dumps(blocks._reader))
    for unit in range(len(blocks.units)):
        list(reader.read(unit))
    assert all(block.cached for block in read_all(blocks))


CHILD = """
    import os, signal, sys
    import skdask.blocks
    blocks = skdask.blocks.open(sys.argv[1], "y", drop=["text"])
    blocks.begin_pass(write=True)
    first = [b.cached for unit in range(len(blocks.units)) for b in blocks.read(unit)]
    again = [b.cached for unit in range(len(blocks.units)) for b in blocks.read(unit)]
    print(sum(first), sum(again), blocks.n_blocks, flush=True)
    if sys.argv[2:] == ["killed"]:
        os.kill(os.getpid(), signal.SIGKILL)
    if sys.argv[2:] == ["waits"]:
        sys.stdin.read()
"""


def child(table: Table, folder: Path, *how: str, keep: bool = False) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "SKDASK_CACHE_DIR": str(folder),
        "SKDASK_CACHE": "keep" if keep else "1",
        "SKDASK_BLOCK_BYTES": "5000",
    }
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(table.folder / "t.parquet"), *how],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen[str]) -> list[int]:
    out, _ = process.communicate(timeout=60)
    return [int(word) for word in out.split()]


def test_removed_at_exit_and_swept_after_a_crash(table: Table, tmp_path: Path) -> None:
    first, again, n_blocks = answer(child(table, tmp_path))
    assert (first, again) == (0, n_blocks)
    assert not list(tmp_path.glob("*/*"))
    killed = child(table, tmp_path, "killed")
    answer(killed)
    assert killed.returncode == -signal.SIGKILL
    assert files(tmp_path)
    HELD._swept.clear()
    with config.set(cache_dir=str(tmp_path)):
        other = skdask.blocks.open(table.folder / "t.csv", "y", drop=["text"])
        written(other)
    assert len(files(tmp_path)) == other.n_blocks, "what the dead process left is gone"
    HELD.release_all()
    assert not list(tmp_path.glob("*/*"))


def test_processes_share_what_one_has_decoded(table: Table, tmp_path: Path) -> None:
    waiting = child(table, tmp_path, "waits")
    assert waiting.stdout is not None
    _, _, n_blocks = map(int, waiting.stdout.readline().split())
    assert answer(child(table, tmp_path)) == [n_blocks, n_blocks, n_blocks]
    assert len(files(tmp_path)) == n_blocks, "the first one still uses them"
    waiting.communicate(timeout=60)
    assert not list(tmp_path.glob("*/*"))


def test_two_processes_write_at_once(table: Table, tmp_path: Path) -> None:
    found = [answer(process) for process in [child(table, tmp_path, keep=True) for _ in range(2)]]
    assert all(again == n_blocks for _, again, n_blocks in found)
    first, _, n_blocks = answer(child(table, tmp_path, keep=True))
    assert first == n_blocks == len(files(tmp_path)), "kept for later processes"
    assert not list(tmp_path.glob("*/*/*.part"))
