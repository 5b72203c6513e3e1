"""Fit a model on one kind of source in this process and say what memory it took.

Run as ``python source_child.py MODEL KIND PATH SMALL``; prints JSON. See `child.py`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import dask.array as da
import dask.dataframe as dd

from skdask import config
from skdask.passes.memory import process_memory
from tests.memory.child import MODELS, peak_memory

CHUNK_ROWS = 40_000
COLUMNS = 20


def given(kind: str, path: str, rows: int) -> tuple[Any, Any]:
    """X and y of a kind of source: files at a path, or a graph of so many rows."""
    if kind == "dask array":
        X = da.random.default_rng(0).standard_normal((rows, COLUMNS), chunks=(CHUNK_ROWS, -1))
        return X, (X[:, 0] > 0).astype(float)
    if kind == "dask frame":
        return dd.read_parquet(path), "y"
    return path, "y"


def main(model: str, kind: str, path: str, small: str, rows: str) -> None:
    MODELS[model]().fit(*given(kind, small, 1000))
    baseline = process_memory()
    fitted = MODELS[model]()
    fitted.fit(*given(kind, path, int(rows)))
    report = fitted.fit_report_
    json.dump(
        {
            "peak": peak_memory(),
            "baseline": baseline,
            "projected": report.projected,
            "budget": config.get().budget,
            "passes": report.passes,
            "decoded": report.bytes_read // report.passes,
            "notes": report.notes,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
