"""Workers that die, leave, join, lag and read badly: the same bits at the cost of what was lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import Client, WorkerPlugin

from skdask import blocks, config
from skdask.exceptions import ReadError
from skdask.passes import Request, run
from skdask.passes.cluster import dispatch, executor, sent
from skdask.statistics import GlmGradient, Labels, LogisticProblem, Moments
from tests.passes.cluster.conftest import (
    CHUNK,
    CLASSES,
    N_ROWS,
    ROWS,
    rows_as_dask,
    targets,
    tasks_on,
    trace_of,
)

PROBLEM = LogisticProblem(np.array([0, 1]))
N_CHUNKS = N_ROWS // CHUNK
PASSES = 4


def several_passes(before: Callable[[int], None] = lambda number: None) -> Iterator[Any]:
    """An algorithm of some passes that says when each begins."""
    beta = np.zeros((5, 1))
    before(0)
    moments, _ = yield Request(Moments(True)), Request(Labels())
    for number in range(1, PASSES):
        before(number)
        (gradient,) = yield (Request(GlmGradient(PROBLEM, beta)),)
        beta = beta - gradient.gradient
    return moments, beta


def undisturbed(X: Any, y: Any = None) -> Any:
    with config.set(client=False):
        return run([several_passes()], blocks.open(X, y), what="expected").results[0]


def assert_same_bits(found: Any, expected: Any) -> None:
    np.testing.assert_array_equal(found[0].scatter, expected[0].scatter)
    np.testing.assert_array_equal(found[0].mean, expected[0].mean)
    np.testing.assert_array_equal(found[1], expected[1])


def workers_of(client: Client) -> list[int]:
    """Process ids of the workers that are alive, once all have come back."""
    nannies = list(client.cluster.workers.values())
    while not all(nanny.pid for nanny in nannies):
        time.sleep(0.02)
    return [nanny.pid for nanny in nannies]


def kill(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def soon(action: Callable[[], Any], seconds: float = 0.05) -> None:
    threading.Timer(seconds, action).start()


def lazy(traced: Any) -> tuple[Any, Any]:
    return traced(0.02), targets()


def persisted(traced: Any) -> tuple[Any, Any]:
    # the chunks that a lost worker held are made again
    return (traced(0.02) * 1.0).persist(), targets().persist()


def parquet(traced: Any) -> tuple[Any, Any]:
    return "parquet", "y"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    frame = pd.DataFrame(ROWS, columns=list("abcd")).assign(y=CLASSES)
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=CHUNK)
    return tmp_path / "rows.parquet"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [lazy, persisted, parquet])
def test_a_worker_is_killed_in_every_pass(
    kind: Any, two_workers: Client, traced: Any, folder: Path
) -> None:
    X, y = kind(traced)
    X = folder if kind is parquet else X
    expected = undisturbed(folder if kind is parquet else rows_as_dask(), y)
    killed: list[int] = []

    def strike(number: int) -> None:
        while set(pids := workers_of(two_workers)) & set(killed):
            time.sleep(0.02)  # until the last one has a successor
        killed.append(pids[number % len(pids)])
        soon(lambda: kill([killed[-1]]), 0.03)

    found = run([several_passes(strike)], blocks.open(X, y), what="t")
    assert len(set(killed)) == PASSES
    assert_same_bits(found.results[0], expected)
    assert found.report.rows == N_ROWS
    assert [record.rows for record in found.report.log] == [N_ROWS] * PASSES


def deadly(folder: Path, chunk: int, times: int) -> Any:
    """Rows of which one chunk kills who reads it first in a pass, in so many passes."""

    def read(rows: Any, block_info: Any = None) -> Any:
        if block_info and block_info[0]["chunk-location"][0] == chunk:
            killed, done = (len(list(folder.glob(f"{what}-*"))) for what in ("killed", "done"))
            if killed == done and killed < times:
                (folder / f"killed-{killed}").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            (folder / f"done-{done}").touch()
        return rows

    return rows_as_dask().map_blocks(read, dtype=float)


def test_reading_kills_a_worker_in_every_pass(two_workers: Client, tmp_path: Path) -> None:
    expected = undisturbed(rows_as_dask(), targets())
    data = blocks.open(deadly(tmp_path, 7, times=PASSES), targets())
    found = run([several_passes()], data, what="t")
    assert len(list(tmp_path.glob("killed-*"))) == PASSES
    assert_same_bits(found.results[0], expected)
    assert [record.rows for record in found.report.log] == [N_ROWS] * PASSES


def test_all_workers_but_one_are_killed(three_workers: Client, traced: Any) -> None:
    expected = undisturbed(rows_as_dask(), targets())
    survivor = workers_of(three_workers)[2]

    def strike(number: int) -> None:
        # in every pass, so that who comes back does not live long
        soon(lambda: kill([pid for pid in workers_of(three_workers) if pid != survivor]))

    found = run([several_passes(strike)], blocks.open(traced(0.02), targets()), what="t")
    assert_same_bits(found.results[0], expected)
    assert workers_of(three_workers)[2] == survivor


def test_only_what_a_killed_worker_had_is_read_again(
    three_workers: Client, traced: Any, tmp_path: Path
) -> None:
    data = blocks.open(deadly(tmp_path, 7, times=1) + 0.0 * traced(0.02), targets())
    run([several_passes()], data, what="t")
    reads = Counter(chunk for _, chunk in trace_of(tmp_path))
    assert set(reads) == set(range(N_CHUNKS))
    # the rows of one pass that the worker had done or was at, and none of any other
    again = sum(reads.values()) - PASSES * N_CHUNKS
    assert again <= N_CHUNKS // 2
    assert len(list(tmp_path.glob("killed-*"))) == 1


@pytest.mark.parametrize("how", ["restart", "retire"])
def test_a_worker_is_restarted_or_retires(how: str, three_workers: Client, traced: Any) -> None:
    expected = undisturbed(rows_as_dask(), targets())

    def leave(number: int) -> None:
        if number == 1:
            address = next(iter(three_workers.nthreads()))
            if how == "restart":
                soon(lambda: three_workers.restart_workers([address]))
            else:
                soon(lambda: three_workers.retire_workers([address]))

    found = run([several_passes(leave)], blocks.open(traced(0.03), targets()), what="t")
    assert_same_bits(found.results[0], expected)


def failing(folder: Path, chunk: int, times: int) -> Any:
    """Rows of which one chunk cannot be read at first."""

    def read(rows: Any, block_info: Any = None) -> Any:
        if block_info and block_info[0]["chunk-location"][0] == chunk:
            marks = list(folder.glob("tried-*"))
            if len(marks) < times:
                (folder / f"tried-{len(marks)}").touch()
                raise OSError("the store is away")
        return rows

    return rows_as_dask().map_blocks(read, dtype=float)


def test_a_read_that_fails_once(client: Client, tmp_path: Path) -> None:
    expected = undisturbed(rows_as_dask(), targets())
    data = blocks.open(failing(tmp_path, chunk=5, times=1), targets())
    found = run([several_passes()], data, what="t")
    assert_same_bits(found.results[0], expected)
    assert any("1 reads failed and were repeated" in note for note in found.report.notes)


def test_a_read_that_keeps_failing(client: Client, traced: Any, tmp_path: Path) -> None:
    X = failing(tmp_path, chunk=3, times=100) + 0.0 * traced(0.02)
    with pytest.raises(ReadError) as error:
        run([several_passes()], blocks.open(X, targets()), what="t")
    assert "OSError: the store is away" in str(error.value)
    assert "chunk 3 of the Dask Array" in str(error.value)
    assert tasks_on(client) == []


def test_a_truncated_file_is_named(client: Client, folder: Path) -> None:
    data = blocks.open(folder, "y")
    whole = folder.read_bytes()
    folder.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ReadError, match=r"rows\.parquet"):
        run([several_passes()], data, what="t")
    assert tasks_on(client) == []


def test_rows_that_crash_every_worker(two_workers: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(dispatch, "LOST_ATTEMPTS", 2)

    def read(rows: Any, block_info: Any = None) -> Any:
        if block_info and block_info[0]["chunk-location"][0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return rows

    X = rows_as_dask().map_blocks(read, dtype=float)
    with pytest.raises(ReadError, match=r"workers were lost 2 times .* units 0 to"):
        run([several_passes()], blocks.open(X, targets()), what="t")


def test_parcels_that_dask_gave_up_are_made_again(
    client: Client, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = str(tmp_path / "held")

    def hold(value: Any) -> Any:
        if not os.path.exists(marker):
            open(marker, "x").close()
            raise MemoryError("no room for it here")
        return value

    def gone(futures: Any) -> None:
        raise ValueError("Can not use replicate to delete data")

    monkeypatch.setattr(executor, "WITH_EVERY_TASK_BYTES", 0)
    monkeypatch.setattr(sent, "hold", hold)
    # as where the last worker has gone a moment ago
    monkeypatch.setattr(client, "replicate", gone)
    found = run([several_passes()], blocks.open(folder, "y"), what="t")
    assert os.path.exists(marker)
    assert_same_bits(found.results[0], undisturbed(folder, "y"))
    assert tasks_on(client) == []


def test_a_slow_worker_gets_less(client: Client, traced: Any, tmp_path: Path) -> None:
    X = traced(0.005, slow_worker=0)
    run([several_passes()], blocks.open(X, targets()), what="t")
    reads = Counter(name for name, _ in trace_of(tmp_path))
    assert reads["0"] < 0.7 * reads["1"]


def test_a_worker_that_joins_takes_part_in_the_next_pass(two_workers: Client, folder: Path) -> None:
    data = blocks.open(folder, "y")
    expected = undisturbed(folder, "y")

    def join(number: int) -> None:
        if number == 1:
            two_workers.cluster.scale(3)
            two_workers.wait_for_workers(3)

    found = run([several_passes(join)], data, what="t")
    assert_same_bits(found.results[0], expected)
    who = [{span.lane.split(",")[0] for span in record.spans} for record in found.report.log]
    assert who[0] <= {"worker 0", "worker 1"}
    assert "worker 2" in who[1] | who[2] | who[3]


@pytest.mark.parametrize("kind", ["graph", "array"])
def test_rows_that_are_held_reach_a_worker_that_joins(
    kind: str, two_workers: Client, traced: Any
) -> None:
    """Dask's work stealing takes them there, group by group."""
    X, y = (traced(0.05), targets()) if kind == "graph" else (ROWS, CLASSES)
    if kind == "array":
        two_workers.register_plugin(SlowUnits())
    expected = undisturbed(rows_as_dask(), targets())

    def join(number: int) -> None:
        if number == 1:
            two_workers.cluster.scale(3)
            two_workers.wait_for_workers(3)

    found = run([several_passes(join)], blocks.open(X, y), what="t")
    assert_same_bits(found.results[0], expected)
    who = [{span.lane.split(",")[0] for span in record.spans} for record in found.report.log]
    assert who[0] <= {"worker 0", "worker 1"}
    assert "worker 2" in who[1] | who[2] | who[3]


