"""Resuming: nothing is read twice, the bits are those of an undisturbed run, strangers stay out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from skdask import blocks, config
from skdask.blocks.dask_collections import DaskSource
from skdask.exceptions import CheckpointError
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.testing import CountingBlocks

ROWS = 3000


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, 5))
    target = (X.sum(axis=1) + 2 * random.normal(size=ROWS) > 0).astype(int)
    return pd.DataFrame(X, columns=list("abcde")).assign(target=target)


@pytest.fixture
def path(table, tmp_path) -> str:
    table.to_parquet(tmp_path / "rows.parquet", row_group_size=200)
    return str(tmp_path / "rows.parquet")


def opened(path: str) -> CountingBlocks:
    with config.set(block_bytes=200 * 48):
        return CountingBlocks(blocks.open(path, "target"))


def fit(path: str, folder: Path | None, estimator=None) -> tuple[LogisticRegression, int]:
    data = opened(path)
    with config.set(checkpoint=folder):
        model = (estimator or LogisticRegression()).fit(data)
    return model, data.passes


def pass_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("run-*/pass-*"))


def test_a_whole_log_replays_without_reading(path, tmp_path):
    plain, passes = fit(path, None)
    first, first_passes = fit(path, tmp_path / "log")
    again, again_passes = fit(path, tmp_path / "log")
    assert first_passes == passes > 3
    assert again_passes == 0
    for model in (first, again):
        assert model.coef_.tobytes() == plain.coef_.tobytes()
        assert model.intercept_.tobytes() == plain.intercept_.tobytes()
    report = again.fit_report_
    assert report.passes == passes
    assert all(record.replayed for record in report.log)
    assert not any(record.replayed for record in first.fit_report_.log)
    assert report.rows == ROWS
    assert f"{passes} of {passes} passes came from the checkpoint" in str(report)


@pytest.mark.parametrize("kept", [1, 3])
def test_only_missing_passes_are_read(path, tmp_path, kept):
    folder = tmp_path / "log"
    first, passes = fit(path, folder)
    for file in pass_files(folder)[kept:]:
        file.unlink()
    again, read = fit(path, folder)
    assert read == passes - kept
    assert again.coef_.tobytes() == first.coef_.tobytes()


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "garbage"])
def test_damage_is_computed_again(path, tmp_path, damage):
    folder = tmp_path / "log"
    first, passes = fit(path, folder)
    file = pass_files(folder)[2]
    content = file.read_bytes()
    flipped = bytes([content[-1] ^ 1])
    damaged = {
        "cut": content[:-3],
        "changed": content[:-1] + flipped,
        "empty": b"",
        "garbage": b"x" * 500,
    }
    file.write_bytes(damaged[damage])
    again, read = fit(path, folder)
    assert read == passes - 2
    assert again.coef_.tobytes() == first.coef_.tobytes()
    assert "pass-00003 of the checkpoint was damaged" in str(again.fit_report_)
    assert fit(path, folder)[1] == 0


def test_a_pass_in_the_wrong_place_is_no_pass(path, tmp_path):
    folder = tmp_path / "log"
    first, passes = fit(path, folder)
    files = pass_files(folder)
    files[1].write_bytes(files[2].read_bytes())
    again, read = fit(path, folder)
    assert read == passes - 1
    assert again.coef_.tobytes() == first.coef_.tobytes()


def test_searches(path, tmp_path):
    folder = tmp_path / "log"
    grid = {"C": [0.1, 1.0]}
    plain = GridSearchCV(LogisticRegression(), grid).fit(opened(path))
    for kept in (None, 4, 1, 0):
        data = opened(path)
        with config.set(checkpoint=folder):
            search = GridSearchCV(LogisticRegression(), grid).fit(data)
        for key in ("mean_test_score", "split3_test_score"):
            assert search.cv_results_[key].tobytes() == plain.cv_results_[key].tobytes()
        assert search.best_estimator_.coef_.tobytes() == plain.best_estimator_.coef_.tobytes()
        fresh = [record for record in search.fit_report_.log if not record.replayed]
        assert data.passes == len(fresh)
        # next time some of each run (folds, search, refit) is there
        for run in folder.glob("run-*"):
            for file in sorted(run.glob("pass-*"))[4 if kept is None else kept :]:
                file.unlink()
    assert search.fit_report_.passes == plain.fit_report_.passes


def test_row_counts_are_kept(table, tmp_path, monkeypatch):
    counted = []
    lengths = DaskSource.lengths
    monkeypatch.setattr(DaskSource, "lengths", lambda self: counted.append(self) or lengths(self))
    found = []
    for _ in range(2):
        with config.set(checkpoint=tmp_path / "log"):
            search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]})
            found.append(search.fit(dd.from_pandas(table, npartitions=3), "target"))
    assert len(counted) == 1
    assert found[0].cv_results_["mean_test_score"].tobytes() == (
        found[1].cv_results_["mean_test_score"].tobytes()
    )
    assert all(record.replayed for record in found[1].fit_report_.log)


def test_another_estimator_is_refused(path, tmp_path):
    folder = tmp_path / "log"
    fit(path, folder)
    with pytest.raises(CheckpointError, match=r"C was 1\.0, is 2\.0\. Make the same call"):
        fit(path, folder, LogisticRegression(C=2.0))
    with pytest.raises(CheckpointError, match=r"the run was LogisticRegression, is Ridge"):
        fit(path, folder, Ridge())


def test_other_data_are_refused(path, table, tmp_path):
    folder = tmp_path / "log"
    fit(path, folder)
    table.iloc[:2000].to_parquet(path, row_group_size=200)
    with pytest.raises(CheckpointError, match=r"rows\.parquet was [\d,]+ bytes of .*, is "):
        fit(path, folder)


def test_other_arrays_are_refused(tmp_path):
    X = np.random.default_rng(0).normal(size=(100, 3))
    with config.set(checkpoint=tmp_path):
        Ridge().fit(blocks.open(X, X[:, 0]))
    with (
        config.set(checkpoint=tmp_path),
        pytest.raises(CheckpointError, match="the contents of y was"),
    ):
        Ridge().fit(blocks.open(X, X[:, 1]))


def test_dask_collections_are_known_by_name(tmp_path):
    X = da.random.default_rng(0).normal(size=(100, 3), chunks=(50, 3))
    for _ in range(2):
        with config.set(checkpoint=tmp_path):
            model = Ridge().fit(X, X.sum(axis=1))
    assert all(record.replayed for record in model.fit_report_.log)
    with config.set(checkpoint=tmp_path), pytest.raises(CheckpointError, match="name that Dask"):
        Ridge().fit(X + 1, X.sum(axis=1))


def test_another_version_is_refused(path, tmp_path, monkeypatch):
    fit(path, tmp_path / "log")
    monkeypatch.setattr("skdask.passes.identity.__version__", "999.0")
    with pytest.raises(CheckpointError, match=r"the version of scikit-dask was .*, is 999\.0"):
        fit(path, tmp_path / "log")


def test_several_fits_in_one_use(path, tmp_path):
    for expected in (False, True):
        with config.set(checkpoint=tmp_path / "log"):
            for alpha in (1.0, 2.0):
                model = Ridge(alpha=alpha).fit(path, "target")
                assert all(record.replayed is expected for record in model.fit_report_.log)


def test_the_folder_is_of_one_process(path, tmp_path):
    folder = tmp_path / "log"
    fit(path, folder)
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from skdask.passes.folder_lock import locked\n"
        "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CheckpointError, match=f"in use by process {other.pid}"):
            fit(path, folder)
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    # the lock of a dead process is none
    assert fit(path, folder)[1] == 0


# The passes go by in a second or less, and who is to stop the process may get no turn meanwhile:
# from the fifth pass on it waits for that
CHILD = """
import json, sys, time
from pathlib import Path
import numpy as np
from skdask import blocks, config
from skdask.blocks.parquet import ParquetSource
from skdask.linear_model import LogisticRegression
from skdask.model_selection import GridSearchCV

