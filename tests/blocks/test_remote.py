"""Remote stores: a local S3 server, failures that pass and failures that do not."""

from __future__ import annotations

import io
import multiprocessing
import pickle
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdask.blocks
from skdask import config
from skdask.blocks import is_big, parquet, remote, retries, stores
from skdask.blocks.files import find_files
from skdask.cli.main import main
from skdask.exceptions import DataError, ReadError
from skdask.linear_model import Ridge

from .conftest import read_all

pytest.importorskip("s3fs")
pytest.importorskip("moto.server")

N_ROWS, COLUMNS = 4000, [f"c{number}" for number in range(8)]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.standard_normal((N_ROWS, 8)), columns=COLUMNS)
    frame["y"] = frame.sum(axis=1) + random.standard_normal(N_ROWS)
    return frame


@pytest.fixture(scope="module")
def s3(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Storage options of a server of this process, its bucket filled."""
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {"key": "an-id", "secret": "not-to-be-shown", "endpoint_url": f"http://{host}:{port}"}
    bucket = s3fs.S3FileSystem(**options)
    bucket.mkdir("data")
    for part in range(4):
        rows = frame.iloc[part * 1000 : (part + 1) * 1000]
        bucket.pipe(f"data/trips/part.{part}.parquet", rows.to_parquet(row_group_size=300))
        bucket.pipe(f"data/csv/part.{part}.csv", rows.to_csv(index=False).encode())
        bucket.pipe(f"data/hive/half={part // 2}/{part}.parquet", rows.to_parquet())
    bucket.pipe("data/trips/_SUCCESS", b"")
    for name, order in (("c", "C"), ("f", "F")):
        stream = io.BytesIO()
        np.save(stream, np.asarray(frame[COLUMNS], order=order))  # type: ignore[call-overload]
        bucket.pipe(f"data/{name}.npy", stream.getvalue())
    stream = io.BytesIO()
    np.save(stream, frame["y"].to_numpy())
    bucket.pipe("data/y.npy", stream.getvalue())
    stream = io.BytesIO()
    frame.to_feather(stream, chunksize=700)
    bucket.pipe("data/t.feather", stream.getvalue())
    try:
        yield options
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_WAIT", 1e-4)


@pytest.mark.parametrize(
    "path",
    [
        "s3://data/trips/", "s3://data/trips", "s3://data/trips/part.*.parquet", "s3://data/csv",
        [f"s3://data/trips/part.{part}.parquet" for part in range(4)], "s3://data/t.feather",
        "s3://data/hive",
    ],
)  # fmt: skip
def test_tables(path: Any, s3: dict[str, Any], frame: pd.DataFrame) -> None:
    assert is_big(path)
    with config.set(block_bytes=2**14):
        blocks = skdask.blocks.open(path, "y", columns=COLUMNS, storage_options=s3)
    assert blocks.n_rows == N_ROWS
    copied = pickle.loads(pickle.dumps(blocks))
    for opened in (blocks, copied):
        X = np.concatenate([block.rows.X for block in read_all(opened)])
        np.testing.assert_array_equal(X, frame[COLUMNS])
    assert s3["secret"] not in repr(blocks) + blocks.describe() + repr(vars(blocks._source))


@pytest.mark.parametrize("name", ["c", "f"])
def test_arrays(name: str, s3: dict[str, Any], frame: pd.DataFrame) -> None:
    with config.set(block_bytes=2**14):
        path = f"s3://data/{name}.npy"
        blocks = skdask.blocks.open(path, "s3://data/y.npy", storage_options=s3)
    assert blocks.n_blocks > 5
    read = read_all(blocks)
    np.testing.assert_array_equal(np.concatenate([block.rows.X for block in read]), frame[COLUMNS])
    np.testing.assert_array_equal(np.concatenate([block.rows.y for block in read]), frame["y"])


def test_a_fit_with_credentials_of_the_environment(
    s3: dict[str, Any], frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3["key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3["secret"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3["endpoint_url"])
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    expected = Ridge().fit(frame[COLUMNS], frame["y"])
    fitted = Ridge().fit("s3://data/trips/", "y")
    np.testing.assert_allclose(fitted.coef_, expected.coef_, rtol=1e-10)
    predicted = fitted.predict("s3://data/trips/part.2.parquet").compute()
    np.testing.assert_allclose(predicted, expected.predict(frame[COLUMNS])[2000:3000])


def rows_of_a_unit(blocks: Any, results: Any) -> None:
    results.put(sum(block.rows.n_rows for block in blocks.read(0)))


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_another_process_connects_by_itself(method: str, s3: dict[str, Any]) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    blocks = skdask.blocks.open("s3://data/trips/", "y", storage_options=s3)
    assert read_all(blocks), "this process has a connection, and a thread that serves it"
    context = multiprocessing.get_context(method)
    results = context.Queue()
    child = context.Process(target=rows_of_a_unit, args=(blocks, results))
    child.start()
    try:
        assert results.get(timeout=60) == N_ROWS
    finally:
        child.kill()
        child.join()


def test_commands(
    s3: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frame: pd.DataFrame
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3["key"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3["secret"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3["endpoint_url"])
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    model, out = str(tmp_path / "m.skops"), tmp_path / "out"
    path = "s3://data/trips/"
    fitting = ["fit", path, "--target", "y", "--model", "ridge"]
    assert main([*fitting, "--out", model]) == 0
    assert main(["predict", "--model-file", model, path, "--out", str(out)]) == 0
    predicted = pd.read_parquet(out)["prediction"]
    local = make_pipeline(StandardScaler(), Ridge()).fit(frame[COLUMNS], frame["y"])
    np.testing.assert_allclose(predicted, local.predict(frame[COLUMNS]))
    assert main(["predict", "--model-file", model, path, "--out", "s3://data/out"]) == 2
    assert main([*fitting, "--out", "s3://data/m.skops"]) == 2


def test_same_bits_as_local_files(s3: dict[str, Any], frame: pd.DataFrame, tmp_path: Path) -> None:
    for part in range(4):
        rows = frame.iloc[part * 1000 : (part + 1) * 1000]
        rows.to_parquet(tmp_path / f"part.{part}.parquet", row_group_size=300)
    with config.set(block_bytes=2**14):
        far = skdask.blocks.open("s3://data/trips/", "y", storage_options=s3)
        near = skdask.blocks.open(tmp_path, "y")
    assert Ridge().fit(far).coef_.tobytes() == Ridge().fit(near).coef_.tobytes()


def test_what_is_not_there(s3: dict[str, Any]) -> None:
    for path in ("s3://data/no.parquet", "s3://no-bucket/a/", "s3://data/no-*.csv"):
        with pytest.raises(FileNotFoundError, match=f"{path[:12]}.* does not exist"):
            skdask.blocks.open(path, storage_options=s3)
    with pytest.raises(DataError, match="local and remote ones"):
        skdask.blocks.open(["s3://data/a.csv", "b.csv"], storage_options=s3)
    with pytest.raises(DataError, match="storage_options= belong to a URL"):
        skdask.blocks.open(np.ones((3, 2)), storage_options=s3)


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", refuse)
    with pytest.raises(ImportError, match=r"pip install 'scikit-dask\[s3\]'"):
        skdask.blocks.open("s3://data/trips/")


class Flaky:
    """Counts requests of ranges, and fails the first of them."""

    def __init__(self, filesystem: Any, failures: int, error: Exception) -> None:
        self.filesystem, self.left, self.error = filesystem, failures, error
        self.requests: list[tuple[str, int, int]] = []

    def cat_ranges(self, paths: Any, starts: Any, stops: Any, on_error: str) -> list[Any]:
        answers = self.filesystem.cat_ranges(paths, starts, stops, on_error=on_error)
        for number, request in enumerate(zip(paths, starts, stops, strict=True)):
            self.requests.append(request)
            if self.left:
                self.left -= 1
                answers[number] = self.error
        return answers

    def __getattr__(self, name: str) -> Any:
        return getattr(self.filesystem, name)

    @property
    def n_bytes(self) -> int:
        return sum(stop - start for _, start, stop in self.requests)


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that puts a `Flaky` before the store's filesystem."""
    original = stores.RemoteStore.at

    def install(failures: int, error: Exception) -> Flaky:
        wrapped = Flaky(None, failures, error)

        def at(self: Any, url: str) -> tuple[Any, str]:
            wrapped.filesystem, path = original(self, url)
            return wrapped, path

        monkeypatch.setattr(stores.RemoteStore, "at", at)
        return wrapped

    return install


@pytest.mark.parametrize("path", ["s3://data/trips/", "s3://data/csv", "s3://data/t.feather"])
@pytest.mark.parametrize(
    "error", [ConnectionResetError("reset"), TimeoutError("slow"), OSError(16, "SlowDown")]
)
def test_failures_that_pass(path: str, error: Exception, s3: dict[str, Any], flaky: Any) -> None:
    blocks = skdask.blocks.open(path, "y", storage_options=s3)
    expected = Ridge().fit(blocks).coef_
    between = flaky(3, error)
    assert Ridge().fit(blocks).coef_.tobytes() == expected.tobytes()
    assert between.left == 0


def test_a_failure_that_stays(s3: dict[str, Any], flaky: Any) -> None:
    blocks = skdask.blocks.open("s3://data/trips/", "y", storage_options=s3)
    between = flaky(10**6, ConnectionResetError("reset by peer"))
    with pytest.raises(
        ReadError, match=r"row group 0 of s3://data/trips/part\.0\.parquet: .*reset by peer"
    ):
        read_all(blocks)
    assert len(between.requests) >= retries.ATTEMPTS
    with pytest.raises(ReadError, match=r"cannot read the footer of s3://data/trips/part.*reset"):
        skdask.blocks.open("s3://data/trips/", "y", storage_options=s3)


@pytest.mark.parametrize("error", [FileNotFoundError("gone"), PermissionError("403")])
def test_no_second_try(error: Exception, s3: dict[str, Any], flaky: Any) -> None:
    path = "s3://data/trips/part.1.parquet"
    blocks = skdask.blocks.open(path, "y", storage_options=s3)
    between = flaky(10**6, error)
    with pytest.raises(type(error), match=path):
        read_all(blocks)
    assert len(between.requests) == 1


def test_a_column_costs_its_bytes(
    s3: dict[str, Any], flaky: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "GAP_BYTES", 0)
    opened = {
        columns: skdask.blocks.open(
            "s3://data/trips/", columns=COLUMNS[:columns], storage_options=s3
        )
        for columns in (1, 8)
    }
    between = flaky(0, OSError())
    transferred = {}
    for columns, blocks in opened.items():
        before = between.n_bytes
        read_all(blocks)
        transferred[columns] = between.n_bytes - before
    assert 7 * transferred[1] < transferred[8] < 9 * transferred[1]


def test_ranges_that_nearly_touch_are_one_request(s3: dict[str, Any], flaky: Any) -> None:
    blocks = skdask.blocks.open("s3://data/trips/", "y", storage_options=s3)
    between = flaky(0, OSError())
    read_all(blocks)
    assert len(between.requests) == 4, "one for each file"


def test_a_footer_is_one_request(s3: dict[str, Any], flaky: Any) -> None:
    between = flaky(0, OSError())
    skdask.blocks.open("s3://data/trips/", "y", storage_options=s3)
    assert len(between.requests) <= 5, "the first file's is read twice"


def test_a_large_row_group_streams(
    s3: dict[str, Any], frame: pd.DataFrame, flaky: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "PREFETCH_BYTES", 100)
    monkeypatch.setattr(parquet, "REMOTE_BUFFER_BYTES", 1000)
    between = flaky(0, OSError())
    with config.set(block_bytes=2**13):
        path = "s3://data/trips/part.3.parquet"
        blocks = skdask.blocks.open(path, "y", storage_options=s3)
    X = np.concatenate([block.rows.X for block in read_all(blocks)])
    np.testing.assert_array_equal(X, frame[COLUMNS][3000:])
    assert len(between.requests) > 30


def test_other_stores(frame: pd.DataFrame, tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/folder/t.parquet", frame.to_parquet())
    for path in ("memory://folder/", "memory://folder/*.parquet", "memory://folder/t.parquet"):
        assert skdask.blocks.open(path, "y").n_rows == N_ROWS
    frame.to_parquet(tmp_path / "t.parquet")
    assert skdask.blocks.open(f"file://{tmp_path}/t.parquet", "y").n_rows == N_ROWS


def test_local_patterns_and_lists(frame: pd.DataFrame, tmp_path: Path) -> None:
    for part in (2, 10):
        frame[:part].to_csv(tmp_path / f"part.{part}.csv", index=False)
    frame[:5].to_csv(tmp_path / "other.csv", index=False)
    assert skdask.blocks.open(tmp_path / "part.*.csv", "y").counted().n_rows == 12
    paths = [tmp_path / "other.csv", str(tmp_path / "part.2.csv")]
    assert [Path(path).name for path in find_files(paths).paths] == ["other.csv", "part.2.csv"]
    blocks = skdask.blocks.open(paths, "y")
    assert blocks.counted().n_rows == 7
    fitted = Ridge().fit(paths, "y")
    assert len(fitted.predict(paths).compute()) == 7
    with pytest.raises(FileNotFoundError, match="no file matches"):
        skdask.blocks.open(tmp_path / "no*.csv")


def test_lists_of_text_are_no_paths() -> None:
    assert not is_big(["a sentence", "another one.csv"])
    assert not is_big(["I read a file.csv"])
    assert not is_big([])
    assert not is_big([[1.0], [2.0]])
    assert is_big(["a.csv", Path("b.csv")])


def test_what_passes() -> None:
    class ClientError(Exception):
        def __init__(self, status: int) -> None:
            self.response = {"ResponseMetadata": {"HTTPStatusCode": status}}

    class ServerDisconnectedError(Exception): ...

    for error in (ClientError(503), ClientError(429), ServerDisconnectedError(), OSError(5, "")):
        assert retries.is_passing(error)
    for error in (ClientError(403), ClientError(404), ValueError(), OSError(2, ""), KeyError()):
        assert not retries.is_passing(error)


def test_a_short_answer_is_asked_again() -> None:
    class Short:
        answers = iter([b"ab", b"abcd"])

        def cat_ranges(self, *_: Any, **__: Any) -> list[bytes]:
            return [next(self.answers)]

    assert remote.fetch(Short(), "p", "s3://p", [(0, 4)]) == [b"abcd"]


def test_a_server_without_ranges(frame: pd.DataFrame, tmp_path: Path) -> None:
    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    frame.to_parquet(tmp_path / "t.parquet")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/t.parquet"
        try:
            with pytest.raises(ReadError, match="serves no ranges; download the file"):
                skdask.blocks.open(url, "y")
        finally:
            server.shutdown()


def test_a_remote_file_is_a_file(frame: pd.DataFrame) -> None:
    data = bytes(range(256)) * 1000
    memory = fsspec.filesystem("memory")
    memory.pipe("/bytes", data)
    ranges = [(10, 20), (200_000, 200_100)]
    opened = remote.RemoteFile(memory, "/bytes", "memory://bytes", len(data), ranges)
    random = np.random.default_rng(0)
    for start in [*random.integers(0, len(data), 50).tolist(), 10, 199_990, len(data)]:
        opened.seek(start)
        count = int(random.integers(0, 70_000))
        assert opened.read(count) == data[start : start + count]
    opened.seek(-5, io.SEEK_END)
    assert opened.read() == data[-5:]
