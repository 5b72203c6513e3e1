"""Many fits on one client: nothing grows on the scheduler, on the workers or here."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import dask
import psutil
import pytest
from distributed import Client

from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from tests.passes.cluster.conftest import ROWS, local_cluster, rows_as_dask, targets, tasks_on

# What allocators keep (4 MB were seen in 200 fits); graphs or parcels of all fits are several times
# this
GROWTH_BYTES = 12 * 2**20

# The scheduler keeps its last thousands of transitions, 45 MB until they are full: short ones here,
# so that what grows after them would be seen
SHORT_LOGS = {"distributed.admin.log-length": 50, "distributed.admin.low-level-log-length": 50}


@pytest.fixture
def short_logs() -> Iterator[Client]:
    with dask.config.set(SHORT_LOGS), local_cluster(2) as cluster, Client(cluster) as client:
        yield client


def fit_once(number: int) -> None:
    # by turns: rows in a graph, rows that were in memory, and a search
    if number % 3 == 0:
        LogisticRegression(max_iter=3, tol=1.0).fit(rows_as_dask(), targets())
    elif number % 3 == 1:
        Ridge(alpha=1.0 + number).fit(rows_as_dask(), targets())
    else:
        GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}, cv=2).fit(ROWS, ROWS[:, 0])


def of_worker(dask_worker: Any) -> dict[str, Any]:
    gc.collect()
    process = psutil.Process()
    return {
        "data": len(dask_worker.data),
        "tasks": len(dask_worker.state.tasks),
        "threads": process.num_threads(),
        "files": process.num_fds(),
        "rss": process.memory_info().rss,
    }


def of_scheduler(dask_scheduler: Any) -> dict[str, int]:
    return {"tasks": len(dask_scheduler.tasks), "prefixes": len(dask_scheduler.task_prefixes)}


def measure(client: Client) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    gc.collect()
    assert tasks_on(client) == []
    process = psutil.Process()
    here = {
        "futures": len(client.futures),
        "refcount": len(client.refcount),
        "threads": threading.active_count(),
        "files": process.num_fds(),
        "rss": process.memory_info().rss,
    }
    workers = client.run(of_worker)
    return here, client.run_on_scheduler(of_scheduler), [workers[at] for at in sorted(workers)]


@pytest.mark.parametrize(
    "fits", [18, pytest.param(200, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_nothing_grows(short_logs: Client, fits: int) -> None:
    client = short_logs
    for number in range(fits // 3):
        fit_once(number)
    before, scheduler_before, workers_before = measure(client)
    for number in range(fits):
        fit_once(number)
    after, scheduler_after, workers_after = measure(client)

    assert after["futures"] == after["refcount"] == 0
    assert after["threads"] <= before["threads"] + 2  # of Dask's own pools
    assert after["files"] <= before["files"] + 4
    assert after["rss"] - before["rss"] < GROWTH_BYTES
    assert scheduler_after["tasks"] == 0
    # of the names of estimators, not of passes or runs
    assert scheduler_after["prefixes"] == scheduler_before["prefixes"]
    for worker, earlier in zip(workers_after, workers_before, strict=True):
        assert worker["data"] == worker["tasks"] == 0
        assert worker["threads"] <= earlier["threads"] + 2
        assert worker["files"] <= earlier["files"] + 4
        assert worker["rss"] - earlier["rss"] < GROWTH_BYTES


def test_names_on_the_dashboard(client: Client, monkeypatch: Any) -> None:
    """Dask's dashboard shows a bar for each prefix and a box for each group."""
    from distributed.utils import key_split

    met: list[Any] = []
    plain = client.map

    def spy(*args: Any, **kwargs: Any) -> Any:
        met.extend(kwargs["key"])
        return plain(*args, **kwargs)

    monkeypatch.setattr(client, "map", spy)
    LogisticRegression(max_iter=2, tol=1.0).fit(rows_as_dask(), targets())
    GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}, cv=2).fit(rows_as_dask(), targets())
    assert {key_split(key) for key in met} == {"LogisticRegression-pass", "GridSearchCV-pass"}
    # a group is a pass of a run: its name says which
    groups = {key[0].rpartition("-")[0] for key in met}
    assert {
        "LogisticRegression-pass-1",
        "LogisticRegression-pass-2",
        "GridSearchCV-pass-1",
    } <= groups
    assert all(len({k for k in met if k[0] == key[0]}) >= 2 for key in met)
