"""Clusters of real worker processes, and rows that leave a trace of who read them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
from distributed import Client, LocalCluster

from skdask import config

N_ROWS, N_FEATURES, CHUNK = 2400, 4, 100

ROWS = np.random.default_rng(3).normal(size=(N_ROWS, N_FEATURES))
CLASSES = (ROWS[:, 0] + np.random.default_rng(4).normal(size=N_ROWS) > 0).astype(np.int64)


def local_cluster(n_workers: int) -> LocalCluster:
    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        memory_limit="1GiB",
        dashboard_address=None,
        host="127.0.0.1",
    )


@contextmanager
def frail_cluster(n_workers: int) -> Iterator[Client]:
    """Workers that may be killed: some releases of distributed then wait for them for ever."""
    cluster = local_cluster(n_workers)
    try:
        with Client(cluster) as client:
            yield client
    finally:
        with suppress(TimeoutError):
            cluster.close(timeout=30)


@pytest.fixture(scope="session")
def shared_cluster() -> Iterator[LocalCluster]:
    """Two workers that every test leaves as it found them."""
    with local_cluster(2) as cluster:
        yield cluster


@pytest.fixture
def client(shared_cluster: LocalCluster) -> Iterator[Client]:
    with Client(shared_cluster) as client:
        yield client


@pytest.fixture
def three_workers() -> Iterator[Client]:
    """Three workers of the test's own, which may come to harm."""
    with frail_cluster(3) as client:
        yield client


@pytest.fixture
def two_workers() -> Iterator[Client]:
    """Two workers of the test's own, which may come to harm."""
    with frail_cluster(2) as client:
        yield client


@pytest.fixture(autouse=True)
def small_blocks() -> Iterator[None]:
    """A block is a chunk, and every pass reads."""
    with config.set(block_bytes=8 * (N_FEATURES + 1) * CHUNK, cache=False):
        yield


@pytest.fixture
def traced(tmp_path: Path) -> Callable[..., Any]:
    """The rows as a lazy Dask Array; reading a chunk takes a while and leaves a line behind."""

    def make(seconds: float = 0.01, slow_worker: int | None = None) -> Any:
        folder = str(tmp_path)

        def read(rows: Any, block_info: Any = None) -> Any:
            if not block_info:
                return rows
            name = worker_name()
            time.sleep(seconds * (20 if name == slow_worker else 1))
            chunk = block_info[0]["chunk-location"][0]
            with open(os.path.join(folder, "trace"), "a") as trace:
                trace.write(f"{name} {chunk}\n")
            return rows

        return rows_as_dask().map_blocks(read, dtype=float)

    return make


def worker_name() -> Any:
    from distributed import get_worker

    try:
        return get_worker().name
    except ValueError:
        return None


def trace_of(folder: Path) -> list[tuple[str, int]]:
    """Who read which chunk, in order."""
    lines = (folder / "trace").read_text().split("\n")
    return [(line.split()[0], int(line.split()[1])) for line in lines if line]


def rows_as_dask() -> Any:
    """The rows as a Dask Array that holds them."""
    return da.from_array(ROWS, chunks=(CHUNK, N_FEATURES))


def targets() -> Any:
    return da.from_array(CLASSES, chunks=CHUNK)


def tasks_on(client: Client, seconds: float = 5.0) -> list[str]:
    """The tasks that the scheduler still knows, once it has forgotten what it may."""
    deadline = time.monotonic() + seconds
    while True:
        tasks = client.run_on_scheduler(lambda dask_scheduler: list(map(str, dask_scheduler.tasks)))
        if not tasks or time.monotonic() > deadline:
            return tasks
        time.sleep(0.05)
