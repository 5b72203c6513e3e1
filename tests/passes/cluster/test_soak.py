"""Searches of many passes while workers are killed every few seconds: nothing lost, none hung."""

from __future__ import annotations

import os
import random
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from distributed import Client

from skdask import config
from skdask.linear_model import LogisticRegression
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from tests.passes.cluster.conftest import local_cluster

KILLS = 20
SECONDS_BETWEEN = (1.0, 3.0)
GRID = {"logisticregression__C": np.logspace(-3, 2, 6)}


class Killer:
    """Kills a random worker every few seconds until it has done so often enough."""

    def __init__(self, client: Client) -> None:
        self._nannies = client.cluster.workers
        self._ended = threading.Event()
        self._random = random.Random(0)
        self.killed = 0
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        while self.killed < KILLS and not self._ended.wait(self._random.uniform(*SECONDS_BETWEEN)):
            pids = [nanny.pid for nanny in self._nannies.values() if nanny.pid]
            if pids:
                with suppress(ProcessLookupError):
                    os.kill(self._random.choice(pids), signal.SIGKILL)
                    self.killed += 1


def search(folder: Path) -> Any:
    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-10, max_iter=200))
    return GridSearchCV(model, GRID, cv=4).fit(str(folder), y="y")


@pytest.mark.slow
def test_searches_go_on_while_workers_are_killed(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60_000, 20))
    y = (X[:, 0] - X[:, 1] + rng.normal(size=len(X)) > 0).astype(np.int64)
    folder = tmp_path / "rows"
    folder.mkdir()
    for part in range(6):
        rows = slice(part * 10_000, (part + 1) * 10_000)
        frame = pd.DataFrame(X[rows], columns=[f"x{k}" for k in range(20)]).assign(y=y[rows])
        frame.to_parquet(folder / f"part.{part}.parquet", row_group_size=2000)
    with config.set(block_bytes=8 * 21 * 2000, cache=False):
        with config.set(client=False):
            expected = search(folder)
        runs = 0
        with local_cluster(3) as cluster, Client(cluster) as client, Killer(client) as killer:
            while killer.killed < KILLS:
                found = search(folder)
                runs += 1
                for key in ("mean_test_score", "split0_test_score", "split3_test_score"):
                    np.testing.assert_array_equal(found.cv_results_[key], expected.cv_results_[key])
                coef = found.best_estimator_[-1].coef_
                np.testing.assert_array_equal(coef, expected.best_estimator_[-1].coef_)
                assert found.fit_report_.passes == expected.fit_report_.passes
    assert runs >= 1
    assert expected.fit_report_.passes >= 8
