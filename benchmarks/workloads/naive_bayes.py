"""Gaussian naive Bayes: nothing but reading, by class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, reading_work

DATASET = Arrays("make_blobs", 1_000_000, 64, (("centers", 20),))


def _run(system: Any, X: Any, y: Any) -> Any:
    return system.GaussianNB().fit(X, y)


def _means_and_variances(model: Any, *_: Any) -> NDArray[np.float64]:
    parts = (model.theta_, model.var_, model.class_prior_)
    return np.concatenate([np.ravel(part) for part in parts]).astype(float)


def workloads() -> Iterator[Workload]:
    yield Workload(
        "nb/GaussianNB",
        DATASET,
        _run,
        _means_and_variances,
        "means, variances, priors",
        relative=True,
        work=reading_work,
    )
