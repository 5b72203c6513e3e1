"""Encoders: words to numbers, which is counting and looking up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Mixed
from benchmarks.workloads.base import Workload

DATASET = Mixed(1_000_000, n_numbers=0, n_words=8, n_levels=50)


def _fits(name: str) -> Callable[[Any, Any, Any], Any]:
    def run(system: Any, X: Any, _: Any) -> Any:
        return getattr(system, name)().fit(X)

    return run


def _target(system: Any, X: Any, y: Any) -> Any:
    return system.TargetEncoder(target_type="continuous").fit(X, y)


def _n_categories(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.array([len(categories) for categories in model.categories_], dtype=float)


def _encodings(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.concatenate([np.ravel(encoding) for encoding in model.encodings_])


def workloads() -> Iterator[Workload]:
    for name, run, answer, agrees_in in (
        ("OneHotEncoder", _fits("OneHotEncoder"), _n_categories, "number of categories"),
        ("OrdinalEncoder", _fits("OrdinalEncoder"), _n_categories, "number of categories"),
        ("TargetEncoder", _target, _encodings, "encodings"),
    ):
        yield Workload(f"encoders/{name}", DATASET, run, answer, agrees_in, relative=True)
