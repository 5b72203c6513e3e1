"""Scalers: nothing but reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, reading_work

DATASET = Arrays("make_blobs", 1_000_000, 64, (("centers", 20),))


def _standard(system: Any, X: Any, _: Any) -> Any:
    return system.StandardScaler().fit(X)


def _min_max(system: Any, X: Any, _: Any) -> Any:
    return system.MinMaxScaler().fit(X)


def _mean_and_scale(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(model.mean_), np.asarray(model.scale_)]).astype(float)


def _range(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(model.data_min_), np.asarray(model.data_max_)]).astype(float)


def workloads() -> Iterator[Workload]:
    for name, run, answer, agrees_in in (
        ("StandardScaler", _standard, _mean_and_scale, "mean, scale"),
        ("MinMaxScaler", _min_max, _range, "minimum, maximum"),
    ):
        yield Workload(
            f"scalers/{name}",
            DATASET,
            run,
            answer,
            agrees_in,
            relative=True,
            work=reading_work,
        )
