"""Parquet folders larger than the memory budget: time should grow with them, memory should not.

Reading the files belongs to the fit. A system that has no budget reads as it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Table
from benchmarks.workloads.base import Workload, class_scores, plain, split_scores
from benchmarks.workloads.search import grid_moments

BUDGET = 256 << 20
TIMES = (4, 8, 16)


def _logistic(system: Any, path: Path, budget: int) -> Any:
    with system.memory(budget):
        X, y = system.read_table(path, "label", drop="value")
        model = system.LogisticRegression()
        return system.Pipeline([("scale", system.StandardScaler()), ("model", model)]).fit(X, y)


def _grid(system: Any, path: Path, budget: int) -> Any:
    with system.memory(budget):
        X, y = system.read_table(path, "value", drop="label")
        return grid_moments(system, X, y)


def _first_file_scores(model: Any, path: Path, _: int) -> NDArray[np.float64]:
    import pyarrow.parquet as pq

    table = pq.read_table(min(path.glob("*.parquet"))).to_pandas()
    X = table.drop(columns=["value", "label"]).to_numpy()
    scaler, logistic = (step for _, step in plain(model).steps)
    X = (X - np.asarray(scaler.mean_)) / np.asarray(scaler.scale_)
    return class_scores(logistic, X, table["label"].to_numpy())


def workloads() -> Iterator[Workload]:
    for times in TIMES:
        table = Table(BUDGET, times)
        yield Workload(
            f"out-of-core/logistic/{times}x",
            table,
            _logistic,
            _first_file_scores,
            "accuracy, log loss",
        )
        yield Workload(
            f"out-of-core/grid-moments/{times}x", table, _grid, split_scores, "split scores"
        )
