"""On a cluster: the same bits from every kind of data, and nothing but states comes back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from distributed import Client

from skdask import blocks, config
from skdask.exceptions import DataError, MemoryBudgetError
from skdask.linear_model import LogisticRegression, PoissonRegressor, Ridge
from skdask.model_selection import GridSearchCV
from skdask.passes import FoldNumbers, FoldRanges, Request, RowSet, ask, caching, run
from skdask.passes.cluster import executor as executor_module
from skdask.passes.cluster.executor import ClusterExecutor
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.statistics import Extremes, Factor, GlmGradient, Labels, LogisticProblem, Moments
from skdask.testing import assert_close, check_executor
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
NAMES = ["a", "b", "c", "d"]


def three_passes(shift: float) -> Any:
    beta = np.full((5, 1), shift)
    first = yield tuple(map(Request, (Moments(True), Labels(), Extremes(), Factor())))
    for _ in range(2):
        gradient, rest = yield (
            Request(GlmGradient(PROBLEM, beta)),
            Request(GlmGradient(PROBLEM, beta), RowSet(0, rest=True)),
        )
        beta = beta - gradient.gradient
    return first, beta, rest


def algorithms() -> list[Any]:
    return [three_passes(0.0), three_passes(0.1), ask(Moments(), RowSet(1, rest=True))]


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=NAMES).assign(y=CLASSES, w=np.arange(N_ROWS) % 3 + 1.0)


def arrays(client: Client, folder: Path) -> tuple[Any, ...]:
    return da.from_array(ROWS, chunks=(CHUNK, 4)), targets()


def column_chunks(client: Client, folder: Path) -> tuple[Any, ...]:
    return da.from_array(ROWS, chunks=(170, 3)), targets()


def persisted(client: Client, folder: Path) -> tuple[Any, ...]:
    X, y = client.persist([da.from_array(ROWS, chunks=(CHUNK, 4)) * 1.5, targets()])
    return X, y


def in_memory(client: Client, folder: Path) -> tuple[Any, ...]:
    return ROWS, CLASSES


def y_in_memory(client: Client, folder: Path) -> tuple[Any, ...]:
    return da.from_array(ROWS, chunks=(CHUNK, 4)), CLASSES


def frame_in_memory(client: Client, folder: Path) -> tuple[Any, ...]:
    return frame(), "y", "w"


def dask_frame(client: Client, folder: Path) -> tuple[Any, ...]:
    return dd.from_pandas(frame(), npartitions=13), "y", "w"


def persisted_frame(client: Client, folder: Path) -> tuple[Any, ...]:
    return client.persist(dd.from_pandas(frame(), npartitions=13)), "y", "w"


def parquet(client: Client, folder: Path) -> tuple[Any, ...]:
    frame().to_parquet(folder / "rows.parquet", row_group_size=270)
    return folder / "rows.parquet", "y", "w"


def npy(client: Client, folder: Path) -> tuple[Any, ...]:
    np.save(folder / "X.npy", ROWS)
    return folder / "X.npy", CLASSES


KINDS = [
    arrays, column_chunks, persisted, in_memory, y_in_memory, frame_in_memory, dask_frame,
    persisted_frame, parquet, npy,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_bits_are_those_of_the_inline_executor(kind: Any, client: Client, tmp_path: Path) -> None:
    data = blocks.open(*kind(client, tmp_path)).counted()
    folds = [
        FoldRanges((0, 333, N_ROWS)),
        FoldNumbers((np.arange(N_ROWS) % 7 % 2).astype("u1"), 2),
    ]
    for each in folds:
        check_executor(ClusterExecutor(client), algorithms, data, folds=each, threads=[1])


def test_unknown_lengths(client: Client) -> None:
    X = dd.from_pandas(frame()[NAMES], npartitions=13).to_dask_array()
    data = blocks.open(X, dd.from_pandas(frame()["y"], npartitions=13).to_dask_array())
    check_executor(ClusterExecutor(client), lambda: [ask(Moments(True))], data, threads=[1])
    counted = data.counted()
    assert counted.n_rows == N_ROWS
    check_executor(ClusterExecutor(client), lambda: [ask(Moments(True))], counted, threads=[1])


def test_large_states_are_merged_by_workers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered: list[int] = []
    gather = client.gather

    def spy(futures: Any, *args: Any, **kwargs: Any) -> Any:
        found = gather(futures, *args, **kwargs)
        gathered.append(len(futures) if isinstance(futures, list) else 1)
        return found

    monkeypatch.setattr(executor_module, "MERGED_HERE_BYTES", 0)
    monkeypatch.setattr(executor_module, "WITH_EVERY_TASK_BYTES", 0)
    monkeypatch.setattr(client, "gather", spy)
    data = blocks.open(ROWS, CLASSES)
    folds = FoldRanges((0, 333, N_ROWS))
    check_executor(ClusterExecutor(client), algorithms, data, folds=folds, threads=[1])
    assert gathered == [1, 1, 1]


def test_a_fit_goes_to_the_active_client(client: Client, traced: Any, tmp_path: Path) -> None:
    with config.set(client=False):
        expected = LogisticRegression().fit(rows_as_dask(), targets())
    fitted = LogisticRegression().fit(traced(), targets())
    assert_close(fitted.coef_, expected.coef_, rtol=0.0, atol=0.0)
    readers = Counter(name for name, _ in trace_of(tmp_path))
    assert set(readers) == {"0", "1"}
    report = fitted.fit_report_
    assert any("2 workers of tcp://127.0.0.1" in note for note in report.notes)
    assert report.passes == expected.fit_report_.passes
    assert report.rows == N_ROWS
    assert report.bytes_read == expected.fit_report_.bytes_read
    del fitted
    assert tasks_on(client) == []


def test_the_client_of_the_settings_comes_first(
    client: Client, traced: Any, tmp_path: Path
) -> None:
    with config.set(client=False):
        Ridge().fit(traced(), targets())
    assert {name for name, _ in trace_of(tmp_path)} == {"None"}
    with config.set(client=client):
        Ridge().fit(traced(), targets())
    assert {name for name, _ in trace_of(tmp_path)} == {"None", "0", "1"}
    with pytest.raises(TypeError, match=r"must be a distributed\.Client"):
        config.set(client="tcp://127.0.0.1:8786")


def test_a_search_gives_the_bits_of_the_threads(client: Client) -> None:
    def search() -> Any:
        model = make_pipeline(StandardScaler(), LogisticRegression())
        grid = {"logisticregression__C": [0.1, 1.0, 10.0]}
        return GridSearchCV(model, grid, cv=4).fit(rows_as_dask(), targets())

    with config.set(client=False):
        expected = search()
    found = search()
    for key in expected.cv_results_:
        if key.startswith(("split", "mean_test", "std_test")):
            np.testing.assert_array_equal(found.cv_results_[key], expected.cv_results_[key])
    np.testing.assert_array_equal(
        found.best_estimator_[-1].coef_, expected.best_estimator_[-1].coef_
    )


@pytest.mark.parametrize("model", [Ridge(), LogisticRegression(), PoissonRegressor()])
def test_a_score_is_that_of_the_threads(model: Any, client: Client) -> None:
    X, y = rows_as_dask(), targets()
    with config.set(client=False):
        fitted = model.fit(X, y)
        expected = fitted.score(X, y)
    assert fitted.score(X, y) == expected


def test_the_report_says_what_workers_cached(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "SMALL_BYTES", 0)
    monkeypatch.setattr(caching, "SHORT_SECONDS", 0.0)
    monkeypatch.setattr(caching, "WORTH_SHARE", 0.0)
    path = tmp_path / "t.parquet"
    frame().drop(columns="w").to_parquet(path, row_group_size=300)
    with config.set(cache_dir=str(tmp_path / "cache"), cache=True, block_bytes=4_000):
        report = LogisticRegression().fit(str(path), "y").fit_report_
        with config.set(cache_limit=1000, cache_dir=str(tmp_path / "small")):
            full = LogisticRegression(C=2.0).fit(str(path), "y").fit_report_
    first, second, *_, last = report.log
    assert first.bytes_cached + second.bytes_cached > first.bytes_read
    assert last.bytes_mapped == last.bytes_read
    assert "of decoded blocks were cached on disk" in dict(report.facts())["cache"]
    assert any("not every block was cached: the cache is full" in note for note in full.notes)


def test_rows_never_come_to_the_client(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[int] = []
    gather = client.gather

    def spy(futures: Any, *args: Any, **kwargs: Any) -> Any:
        found = gather(futures, *args, **kwargs)
        received.append(sum(len(each.states) for each in found))
        return found

    monkeypatch.setattr(client, "gather", spy)
    X = dask.array.random.default_rng(0).normal(size=(50_000, 4), chunks=(5000, 4))
    unknown = dd.from_dask_array(X).to_dask_array()
    fitted = Ridge().fit(unknown, unknown[:, 0])
    assert fitted.fit_report_.rows == 50_000
    assert sum(received) < 50_000 * 8 / 10


def test_bad_rows_are_named_and_the_rest_is_cancelled(client: Client, traced: Any) -> None:
    rows = ROWS.copy()
    rows[1234, 2] = np.nan
    bad = da.from_array(rows, chunks=(CHUNK, 4)) + 0.0 * traced(0.02)
    with pytest.raises(DataError, match=r"(?s)NaN.*column 2, row 34 .*chunk 12 of the Dask Array"):
        Ridge().fit(bad, targets())
    assert tasks_on(client) == []


def test_the_memory_limit_is_that_of_a_worker(client: Client) -> None:
    with config.set(memory_limit="1MiB"), pytest.raises(MemoryBudgetError, match=r"1\.00 MiB"):
        Ridge().fit(da.zeros((20_000, 4), chunks=(20_000, 4)), da.zeros(20_000, chunks=20_000))
    fitted = Ridge().fit(rows_as_dask(), targets())
    assert fitted.fit_report_.budget == 2**29  # half of a worker's limit


def test_annotations_say_where_tasks_run(client: Client, traced: Any, tmp_path: Path) -> None:
    address = client.run(lambda dask_worker: dask_worker.name)
    first = next(where for where, name in address.items() if name == 0)
    with dask.annotate(workers=[first], allow_other_workers=False):
        Ridge().fit(traced(), targets())
    assert {name for name, _ in trace_of(tmp_path)} == {"0"}


def test_within_a_task_the_thread_of_the_task_is_used(client: Client) -> None:
    def fit(rows: Any) -> Any:
        X = da.from_array(rows, chunks=(CHUNK, 4))
        return Ridge().fit(X, X[:, 0]).fit_report_.notes

    assert client.submit(fit, ROWS).result() == ()


def test_two_fits_at_once_are_both_right(client: Client) -> None:
    from concurrent.futures import ThreadPoolExecutor

    data = blocks.open(rows_as_dask(), targets())
    with config.set(client=False):
        expected = [Ridge(alpha).fit(data).coef_ for alpha in (1.0, 5.0, 9.0)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda alpha: Ridge(alpha).fit(data).coef_, (1.0, 5.0, 9.0)))
    np.testing.assert_array_equal(found, expected)
    assert run([ask(Moments())], data, what="t").results[0].count == N_ROWS


def test_many_tiny_partitions_are_few_tasks(client: Client) -> None:
    tiny = dd.from_pandas(frame().iloc[:1200], npartitions=600).map_partitions(lambda part: part)
    data = blocks.open(tiny, y="y", drop=["w"])
    assert data.n_rows is None
    log = run([three_passes(0.0)], data, what="t").report.log
    assert [record.blocks for record in log] == [600] * 3
    # aligned subtrees of the merge tree: up to twice as many as the threads want
    assert 2 <= log[0].tasks <= 2 * 8 + 2
    assert all(2 <= record.tasks <= 18 for record in log[1:])
    assert all(0.0 <= record.overhead <= 1.0 for record in log)


def test_description_says_what_the_cluster_gets(client: Client) -> None:
    said = blocks.open(rows_as_dask(), targets()).describe()
    assert "2 block(s) in flight on 2 worker(s) with 2 thread(s)" in said
    assert "the first pass in about 4 task(s) of 6 unit(s)" in said
