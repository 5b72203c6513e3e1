"""A client that is killed or interrupted: the cluster forgets its work, the same call goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import Client

from skdask import config
from skdask.exceptions import CheckpointError
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from tests.passes.cluster.conftest import CHUNK, CLASSES, N_FEATURES, ROWS, tasks_on

BLOCK_BYTES = 8 * (N_FEATURES + 1) * CHUNK

CHILD = """
import json, sys, threading
from distributed import Client
from skdask import config
from skdask.linear_model import LogisticRegression
from skdask.model_selection import GridSearchCV

address, path, folder, kind, block_bytes = sys.argv[1:6]
if address.startswith("new"):
    # a cluster of this process: "new 3" has three workers, which read slowly with "new 3 0.1"
    from distributed import LocalCluster
    from tests.passes.cluster.test_resume import read_slowly

    n_workers, *pause = address.split()[1:]
    address = LocalCluster(
        n_workers=int(n_workers), threads_per_worker=1, memory_limit="1GiB", dashboard_address=None
    )
    with Client(address) as client:
        client.run(read_slowly, float(pause[0]) if pause else 0.0)
model = LogisticRegression(tol=1e-8)
if kind == "search":
    model = GridSearchCV(model, {"C": [0.1, 1.0]}, cv=3)
try:
    with Client(address), config.set(
        block_bytes=int(block_bytes), cache=False, checkpoint=folder
    ):
        model.fit(path, "y")
except KeyboardInterrupt:
    left = [t.name for t in threading.enumerate() if t.name.startswith("skdask")]
    print(json.dumps({"interrupted": True, "threads": left}))
    sys.exit(130)
best = model.best_estimator_ if kind == "search" else model
print(json.dumps({
    "coef": best.coef_.tobytes().hex(),
    "read": sum(not record.replayed for record in model.fit_report_.log),
    "passes": model.fit_report_.passes,
}))
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    frame = pd.DataFrame(ROWS, columns=list("abcd")).assign(y=CLASSES)
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=CHUNK)
    return str(tmp_path / "rows.parquet")


def model_of(kind: str) -> Any:
    model = LogisticRegression(tol=1e-8)
    return GridSearchCV(model, {"C": [0.1, 1.0]}, cv=3) if kind == "search" else model


def fit(path: str, kind: str, **settings: Any) -> dict[str, Any]:
    with config.set(block_bytes=BLOCK_BYTES, cache=False, **settings):
        model = model_of(kind).fit(path, "y")
    best = model.best_estimator_ if kind == "search" else model
    log = model.fit_report_.log
    return {
        "coef": best.coef_.tobytes().hex(),
        "read": sum(not record.replayed for record in log),
        "passes": len(log),
    }


def read_slowly(seconds: float) -> None:
    """On a worker: a pause before every row group."""
    from skdask.blocks.parquet import ParquetSource

    plain = getattr(ParquetSource, "plain_read", ParquetSource.read)
    ParquetSource.plain_read = plain  # type: ignore[attr-defined]

    def read(self: Any, *arguments: Any, **others: Any) -> Any:
        time.sleep(seconds)
        yield from plain(self, *arguments, **others)

    ParquetSource.read = read if seconds else plain  # type: ignore[method-assign]


def child(client: Client | str, path: str, folder: Path, kind: str) -> subprocess.Popen[str]:
    address = client if isinstance(client, str) else client.scheduler.address
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, address, path, str(folder), kind, str(BLOCK_BYTES)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # its own group, with the workers that it starts
        start_new_session=True,
    )


def pass_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("run-*/pass-*"))


