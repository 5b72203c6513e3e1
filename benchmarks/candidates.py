"""Ten thousand candidates in ten folds, on Parquet sixteen times as large as the memory budget.

    python -m benchmarks.candidates            # 16 GiB of rows, 10,000 candidates
    python -m benchmarks.candidates --gib 1    # fewer rows

StandardScaler, PCA and Ridge: 50 numbers of components and 200 penalties, so 100,000 fits. The
search runs in a process of its own with a budget of 1 GiB. The files are made once, and stay.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.child import forget_peak, peak_bytes, resident_bytes
from benchmarks.launch import ROOT
from benchmarks.make_data import DATA
from benchmarks.verdicts import Verdicts

BUDGET = 2**30
N_FEATURES = 100
PART_BYTES = 256 * 2**20
GROUP_BYTES = 16 * 2**20
ROW_BYTES = 8 * (N_FEATURES + 1)
GRID = {
    "pca__n_components": np.linspace(2, N_FEATURES, 50).astype(int).tolist(),
    "ridge__alpha": np.logspace(-3, 6, 200).tolist(),
}
FOLDS = 10


def write_rows(folder: Path, gib: float) -> None:
    """Files of correlated columns of different scales, and a target in the last column."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"part.{k:03}.parquet" for k in range(round(gib * 2**30 / PART_BYTES))]
    missing = [path for path in paths if not path.exists()]
    free = shutil.disk_usage(folder).free
    if free < 1.2 * PART_BYTES * len(missing):
        raise SystemExit(f"{len(missing) * PART_BYTES >> 30} GiB of disk are needed in {folder}")
    truth = np.random.default_rng(0)
    scale, shift = truth.uniform(0.5, 50.0, N_FEATURES), truth.normal(size=N_FEATURES)
    common, coef = truth.normal(size=(5, N_FEATURES)), truth.normal(size=N_FEATURES)
    n_rows = PART_BYTES // ROW_BYTES
    for path in missing:
        random = np.random.default_rng([1, paths.index(path)])
        X = random.standard_normal((n_rows, N_FEATURES))
        X += random.standard_normal((n_rows, 5)) @ common
        y = X @ coef + 10.0 * random.standard_normal(n_rows)
        X = X * scale + shift
        columns = {f"x{k}": X[:, k] for k in range(N_FEATURES)} | {"y": y}
        unfinished = path.with_suffix(".tmp")
        pq.write_table(
            pa.table(columns),
            unfinished,
            row_group_size=GROUP_BYTES // ROW_BYTES,
            compression="none",
            use_dictionary=False,
        )
        unfinished.rename(path)


def measure(folder: Path) -> dict[str, Any]:
    """Search once and say what it took; in a process of its own."""
    from skdask import config
    from skdask.decomposition import PCA
    from skdask.linear_model import Ridge
    from skdask.model_selection import GridSearchCV
    from skdask.pipeline import Pipeline
    from skdask.preprocessing import StandardScaler

    steps = [
        ("scale", StandardScaler()),
        ("pca", PCA(svd_solver="covariance_eigh")),
        ("ridge", Ridge()),
    ]
    with config.set(memory_limit=BUDGET, client=False):
        search = GridSearchCV(Pipeline(steps), GRID, cv=FOLDS)
        plan = search.plan(folder, "y")
        forget_peak()
        start, started = resident_bytes(), time.perf_counter()
        search.fit(folder, "y")
        seconds = time.perf_counter() - started
    report = search.fit_report_
    return {
        "plan": str(plan),
        "report": str(report),
        "rows": report.rows,
        "bytes": report.bytes_read,
        "passes": report.passes,
        "seconds": seconds,
        "solve": report.solve_seconds,
        "start": start,
        "peak": peak_bytes(),
        "best": {**search.best_params_, "score": search.best_score_},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.candidates", description=__doc__)
    parser.add_argument("--gib", type=float, default=16.0, help="of rows; 16 by default")
    parser.add_argument("--data", type=Path, default=DATA, help="folder for the files")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    folder = options.data.resolve() / f"candidates-{options.gib:g}GiB"
    write_rows(folder, options.gib)
    command = [sys.executable, "-m", "benchmarks.candidates", "--measure", str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    fits = len(GRID["pca__n_components"]) * len(GRID["ridge__alpha"]) * FOLDS
    print(found["plan"], found["report"], sep="\n")
    print(
        f"{fits:,} fits on {found['rows']:,} rows, {found['bytes'] / 2**30:.1f} GiB: "
        f"{found['seconds']:.1f} s, of which {found['solve']:.1f} s after the pass; "
        f"peak {found['peak'] >> 20} MiB, {(found['peak'] - found['start']) >> 20} above the start"
    )
    verdicts = Verdicts()
    verdicts.at_most("passes", found["passes"], 1)
    verdicts.at_most("peak memory over the budget", found["peak"] / BUDGET, 1.0)
    verdicts.at_most("microseconds a fit, after the pass", 1e6 * found["solve"] / fits, 100)
    print(verdicts.summary())


if __name__ == "__main__":
    main()
