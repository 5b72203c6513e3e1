"""Memory and time over data of 1 to 16 times the budget: one must stay, the other grow with it.

    python -m benchmarks.growth

A scaled logistic regression over Parquet folders, each in a process of its own with a budget of
512 MiB. A folder is links to the same few files, so that 8 GiB of rows take 1 GiB of disk, and the
answer, and so the passes, are the same for all sizes from 2 on. Memory is measured with blocks kept
on disk, as in any fit, and without. Time must be constant without: with kept blocks it is less for
all sizes, and least for small ones, whose files the kernel writes to the disk after the fit.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.child import forget_peak, peak_bytes, resident_bytes
from benchmarks.launch import ROOT
from benchmarks.verdicts import Verdicts

BUDGET = 512 * 2**20
TIMES = (1, 2, 4, 8, 16)
N_COLUMNS = 63
PART_BYTES = 128 * 2**20
DISTINCT = 8
# the rows of all sizes, those that are kept decoded of the largest, and some room
DISK_BYTES = DISTINCT * PART_BYTES + 20 * BUDGET
REPEATS = 2


def write_parts(folder: Path) -> list[Path]:
    """The distinct files; 64 columns of eight bytes with the target."""
    random = np.random.default_rng(0)
    n_rows = PART_BYTES // (8 * (N_COLUMNS + 1))
    paths = []
    for number in range(DISTINCT):
        X = random.standard_normal((n_rows, N_COLUMNS))
        y = (X[:, 0] + random.standard_normal(n_rows) > 0).astype(np.int64)
        columns = {f"x{k}": X[:, k] for k in range(N_COLUMNS)} | {"y": y}
        paths.append(folder / f"distinct.{number}.parquet")
        pq.write_table(pa.table(columns), paths[-1], row_group_size=n_rows // 4)
    return paths


def linked(folder: Path, parts: list[Path], times: int) -> Path:
    """A folder with so many times the budget of rows."""
    found = folder / f"{times}x"
    found.mkdir()
    for number in range(times * BUDGET // PART_BYTES):
        os.link(parts[number % len(parts)], found / f"part.{number:03}.parquet")
    return found


def measure(folder: Path, small: Path, cache: bool) -> dict[str, Any]:
    """Fit once and say what it took; in a process of its own."""
    from skdask import config
    from skdask.linear_model import LogisticRegression
    from skdask.pipeline import make_pipeline
    from skdask.preprocessing import StandardScaler

    def fit(path: Path) -> Any:
        return make_pipeline(StandardScaler(), LogisticRegression()).fit(path, "y")

    kept = {"cache": cache, "cache_dir": str(folder.parent / "cache")}
    with config.set(memory_limit=BUDGET, client=False, **kept):
        fit(small)
        forget_peak()
        start, started = resident_bytes(), time.perf_counter()
        report = fit(folder).fit_report_
        seconds = time.perf_counter() - started
    return {
        "rows": report.rows,
        "passes": report.passes,
        "seconds": seconds,
        "start": start,
        "peak": peak_bytes(),
        "projected": report.projected,
        "overhead": report.overhead,
    }


def in_a_child(folder: Path, small: Path, cache: bool) -> dict[str, Any]:
    kept = "cache" if cache else "decode"
    command = [sys.executable, "-m", "benchmarks.growth", str(folder), str(small), kept]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(verdicts: Verdicts | None = None) -> None:
    verdicts = verdicts or Verdicts()
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < DISK_BYTES:
        raise SystemExit(f"{DISK_BYTES >> 30} GiB of disk are needed, {free >> 30} are free")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = write_parts(folder)
        small = folder / "small.parquet"
        pq.write_table(pq.ParquetFile(parts[0]).read_row_group(0)[:2000], small)
        folders = {times: linked(folder, parts, times) for times in TIMES}
        for cache in (True, False):
            print(f"      blocks {'kept on disk' if cache else 'decoded in every pass'}")
            peaks, rates = zip(
                *(of_size(times, rows, small, cache) for times, rows in folders.items()),
                strict=True,
            )
            verdicts.at_most("peak memory, largest over smallest", max(peaks) / min(peaks), 1.1)
    verdicts.at_most("time per row and pass, largest over smallest", max(rates) / min(rates), 1.1)


def of_size(times: int, rows: Path, small: Path, cache: bool) -> tuple[int, float]:
    """Peak memory, and nanoseconds a row and pass, of the best of some fits."""
    found = [in_a_child(rows, small, cache) for _ in range(REPEATS)]
    one = min(found, key=lambda run: float(run["seconds"]))
    peak = max(run["peak"] for run in found)
    rate = 1e9 * one["seconds"] / one["rows"] / one["passes"]
    print(
        f"      {times:2} x 512 MiB: peak {peak >> 20:5} MiB "
        f"({(peak - one['start']) >> 20} above the start, "
        f"{one['projected'] >> 20} projected), {one['seconds']:6.2f} s, "
        f"{one['passes']} passes, {rate:6.1f} ns a row and pass, "
        f"overhead {one['overhead']:.1%}",
        flush=True,
    )
    return peak, rate


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "cache")))
    else:
        main()