def wait_until_in_a_pass(client: Client, folder: Path, count: int) -> None:
    """Until so many passes are logged, and tasks of the next are on the cluster."""
    until = time.monotonic() + 60
    while len(pass_files(folder)) < count or not tasks_on(client, seconds=0.0):
        assert time.monotonic() < until, "no pass was logged"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "stop", "then"),
    [
        ("fit", signal.SIGKILL, "cluster"),
        ("fit", signal.SIGINT, "threads"),
        pytest.param("search", signal.SIGKILL, "threads", marks=pytest.mark.slow),
        pytest.param("search", signal.SIGINT, "cluster", marks=pytest.mark.slow),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_stopped_client_is_resumed(
    kind: str, stop: signal.Signals, then: str, two_workers: Client, path: str, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    plain = fit(path, kind, client=False)
    two_workers.run(read_slowly, 0.03)
    stopped = child(two_workers, path, folder, kind)
    wait_until_in_a_pass(two_workers, folder, 4)
    began = time.monotonic()
    os.kill(stopped.pid, stop)
    out, err = stopped.communicate(timeout=60)
    seconds = time.monotonic() - began
    if stop is signal.SIGINT:
        assert stopped.returncode == 130, err
        assert json.loads(out) == {"interrupted": True, "threads": []}
        # a second or so, on a machine that does other things too
        assert seconds < 5
    else:
        assert stopped.returncode == -stop
    assert tasks_on(two_workers) == []
    there = len(pass_files(folder))
    assert 4 <= there < plain["passes"]

    two_workers.run(read_slowly, 0.0)
    if then == "cluster":
        again = child(two_workers, path, folder, kind)
        out, err = again.communicate(timeout=60)
        assert again.returncode == 0, err
        resumed = json.loads(out)
    else:
        resumed = fit(path, kind, client=False, checkpoint=folder)
    assert resumed["coef"] == plain["coef"]
    assert resumed["read"] == plain["passes"] - there


@pytest.mark.parametrize("kind", ["fit", pytest.param("search", marks=pytest.mark.slow)])
def test_another_cluster_goes_on_where_all_processes_were_killed(
    kind: str, path: str, tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    plain = fit(path, kind, client=False)
    stopped = child("new 2 0.15", path, folder, kind)
    until = time.monotonic() + 120
    while len(pass_files(folder)) < 4:
        assert stopped.poll() is None, stopped.stderr
        assert time.monotonic() < until, "no pass was logged"
        time.sleep(0.01)
    # client, scheduler, nannies and workers at once
    os.killpg(stopped.pid, signal.SIGKILL)
    stopped.communicate(timeout=60)
    there = len(pass_files(folder))
    assert 4 <= there < plain["passes"]

    again = child("new 3", path, folder, kind)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    resumed = json.loads(out)
    assert resumed["coef"] == plain["coef"]
    assert resumed["read"] == plain["passes"] - there


def test_another_call_is_refused_on_a_cluster_too(
    client: Client, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "log"
    assert fit(path, "fit", checkpoint=folder)["read"] > 0
    # the log of a cluster is that of threads
    assert fit(path, "fit", checkpoint=folder, client=False)["read"] == 0

    def refused(model: Any, message: str) -> None:
        with (
            config.set(block_bytes=BLOCK_BYTES, cache=False, checkpoint=folder),
            pytest.raises(CheckpointError, match=message),
        ):
            model.fit(path, "y")

    refused(Ridge(), r"the run was LogisticRegression, is Ridge")
    refused(LogisticRegression(tol=1e-8, C=2.0), r"C was 1\.0, is 2\.0")
    with monkeypatch.context() as other:
        other.setattr("skdask.passes.identity.__version__", "999.0")
        refused(model_of("fit"), r"the version of scikit-dask was .*, is 999\.0")
    frame = pd.DataFrame(ROWS[:2000], columns=list("abcd")).assign(y=CLASSES[:2000])
    frame.to_parquet(path, row_group_size=CHUNK)
    refused(model_of("fit"), r"rows\.parquet was [\d,]+ bytes of .*, is ")
    assert tasks_on(client) == []


def test_the_main_job_has_the_bits_of_the_threads(client: Client, tmp_path: Path) -> None:
    """The pipeline and the search of `make demo`, on fewer rows."""
    from demo.search import GRID, pipeline

    random = np.random.default_rng(0)
    X = random.normal(size=(3000, 60)) @ random.normal(size=(60, 60))
    frame = pd.DataFrame(X.astype(np.float32), columns=[f"x{n}" for n in range(60)])
    frame = frame.assign(target=X[:, :5].sum(axis=1) + random.normal(size=3000))
    folder = tmp_path / "sensors"
    folder.mkdir()
    for part in range(3):
        rows = frame.iloc[part * 1000 : (part + 1) * 1000]
        rows.to_parquet(folder / f"part-{part}.parquet", row_group_size=250)

    def search(**settings: Any) -> Any:
        with config.set(block_bytes=8 * 61 * 250, **settings):
            return GridSearchCV(pipeline(), GRID, cv=5).fit(str(folder), "target")

    here, there = search(client=False), search(client=client)
    assert any("2 workers of tcp://" in note for note in there.fit_report_.notes)
    assert len(here.cv_results_["params"]) == 100
    for name, values in here.cv_results_.items():
        if "_time" not in name:
            np.testing.assert_array_equal(there.cv_results_[name], values)
    for name in ("coef_", "intercept_"):
        ours, theirs = (getattr(each.best_estimator_[-1], name) for each in (there, here))
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(
        there.best_estimator_[1].components_, here.best_estimator_[1].components_
    )
