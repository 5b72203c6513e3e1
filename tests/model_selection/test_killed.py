"""Every kind of search, killed and called again: the same answer, and little is done twice."""

from __future__ import annotations

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
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.linear_model import Ridge, SGDRegressor

import skdask
from skdask.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    OptunaSearchCV,
    RandomizedSearchCV,
    SuccessiveHalvingSearchCV,
)

N_ROWS, BLOCK = 1500, 100
PAUSE = 0.03


class SlowRidge(Ridge):
    """Takes its time, and leaves a line behind for every fit."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        _leave_trace(f"{self.alpha} {len(X)}")
        return super().fit(X, y, sample_weight)


class SlowSGD(SGDRegressor):
    """The same for every block."""

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        _leave_trace(f"{self.alpha} {getattr(self, 't_', 0)}")
        return super().partial_fit(X, y, sample_weight)


def _leave_trace(line: str) -> None:
    time.sleep(PAUSE)
    with open(os.environ["SKDASK_TEST_TRACE"], "a") as trace:
        trace.write(f"{line}\n")


ALPHAS = {"alpha": loguniform(1e-3, 1e3)}
GRID = {"alpha": np.logspace(-3, 3, 12)}
SGD = SlowSGD(random_state=0)


def search_of(kind: str) -> Any:
    if kind == "optuna":
        from optuna.distributions import FloatDistribution

        alphas = {"alpha": FloatDistribution(1e-3, 1e3, log=True)}
        return OptunaSearchCV(
            SlowRidge(), alphas, n_trials=12, batch_size=3, cv=3, random_state=0
        )  # fmt: skip
    if kind == "optuna-pruned":
        from optuna.pruners import MedianPruner

        search = search_of("optuna")
        return search.set_params(pruner=MedianPruner(n_startup_trials=2), batch_size=2)
    return {
        "grid": GridSearchCV(SlowRidge(), GRID, cv=3),
        "random": RandomizedSearchCV(SlowRidge(), ALPHAS, n_iter=12, cv=3, random_state=0),
        "halving": HalvingGridSearchCV(SlowRidge(), GRID, cv=3, random_state=0),
        "random-halving": HalvingRandomSearchCV(
            SlowRidge(), ALPHAS, cv=3, min_resources=100, random_state=0
        ),
        "hyperband": HyperbandSearchCV(SGD, ALPHAS, max_iter=9, random_state=0),
        "block-halving": SuccessiveHalvingSearchCV(
            SGD, ALPHAS, n_initial_parameters=9, n_initial_iter=2, random_state=0
        ),
        "incremental": IncrementalSearchCV(
            SGD, ALPHAS, n_initial_parameters=4, max_iter=12, fits_per_score=3, random_state=0
        ),
        "decay": InverseDecaySearchCV(
            SGD, ALPHAS, n_initial_parameters=8, max_iter=12, random_state=0
        ),
    }[kind]


CHILD = """
import sys
import skdask
from skdask.model_selection.incremental import on_threads
from tests.model_selection.test_killed import fitted
on_threads.KEPT_SECONDS = 0.1
kind, path, folder = sys.argv[1:4]
with skdask.config.set(checkpoint=folder):
    fitted(kind, path)
"""

KINDS = [
    "hyperband",
    "halving",
    *(
        pytest.param(kind, marks=pytest.mark.slow)
        for kind in (
            "grid",
            "random",
            "random-halving",
            "block-halving",
            "incremental",
            "decay",
            "optuna",
            "optuna-pruned",
        )
    ),
]


def fitted(kind: str, path: str) -> Any:
    with skdask.config.set(block_bytes=8 * 5 * BLOCK, n_threads=2):
        return clone(search_of(kind)).fit(path, "y")


def lines(trace: Path) -> list[str]:
    return trace.read_text().splitlines() if trace.exists() else []


@pytest.mark.parametrize("kind", KINDS)
def test_killed_and_called_again(kind: str, tmp_path: Path, monkeypatch: Any) -> None:
    if kind.startswith("optuna"):
        pytest.importorskip("optuna").logging.set_verbosity(30)
    random = np.random.default_rng(0)
    X = random.normal(size=(N_ROWS, 4))
    path = str(tmp_path / "rows.parquet")
    y = X.sum(axis=1) + random.normal(size=N_ROWS)
    pd.DataFrame(X, columns=list("abcd")).assign(y=y).to_parquet(path, row_group_size=BLOCK)

    def trace_to(name: str) -> Path:
        monkeypatch.setenv("SKDASK_TEST_TRACE", str(tmp_path / name))
        return tmp_path / name

    whole = trace_to("whole")
    expected = fitted(kind, path)
    trace, folder = trace_to("killed"), tmp_path / "log"
    child = subprocess.Popen([sys.executable, "-c", CHILD, kind, path, str(folder)])
    most, deadline = len(lines(whole)), time.monotonic() + 60
    while len(lines(trace)) < 3 * most // 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    before = len(lines(trace))
    assert 3 * most // 4 <= before < most
    with skdask.config.set(checkpoint=str(folder)):
        found = fitted(kind, path)
    for name in ("mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(found.cv_results_[name], expected.cv_results_[name])
    assert found.best_params_ == expected.best_params_
    np.testing.assert_array_equal(found.best_estimator_.coef_, expected.best_estimator_.coef_)
    # what was under way, or was done since the last time that anything was written
    twice = len(lines(trace)) - most
    assert twice <= most // 4 + 2
    # and once finished, but for a refit, nothing
    after = len(lines(trace))
    with skdask.config.set(checkpoint=str(folder)):
        again = fitted(kind, path)
    assert len(lines(trace)) - after <= 1
    np.testing.assert_array_equal(again.best_estimator_.coef_, expected.best_estimator_.coef_)
