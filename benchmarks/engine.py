"""What the engine itself costs: an empty pass, a block more, and reading beside Arrow's own.

    python -m benchmarks.engine

Overheads are differences of passes that compute next to nothing, so that what remains is the
engine: many tiny blocks against few, on threads and on a local cluster of two workers. Medians of
several passes; the first, which sends what later ones reuse, is left out.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from skdask import blocks, config
from skdask.passes import Request, run
from skdask.passes.choose import executor_for
from skdask.statistics import GlmGradient, LogisticProblem

PASSES = 15
FEW, MANY = 4, 1004
ROWS_OF_A_BLOCK = 32


def passes(count: int, n_features: int = 2) -> Iterator[Any]:
    """An algorithm that asks for a cheap statistic in every one of so many passes."""
    problem = LogisticProblem(np.array([0, 1]))
    for number in range(count):
        yield (Request(GlmGradient(problem, np.full((n_features + 1, 1), 1e-3 * number))),)


def seconds_of_a_pass(n_blocks: int) -> float:
    """The median time of a pass over so many tiny blocks, on what the settings say."""
    rows = n_blocks * ROWS_OF_A_BLOCK
    X = np.random.default_rng(0).normal(size=(rows, 2))
    with config.set(block_bytes=8 * 3 * ROWS_OF_A_BLOCK, cache=False):
        data = blocks.open(X, (X[:, 0] > 0).astype(np.int64))
        assert data.n_blocks == n_blocks
        executor = executor_for(config.get())
        done = run([passes(PASSES)], data, what="engine", executor=executor)
    return statistics.median(record.seconds for record in done.report.log[1:])


def overheads(where: str) -> None:
    few, many = (
        statistics.median(seconds_of_a_pass(count) for _ in range(3)) for count in (FEW, MANY)
    )
    per_block = (many - few) / (MANY - FEW)
    print(f"{where:28} {1e3 * few:8.2f} ms a pass {1e3 * per_block:8.3f} ms a block")


def reading(n_rows: int = 1_000_000, n_columns: int = 50) -> None:
    """Arrow's own decoding, the first pass and a mapped one, over the same Parquet file."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        X = np.random.default_rng(0).normal(size=(n_rows, n_columns))
        frame = pd.DataFrame(X, columns=[f"x{number}" for number in range(n_columns)])
        frame.to_parquet(path, row_group_size=100_000)
        n_bytes = X.nbytes
        del X, frame
        started = time.perf_counter()
        for batch in pq.ParquetFile(path).iter_batches(batch_size=50_000, use_threads=True):
            del batch
        arrow = n_bytes / (time.perf_counter() - started)
        with config.set(cache=True, cache_dir=folder):
            data = blocks.open(path)
            rates = []
            for write in (False, True, False):
                data.begin_pass(write=write)
                started = time.perf_counter()
                total = 0.0
                for unit in range(len(data.units)):
                    for block in data.read(unit):
                        # a mapped block is read when it is looked at
                        total += float(np.sum(block.rows.X))
                rates.append(n_bytes / (time.perf_counter() - started))
    names = ("Arrow's own decoding", "decode", "decode and keep", "map what was kept")
    for name, rate in zip(names, (arrow, *rates), strict=True):
        print(f"{name:28} {rate / 1e9:8.2f} GB/s")


def main() -> None:
    with config.set(client=False):
        overheads("threads")
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        overheads("local cluster, 2 workers")
    reading()


if __name__ == "__main__":
    main()
