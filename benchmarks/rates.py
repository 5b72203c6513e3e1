"""How fast passes go: decoding and mapped, beside Arrow's own rate and what memory allows.

    python -m benchmarks.rates

On Parquet files of float64 columns without anything to compress: one as writers make it unless told
otherwise, and one of plain values, which decoding hardly does more than copy. The passes are those
of a logistic regression's gradient, on all cores; the limits are a sum and a copy of as many bytes
in memory, measured in the same run.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import skdask
from benchmarks.limits import usable_cores
from benchmarks.verdicts import Verdicts
from skdask import blocks, config
from skdask.linear_model import LogisticRegression
from skdask.passes import Request, run
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.statistics import GlmGradient, LogisticProblem

N_COLUMNS = 50
# 100 MB, a usual partition
GROUP_ROWS = 250_000
REPEATS = 3


def written(path: Path, n_rows: int, *, plain: bool) -> int:
    """Write the rows, group by group; decoded bytes of the features."""
    random = np.random.default_rng(0)
    names = [f"x{number}" for number in range(N_COLUMNS)]
    writer = None
    for start in range(0, n_rows, GROUP_ROWS):
        X = random.standard_normal((min(GROUP_ROWS, n_rows - start), N_COLUMNS))
        y = (X[:, 0] + random.standard_normal(len(X)) > 0).astype(np.int64)
        table = pa.table({name: X[:, k] for k, name in enumerate(names)} | {"y": y})
        writer = writer or pq.ParquetWriter(path, table.schema, use_dictionary=not plain)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return 8 * n_rows * N_COLUMNS


def arrow(path: Path) -> None:
    """Arrow's own decoding on all cores, row group by row group, thrown away."""
    file = pq.ParquetFile(path)
    for group in range(file.num_row_groups):
        file.read_row_group(group, use_threads=True)


def best(work: Callable[[], object]) -> float:
    """The least time of a few."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def memory(n_bytes: int) -> Iterator[tuple[str, float]]:
    """Seconds to sum and to copy so many bytes on all cores."""
    cores = usable_cores()
    parts = np.array_split(np.ones(min(n_bytes, 2**29) // 8), cores)
    into = [np.empty_like(part) for part in parts]
    times = n_bytes / sum(part.nbytes for part in parts)
    with ThreadPoolExecutor(cores) as pool:
        yield "memory, sum", times * best(lambda: list(pool.map(np.sum, parts)))
        yield "memory, copy", times * best(lambda: list(pool.map(np.copyto, into, parts)))


def gradients(count: int) -> Iterator[Any]:
    """A cheap statistic in each of so many passes."""
    problem = LogisticProblem(np.array([0, 1]))
    for number in range(count):
        yield (Request(GlmGradient(problem, np.full((N_COLUMNS + 1, 1), 1e-3 * number))),)


def seconds_of_passes(path: Path, *, cache: bool) -> list[float]:
    """Wall time of the first and of later passes over the file."""
    with (
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
        config.set(cache=cache, cache_dir=folder, client=False),
    ):
        log = run([gradients(6)], blocks.open(path, y="y"), what="rates").report.log
    return [record.seconds for record in log]


def fit_overhead(path: Path, folder: Path) -> float:
    """The share of overhead in the passes of a realistic fit."""
    with config.set(cache_dir=str(folder), client=False):
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(path, "y")
    return float(model.fit_report_.overhead)


def report(kind: str, path: Path, n_bytes: int) -> tuple[float, float]:
    """Print the rates over a file: a decoding pass over Arrow's, the second pass over the first."""
    arrow_seconds = best(lambda: arrow(path))
    decoding = min(s for _ in range(REPEATS) for s in seconds_of_passes(path, cache=False))
    # which pass writes the cache is the engine's to decide: the last ones are mapped
    cached = [seconds_of_passes(path, cache=True) for _ in range(REPEATS)]
    first = min(seconds[0] for seconds in cached)
    second = min(seconds[1] for seconds in cached)
    for what, seconds in (
        ("Arrow's own decoding", arrow_seconds),
        ("a pass that decodes", decoding),
        ("a pass that decodes and keeps", first),
        ("the second pass", second),
        ("later passes", min(min(seconds[2:]) for seconds in cached)),
    ):
        line(f"{kind}: {what}", n_bytes / seconds)
    return decoding / arrow_seconds, second / first


def line(what: str, rate: float) -> None:
    print(f"      {what:58} {rate / 1e9:9.2f} GB/s")


def main(verdicts: Verdicts | None = None, n_rows: int = 2_000_000) -> None:
    verdicts = verdicts or Verdicts()
    found = {}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.parquet"
        for kind in ("as written by default", "plain values"):
            n_bytes = written(path, n_rows, plain=kind == "plain values")
            found[kind] = report(kind, path, n_bytes)
        for what, seconds in memory(n_bytes):
            line(what, n_bytes / seconds)
        for kind, (over_arrow, of_first) in found.items():
            verdicts.at_most(f"{kind}: Arrow's rate over a decoding pass's", over_arrow, 2.0)
            # plain values are copied rather than decoded, so that there is less to save
            most = 0.2 if kind == "as written by default" else 0.3
            verdicts.at_most(f"{kind}: second pass, share of the first", of_first, most)
        overhead = min(fit_overhead(path, Path(name)) for _ in range(REPEATS))
        verdicts.at_most("overhead of a scaled logistic regression", 100 * overhead, 5.0, "%")


if __name__ == "__main__":
    print(f"skdask {skdask.__version__}")
    main()
