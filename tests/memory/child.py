"""Fit a model on a Parquet folder in this process and say what memory it took.

Run as ``python child.py MODEL FOLDER``; prints JSON. The largest resident memory is the kernel's
own count, so nothing between two looks is missed: VmHWM rather than ru_maxrss, which a process
inherits from the one that started it.
"""

from __future__ import annotations

import json
import sys

import pyarrow as pa

from skdask import config
from skdask.decomposition import PCA
from skdask.linear_model import LogisticRegression, Ridge
from skdask.passes.memory import process_memory
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler

MODELS = {
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "ridge": lambda: Ridge(),
    "pca": lambda: PCA(n_components=5),
}


def peak_memory() -> int:
    """Most resident bytes that this process ever had."""
    with open("/proc/self/status") as status:
        (line,) = (line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main(name: str, folder: str) -> None:
    # what importing and the first small fit load is not the data's
    MODELS[name]().fit(f"{folder}-small", "y")
    baseline = process_memory()
    model = MODELS[name]()
    model.fit(folder, "y")
    report = model.fit_report_
    json.dump(
        {
            "peak": peak_memory(),
            "baseline": baseline,
            "projected": report.projected,
            "budget": config.get().budget,
            "passes": report.passes,
            "threads": report.threads,
            "decoded": report.bytes_read // report.passes,
            "arrow": pa.default_memory_pool().backend_name,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