class SlowReads:
    """Blocks in memory that take as long to read as large ones would.

    The time is spent within reading, where it is measured: groups are as small as the time that
    blocks take allows, and a few large ones are not worth stealing.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def read(self, unit: int, *, features: bool = True) -> Iterator[Any]:
        for block in self._reader.read(unit, features=features):
            time.sleep(0.05)
            yield block


class SlowUnits(WorkerPlugin):
    """Makes the reads of a worker slow."""

    def setup(self, worker: Any) -> None:
        from skdask.passes.cluster import worker as room

        plain = room.meet_unit

        def meet_unit(reader: Any, *arguments: Any) -> None:
            plain(SlowReads(reader), *arguments)

        room.meet_unit = meet_unit


def passes_until(enough: Callable[[], bool], seconds: float = 90.0) -> Iterator[Any]:
    """An algorithm that keeps a cluster busy; under load a worker takes long to start."""
    deadline = time.monotonic() + seconds
    beta = np.ones((5, 1))
    while not enough() and time.monotonic() < deadline:
        yield (Request(GlmGradient(PROBLEM, beta)),)
        beta = 0.9 * beta


def test_an_adaptive_cluster_grows(traced: Any, tmp_path: Path) -> None:
    from tests.passes.cluster.conftest import local_cluster

    def workers() -> int:
        begun = (tmp_path / "trace").exists()
        return len({name for name, _ in trace_of(tmp_path)}) if begun else 0

    expected = undisturbed(rows_as_dask(), targets())
    with local_cluster(0) as cluster, Client(cluster):
        cluster.adapt(minimum=0, maximum=2, interval="50ms", target_duration="200ms", wait_count=20)
        data = blocks.open(traced(0.05), targets())
        found = run([several_passes(), passes_until(lambda: workers() == 2)], data, what="t")
    assert_same_bits(found.results[0], expected)
    assert workers() == 2


def test_ctrl_c_cancels_the_pass(client: Client, traced: Any, tmp_path: Path) -> None:
    data = blocks.open(traced(0.05), targets())

    def interrupt(number: int) -> None:
        if number == 1:
            soon(lambda: os.kill(os.getpid(), signal.SIGINT), 0.1)

    with pytest.raises(KeyboardInterrupt):
        run([several_passes(interrupt)], data, what="t")
    assert tasks_on(client) == []
    # neither a third pass nor a fourth
    assert len(trace_of(tmp_path)) <= 2 * N_CHUNKS


def test_a_scheduler_that_is_gone_ends_the_fit(traced: Any, monkeypatch: Any) -> None:
    from tests.passes.cluster.conftest import local_cluster

    monkeypatch.setattr(dispatch, "PATIENCE_SECONDS", 1.0)
    cluster = local_cluster(1)
    client = Client(cluster)

    def close(number: int) -> None:
        if number == 1:
            soon(lambda: cluster.close(timeout=5), 0.05)

    try:
        with pytest.raises((ConnectionError, ReadError)):
            run([several_passes(close)], blocks.open(traced(0.05), targets()), what="t")
    finally:
        client.close(timeout=1)
        cluster.close()
