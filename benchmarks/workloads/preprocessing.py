"""Preprocessing from quantiles and extremes: exact on blocks, as in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, reading_work

DATASET = Arrays("make_blobs", 1_000_000, 32, (("centers", 20),))


def _fits(name: str, **parameters: Any) -> Callable[[Any, Any, Any], Any]:
    def run(system: Any, X: Any, _: Any) -> Any:
        return getattr(system, name)(**parameters).fit(X)

    return run


def _attributes(*names: str) -> Callable[..., NDArray[np.float64]]:
    def answer(model: Any, *_: Any) -> NDArray[np.float64]:
        return np.concatenate([np.ravel(getattr(model, name)) for name in names]).astype(float)

    return answer


def _edges(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.concatenate(list(model.bin_edges_)).astype(float)


def workloads() -> Iterator[Workload]:
    bins = {"n_bins": 10, "subsample": None, "quantile_method": "averaged_inverted_cdf"}
    for name, run, answer, agrees_in in (
        ("MaxAbsScaler", _fits("MaxAbsScaler"), _attributes("max_abs_"), "largest value"),
        ("RobustScaler", _fits("RobustScaler"), _attributes("center_", "scale_"), "median, range"),
        ("PowerTransformer", _fits("PowerTransformer"), _attributes("lambdas_"), "exponents"),
        (
            "QuantileTransformer",
            _fits("QuantileTransformer", n_quantiles=100, subsample=None),
            _attributes("quantiles_"),
            "quantiles",
        ),
        ("KBinsDiscretizer", _fits("KBinsDiscretizer", **bins), _edges, "edges"),
        (
            "SimpleImputer",
            _fits("SimpleImputer", strategy="median"),
            _attributes("statistics_"),
            "medians",
        ),
    ):
        yield Workload(
            f"preprocessing/{name}",
            DATASET,
            run,
            answer,
            agrees_in,
            relative=True,
            work=reading_work,
        )
