"""Partitions of extreme sizes: thousands of tiny ones, and a huge one among tiny ones.

    python -m benchmarks.partitions

For each: tasks, seconds of the first and of a later pass, and the share of the threads' time that
went neither into reading nor into computing; on threads and on a local cluster of two workers.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask import delayed

from benchmarks.engine import passes
from skdask import blocks, config
from skdask.passes import run
from skdask.passes.choose import executor_for

COLUMNS = [f"x{number}" for number in range(9)]


def rows(seed: int, n_rows: int) -> pd.DataFrame:
    """Some rows, made where they are read."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(random.standard_normal((n_rows, 9)), columns=COLUMNS).assign(y=seed % 2)


def partitions(*lengths: int) -> Any:
    """A lazy Dask DataFrame of unknown lengths."""
    parts = [delayed(rows)(seed, length) for seed, length in enumerate(lengths)]
    return dd.from_delayed(parts, meta=rows(0, 1), verify_meta=False)


CASES: dict[str, Callable[[], Any]] = {
    "10,000 tiny partitions": lambda: partitions(*[100] * 10_000),
    "a huge one first, 400 tiny": lambda: partitions(1_000_000, *[100] * 400),
    "400 tiny, a huge one last": lambda: partitions(*[100] * 400, 1_000_000),
    "40 middling ones": lambda: partitions(*[50_000] * 40),
}


def measure(where: str, name: str, collection: Any) -> None:
    with config.set(cache=False):
        data = blocks.open(collection, y="y")
        started = time.perf_counter()
        done = run(
            [passes(5, len(COLUMNS))], data, what="partitions", executor=executor_for(config.get())
        )
        seconds = time.perf_counter() - started
    first, *later = done.report.log
    middle = statistics.median(record.seconds for record in later)
    overhead = statistics.median(share(record) for record in later)
    print(
        f"{where:12} {name:28} all {seconds:6.2f} s, first {first.seconds:6.2f} s, "
        f"later {middle:6.2f} s, tasks {getattr(first, 'tasks', 0):5d} then "
        f"{getattr(later[-1], 'tasks', 0):4d}, overhead {share(first):5.1%} then {overhead:5.1%}"
    )


def share(record: Any) -> float:
    """Of the threads' time, what went into nothing that was asked for."""
    busy = record.read_seconds + record.compute_seconds + record.merge_seconds
    return 1.0 - busy / (record.threads * record.seconds)


def main() -> None:
    from distributed import Client, LocalCluster

    with config.set(client=False):
        for name, make in CASES.items():
            measure("threads", name, make())
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        for name, make in CASES.items():
            measure("2 workers", name, make())


if __name__ == "__main__":
    main()
