"""What the engine itself costs, and whether that is within its targets.

    python -m benchmarks.engine

An empty pass and a block more, here; then `benchmarks.rates`, how fast passes go beside Arrow and
memory, and `benchmarks.growth`, memory and time over data of 1 to 16 times a budget. Every target
is a line with PASS or FAIL; the exit status is 1 where one fails.

Overheads are differences of passes that compute next to nothing, so that what remains is the
engine: many tiny blocks against few, on threads and on a local cluster of two workers. The best of
three medians of several passes; the first, which sends what later ones reuse, is left out.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import growth, rates
from benchmarks.limits import measure_limits
from benchmarks.machine import describe
from benchmarks.verdicts import Verdicts
from skdask import blocks, config
from skdask.passes import Request, run
from skdask.passes.choose import executor_for
from skdask.statistics import GlmGradient, LogisticProblem

PASSES = 15
FEW, MANY = 4, 1004
ROWS_OF_A_BLOCK = 32
MS_A_BLOCK = 0.3
MS_A_CLUSTER_PASS = 30.0
MS_A_PASS = 5.0


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


def overheads(where: str, verdicts: Verdicts, most_ms_a_pass: float) -> None:
    few, many = (min(seconds_of_a_pass(count) for _ in range(3)) for count in (FEW, MANY))
    per_block = max(0.0, many - few) / (MANY - FEW)
    verdicts.at_most(f"{where}: a pass", 1e3 * few, most_ms_a_pass, "ms")
    verdicts.at_most(f"{where}: a block more", 1e3 * per_block, MS_A_BLOCK, "ms")


def main() -> None:
    verdicts = Verdicts()
    print(describe(measure_limits()))
    print(f"load before: {os.getloadavg()[0]:.1f}")
    with config.set(client=False):
        overheads("threads", verdicts, MS_A_PASS)
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        overheads("local cluster, 2 workers", verdicts, MS_A_CLUSTER_PASS)
    rates.main(verdicts)
    growth.main(verdicts)
    print(f"load after: {os.getloadavg()[0]:.1f}")
    print(verdicts.summary())
    sys.exit(bool(verdicts.failed))


if __name__ == "__main__":
    main()