path, folder, kind, pause = sys.argv[1:5]
read = ParquetSource.read
def slow(self, *arguments, **others):
    if float(pause):
        late = len(list(Path(folder).glob("run-*/pass-*"))) >= 4
        time.sleep(0.5 if late else float(pause))
    yield from read(self, *arguments, **others)
ParquetSource.read = slow
with config.set(block_bytes=200 * 48, n_threads=2, checkpoint=folder or None):
    model = LogisticRegression()
    if kind == "search":
        model = GridSearchCV(model, {"C": [0.1, 1.0]})
    model.fit(path, "target")
best = model.best_estimator_ if kind == "search" else model
print(json.dumps({
    "coef": best.coef_.tobytes().hex(),
    "read": sum(not record.replayed for record in model.fit_report_.log),
    "passes": model.fit_report_.passes,
}))
"""


def child(path: str, folder: Path | str, kind: str, pause: float = 0.0) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, path, str(folder), kind, str(pause)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen) -> dict:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


def wait_for_passes(folder: Path, count: int) -> None:
    until = time.monotonic() + 60
    while len(pass_files(folder)) < count:
        assert time.monotonic() < until, "no pass was logged"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "stop"),
    [
        ("fit", signal.SIGKILL),
        pytest.param("search", signal.SIGKILL, marks=pytest.mark.slow),
        ("fit", signal.SIGINT),
    ],
)
def test_a_stopped_process_is_resumed(path, tmp_path, kind, stop):
    folder = tmp_path / "log"
    plain = result(child(path, "", kind))
    stopped = child(path, folder, kind, 0.02)
    wait_for_passes(folder, 4)
    began = time.monotonic()
    os.kill(stopped.pid, stop)
    _, err = stopped.communicate(timeout=60)
    if stop == signal.SIGINT:
        assert "KeyboardInterrupt" in err
        assert time.monotonic() - began < 5
    assert stopped.returncode == -stop
    there = len(pass_files(folder))
    assert 4 <= there < plain["passes"]
    resumed = result(child(path, folder, kind))
    assert resumed["coef"] == plain["coef"]
    assert resumed["read"] == plain["passes"] - there


def test_two_fits_at_once(path):
    models = [LogisticRegression(C=1.0), LogisticRegression(C=0.01)]
    alone = [fit(path, None, LogisticRegression(C=model.C))[0].coef_ for model in models]
    threads = [threading.Thread(target=model.fit, args=(opened(path),)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model, expected in zip(models, alone, strict=True):
        assert model.coef_.tobytes() == expected.tobytes()
    assert not [t for t in threading.enumerate() if t.name.startswith("skdask")]
