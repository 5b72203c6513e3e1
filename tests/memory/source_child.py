"""Fit a model on one kind of source in this process and say what memory it took.

Run as ``python source_child.py MODEL KIND PATH SMALL``; prints JSON. See `child.py`.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np

from skdask import config
from skdask.linear_model import Ridge
from skdask.model_selection import GridSearchCV
from skdask.passes.memory import process_memory
from tests.memory.child import MODELS, peak_memory

CHUNK_ROWS = 40_000
COLUMNS = 20


def given(kind: str, path: str, rows: int) -> tuple[Any, Any]:
    """X and y of a kind of source: files at a path, or a graph of so many rows."""
    if kind == "dask array":
        X = da.random.default_rng(0).standard_normal((rows, COLUMNS), chunks=(CHUNK_ROWS, -1))
        return X, (X[:, 0] > 0).astype(float)
    if kind == "ill-conditioned":
        # a column that is nearly another one: models are fitted from QR factors of every fold
        X = da.random.default_rng(0).standard_normal((rows, COLUMNS), chunks=(CHUNK_ROWS, -1))
        close = X[:, :1] + 1e-7 * X[:, -1:]
        return da.concatenate([X[:, :-1], close], axis=1).rechunk((CHUNK_ROWS, -1)), X[:, 0]
    if kind == "dask frame":
        return dd.read_parquet(path), "y"
    if kind == "numpy map":
        return f"{path}/X.npy", np.load(f"{path}/y.npy")
    return path, "y"


class AnonymousPeak:
    """Most memory seen that is no page of a mapped file, which the kernel takes back at will."""

    def __init__(self) -> None:
        self.bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> AnonymousPeak:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.002):
            self.bytes = max(self.bytes, anonymous_memory())


def anonymous_memory() -> int:
    with open("/proc/self/status") as status:
        (line,) = (line for line in status if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024


def made(model: str) -> Any:
    if model == "factors":
        return GridSearchCV(Ridge(), {"alpha": [1e-12, 1e-9, 1.0]}, cv=5)
    if model == "search":
        return GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, cv=3)
    return MODELS[model]()


def main(model: str, kind: str, path: str, small: str, rows: str) -> None:
    made(model).fit(*given(kind, small, 1000))
    baseline, anonymous = process_memory(), anonymous_memory()
    fitted = made(model)
    with AnonymousPeak() as seen:
        fitted.fit(*given(kind, path, int(rows)))
    report = fitted.fit_report_
    json.dump(
        {
            "peak": peak_memory(),
            "baseline": baseline,
            "anonymous": seen.bytes - anonymous,
            "projected": report.projected,
            "budget": config.get().budget,
            "passes": report.passes,
            "decoded": report.bytes_read // report.passes,
            "cache": dict(report.facts()).get("cache", ""),
            "threads": report.threads,
            "asked": [record.asked for record in report.log],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
