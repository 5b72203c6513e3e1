"""What the block cache costs and saves: passes of a cheap statistic over Parquet.

Run as ``python -m benchmarks.cache [MIB]``: writes a folder of 50 float64 columns, snappy, and
prints seconds and GB/s of a pass that decodes, one that decodes and writes the cache, and one that
maps it, each the median of three.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import skdask
from skdask.blocks import Blocks

COLUMNS = 50
REPEATS = 3


def write(folder: Path, n_bytes: int) -> None:
    random = np.random.default_rng(0)
    rows = 2**26 // (8 * COLUMNS)
    for number in range(max(1, n_bytes // 2**26)):
        X = random.standard_normal((rows, COLUMNS))
        table = pa.table({f"x{k}": X[:, k] for k in range(COLUMNS)})
        pq.write_table(table, folder / f"part.{number}.parquet", compression="snappy")


def timed_pass(blocks: Blocks, *, write: bool) -> float:
    """Seconds of meeting every block with a sum of its values."""
    blocks.begin_pass(write=write)
    started = time.perf_counter()
    total = 0.0
    for unit in range(len(blocks.units)):
        for block in blocks.read(unit):
            total += float(block.rows.X.sum())
    assert np.isfinite(total)
    return time.perf_counter() - started


def rounds(data: Path) -> Iterator[tuple[float, float, float]]:
    for _ in range(REPEATS):
        with (
            tempfile.TemporaryDirectory() as folder,
            skdask.config.set(cache_dir=folder, cache_limit="1TiB"),
        ):
            blocks = skdask.blocks.open(data)
            timed_pass(blocks, write=False)
            yield (
                timed_pass(blocks, write=False),
                timed_pass(blocks, write=True),
                timed_pass(blocks, write=False),
            )


def main(mebibytes: int = 512) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), mebibytes * 2**20)
        n_bytes = skdask.blocks.open(folder).n_bytes or 0
        seconds_of = zip(*rounds(Path(folder)), strict=True)
        for name, seconds in zip(("decode", "decode and write", "map"), seconds_of, strict=True):
            middle = statistics.median(seconds)
            print(f"{name:17} {middle:6.2f} s {n_bytes / middle / 1e9:6.2f} GB/s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
