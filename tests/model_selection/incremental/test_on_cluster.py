"""On a cluster models move to the blocks, and end up as on threads."""

from __future__ import annotations

import time
from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from skdask import config
from skdask.model_selection import (
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    SuccessiveHalvingSearchCV,
)
from tests.model_selection.incremental.test_options import assert_same
from tests.passes.cluster.conftest import (
    CHUNK,
    CLASSES,
    N_FEATURES,
    ROWS,
    client,
    rows_as_dask,
    shared_cluster,
    targets,
    tasks_on,
    two_workers,
)

__all__ = ["client", "shared_cluster", "two_workers"]

MODEL = SGDClassifier(random_state=0, average=True)
ALPHAS = {"alpha": loguniform(1e-5, 1.0)}
SEARCHES = [
    HyperbandSearchCV(MODEL, ALPHAS, max_iter=9, random_state=1),
    HyperbandSearchCV(MLPClassifier((4,), random_state=0), ALPHAS, max_iter=4, aggressiveness=2),
    SuccessiveHalvingSearchCV(MODEL, ALPHAS, 6, n_initial_iter=2, random_state=1),
    IncrementalSearchCV(MODEL, ALPHAS, 4, max_iter=30, patience=6, fits_per_score=3),
    InverseDecaySearchCV(MODEL, ALPHAS, 6, max_iter=12, random_state=1),
]


@pytest.fixture(autouse=True)
def small_blocks() -> Any:
    with config.set(block_bytes=8 * (N_FEATURES + 1) * CHUNK, cache=False):
        yield


@pytest.mark.parametrize("number", range(len(SEARCHES)))
def test_the_same_as_on_threads(number: int, client: Any) -> None:
    search = clone(SEARCHES[number]).set_params(random_state=3)
    weight = np.random.default_rng(0).integers(1, 4, len(ROWS)).astype(float)
    params = {} if isinstance(search.estimator, MLPClassifier) else {"sample_weight": weight}
    with config.set(client=False):
        here = clone(search).fit(rows_as_dask(), targets(), **params)
    there = clone(search).fit(rows_as_dask(), targets(), **params)
    assert_same(there, here)
    assert "ran on 2 workers" in repr(there.fit_report_)
    assert tasks_on(client) == []


def test_files_and_persisted_rows(client: Any, tmp_path: Any) -> None:
    frame = pd.DataFrame(ROWS, columns=list("abcd")).assign(y=CLASSES)
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=CHUNK)
    search = clone(SEARCHES[0])
    with config.set(client=False):
        here = clone(search).fit(str(tmp_path / "rows.parquet"), "y")
    assert_same(clone(search).fit(str(tmp_path / "rows.parquet"), "y"), here)
    rows, classes = client.persist([rows_as_dask() + 0.0, targets() + 0])
    with config.set(client=False):
        here = clone(search).fit(rows_as_dask(), targets())
    assert_same(clone(search).fit(rows, classes), here)


def test_a_worker_that_dies_costs_nothing_but_time(two_workers: Any) -> None:
    search = IncrementalSearchCV(
        MODEL, ALPHAS, 3, max_iter=60, fits_per_score=10, random_state=0
    )  # fmt: skip
    with config.set(client=False):
        here = clone(search).fit(rows_as_dask(), targets())
    rows = rows_as_dask().map_blocks(_dying, dtype=float)
    assert_same(clone(search).fit(rows, targets()), here)


def _dying(rows: Any, block_info: Any = None) -> Any:
    """The second worker dies when it has read a few chunks."""
    import os

    from distributed import get_worker

    worker: Any = get_worker()
    worker.chunks_read = getattr(worker, "chunks_read", 0) + bool(block_info)
    if worker.name == 1 and worker.chunks_read == 8 and not os.environ.get("DIED"):
        os.environ["DIED"] = "1"
        marker = os.path.join(worker.local_directory, "..", "died")
        if not os.path.exists(marker):
            open(marker, "w").close()
            os._exit(1)
    return rows


def test_resumes_on_threads_what_began_on_a_cluster(client: Any, tmp_path: Any) -> None:
    search = clone(SEARCHES[0])
    rows = da.from_array(ROWS, chunks=(CHUNK, N_FEATURES), name="rows-of-a-cluster")
    with config.set(checkpoint=str(tmp_path)):
        there = clone(search).fit(rows, CLASSES)
    with config.set(checkpoint=str(tmp_path), client=False):
        here = clone(search).fit(rows, CLASSES)
    assert_same(here, there)
    assert "0 made, in 0 reads of a block" in repr(here.fit_report_)


class Sleepy(SGDClassifier):
    """Takes long where it is regularised a lot."""

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Any:
        time.sleep(0.5 if self.alpha > 0.1 else 0.0)
        return super().partial_fit(X, y, classes, sample_weight)


def test_models_do_not_wait_for_each_other(client: Any) -> None:
    search = IncrementalSearchCV(
        Sleepy(random_state=0), {"alpha": [1e-4, 1.0]}, "grid", max_iter=6, fits_per_score=2
    )
    search.fit(rows_as_dask(), targets())
    order = [(record["params"]["alpha"], record["partial_fit_calls"]) for record in search.history_]
    assert sorted(order) == [(alpha, calls) for alpha in (1e-4, 1.0) for calls in (2, 4, 6)]
    # the quick one has ended before the slow one is scored for the second time
    assert order.index((1e-4, 6)) < order.index((1.0, 4))
