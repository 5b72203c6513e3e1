"""Make the demo's data: a Parquet folder of about 4 GB decoded, kept for the next run.

5,000,000 rows of 100 float64 sensors, driven by 25 hidden factors of falling strength, each with
a unit of its own; the target follows the factors and noise. Written plain (no dictionaries, no
compression), which is the fastest for random numbers; a manifest written last tells a complete
folder from one that was interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

N_FILES, ROWS_A_FILE, ROWS_A_GROUP = 20, 250_000, 62_500
N_FEATURES, N_FACTORS = 100, 25
COLUMNS = [f"sensor_{number:02d}" for number in range(N_FEATURES)]
VERSION = 1


def recipe(n_files: int) -> dict[str, int]:
    """What decides the data; a folder made by another recipe is made again."""
    return {"version": VERSION, "files": n_files, "rows": n_files * ROWS_A_FILE}


def is_complete(folder: Path, n_files: int) -> bool:
    """Whether the folder holds what the recipe makes, every file in full length."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        return manifest["recipe"] == recipe(n_files) and all(
            (folder / "sensors" / name).stat().st_size == size
            for name, size in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


def write_file(path: Path, seed: int) -> int:
    """Write one file; returns its bytes."""
    # the same for all files: how sensors follow factors, their units, what the target follows
    shared = np.random.default_rng(0)
    strength = np.geomspace(3.0, 0.1, N_FACTORS)
    loadings = strength[:, None] * shared.standard_normal((N_FACTORS, N_FEATURES))
    unit, level = shared.lognormal(0, 1.5, N_FEATURES), shared.normal(0, 20, N_FEATURES)
    effect = shared.standard_normal(N_FACTORS)
    random = np.random.default_rng([1, seed])
    schema = pa.schema([(name, pa.float64()) for name in (*COLUMNS, "target")])
    with pq.ParquetWriter(
        path, schema, compression="none", use_dictionary=False, write_statistics=False
    ) as writer:
        for _ in range(ROWS_A_FILE // ROWS_A_GROUP):
            factors = random.standard_normal((N_FACTORS, ROWS_A_GROUP))
            target = effect @ factors + 4 * random.standard_normal(ROWS_A_GROUP)
            # noise in float32: half the time of the demo's data is random numbers
            sensors = random.standard_normal((N_FEATURES, ROWS_A_GROUP), dtype=np.float32)
            values = loadings.T @ factors
            values += sensors
            values *= unit[:, None]
            values += level[:, None]
            writer.write_table(pa.table([*values, target], schema=schema))
    return path.stat().st_size


def make(folder: Path, n_files: int, console: Console) -> None:
    """Make the folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "sensors").mkdir(parents=True)
    need, free = n_files * ROWS_A_FILE * (N_FEATURES + 1) * 8, shutil.disk_usage(folder).free
    if free < 1.1 * need:
        console.print(f"{folder} needs {need / 1e9:.1f} GB of disk, {free / 1e9:.1f} are free")
        sys.exit(1)
    names = [f"part-{number:02d}.parquet" for number in range(n_files)]
    with (
        Progress(
            TextColumn("making data"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} files"),
            TimeElapsedColumn(),
            console=console,
        ) as bar,
        ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool,
    ):
        task = bar.add_task("", total=n_files)
        jobs = {
            pool.submit(write_file, folder / "sensors" / name, number): name
            for number, name in enumerate(names)
        }
        sizes: dict[str, Any] = {}
        for job in as_completed(jobs):
            sizes[jobs[job]] = job.result()
            bar.advance(task)
    manifest = {"recipe": recipe(n_files), "files": dict(sorted(sizes.items()))}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("demo-data"))
    parser.add_argument("--files", type=int, default=N_FILES, help="fewer for a smaller demo")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    size = arguments.files * ROWS_A_FILE * (N_FEATURES + 1) * 8 / 1e9
    what = f"{arguments.files * ROWS_A_FILE:,} rows x {N_FEATURES + 1} float64, {size:.2f} GB"
    if is_complete(arguments.folder, arguments.files):
        console.print(f"{arguments.folder} is there from an earlier run: {what}")
        return
    started = time.perf_counter()
    make(arguments.folder, arguments.files, console)
    console.print(f"made {arguments.folder}: {what}, in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
