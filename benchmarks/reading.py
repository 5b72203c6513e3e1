"""How fast blocks are read, against Arrow's own decoding of the same columns.

Run as `python -m benchmarks.reading`, a few minutes; `--quick` for a tenth of the rows. The rates
are decoded bytes a second. Arrow's is the better of a stream of record batches and whole row
groups, decoded and thrown away; ours ends with matrices that kernels take.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from rich import box
from rich.console import Console
from rich.table import Table

import skdask.blocks
from benchmarks.limits import measure_limits, usable_cores
from benchmarks.machine import describe
from benchmarks.make_data import DATA
from skdask import config

REPEATS = 5
CELLS = 25_000_000


@dataclass(frozen=True)
class Case:
    """A file: what its columns are, how many, and how it is written."""

    values: str
    n_columns: int
    group: int = 1_000_000
    how: str = "snappy"
    kind: str = "parquet"

    def rows(self, fraction: float) -> int:
        cells = CELLS // (4 if self.kind == "csv" else 1)
        return max(self.group // 10, int(fraction * cells / self.n_columns))

    @property
    def name(self) -> str:
        group = f", groups of {self.group:,}" if self.kind != "csv" else ""
        return f"{self.kind}, {self.n_columns} {self.values}, {self.how}{group}"


CASES = [
    Case("float64", 10),
    Case("float64", 50),
    Case("float64", 50, how="zstd"),
    Case("float64", 50, how="none"),
    Case("float64", 50, 10_000),
    Case("float64", 500, 100_000),
    Case("float64", 500, 10_000),
    Case("float64", 500, 10_000, "none"),
    Case("float32", 50),
    Case("int64", 50),
    Case("float64 with nulls", 50),
    Case("mixed", 50),
    Case("dictionary", 50),
    Case("dictionary", 50, 10_000),
    Case("float64", 50, 100_000, "none", "arrow"),
    Case("mixed", 50, 100_000, "none", "arrow"),
    Case("dictionary", 50, 100_000, "zstd", "arrow"),
    Case("float64", 20, how="text", kind="csv"),
]


@dataclass(frozen=True)
class Line:
    """Rates of a case, in decoded bytes a second."""

    name: str
    arrow: float
    ours: float
    arrow_threads: float
    ours_threads: float

    @property
    def ratio(self) -> float:
        return self.ours / self.arrow

    @property
    def ratio_threads(self) -> float:
        return self.ours_threads / self.arrow_threads


def columns(case: Case, n_rows: int) -> dict[str, pa.Array]:
    random = np.random.default_rng(0)

    def column(number: int) -> pa.Array:
        kind = case.values
        if kind == "mixed":
            kind = ("float64", "int64", "float64 with nulls", "float32")[number % 4]
        match kind:
            case "float32":
                return pa.array(random.standard_normal(n_rows, dtype=np.float32))
            case "int64":
                return pa.array(random.integers(0, 10**6, n_rows))
            case "dictionary":
                return pa.array(random.integers(0, 1000, n_rows) / 8)
            case "float64 with nulls":
                return pa.array(random.standard_normal(n_rows), mask=random.random(n_rows) < 0.1)
        return pa.array(random.standard_normal(n_rows))

    return {f"c{number}": column(number) for number in range(case.n_columns)}


def written(case: Case, folder: Path, fraction: float) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    n_rows = case.rows(fraction)
    stem = f"{case.values}-{case.n_columns}-{case.group}-{case.how}-{n_rows}".replace(" ", "-")
    path = folder / f"{stem}.{case.kind}"
    if path.exists():
        return path
    table = pa.table(columns(case, n_rows))
    if case.kind == "parquet":
        dictionary = case.values == "dictionary"
        pq.write_table(
            table, path, row_group_size=case.group, compression=case.how, use_dictionary=dictionary
        )
    elif case.kind == "csv":
        pa_csv.write_csv(table, path)
    else:
        options = pa.ipc.IpcWriteOptions(compression=None if case.how == "none" else case.how)
        with pa.ipc.new_file(path, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=case.group)
    return path


def decoders(case: Case, path: Path, threads: bool) -> Iterator[Callable[[], object]]:
    """Arrow's own ways to decode a file."""
    if case.kind == "csv":
        options = pa_csv.ReadOptions(use_threads=threads)
        yield lambda: pa_csv.read_csv(path, read_options=options)
    elif case.kind == "arrow":
        yield lambda: touch(path, threads)
    else:
        yield lambda: exhaust(pq.ParquetFile(path).iter_batches(65_536, use_threads=threads))
        yield lambda: exhaust(
            pq.ParquetFile(path).read_row_group(group, use_threads=threads)
            for group in range(pq.read_metadata(path).num_row_groups)
        )


def touch(path: Path, threads: bool) -> None:
    """Every byte of a mapped file, decoded where it is compressed."""
    options = pa.ipc.IpcReadOptions(use_threads=threads)
    with pa.memory_map(str(path)) as mapped:
        reader = pa.ipc.open_file(mapped, options=options)
        for index in range(reader.num_record_batches):
            for column in reader.get_batch(index).columns:
                np.frombuffer(column.buffers()[1], np.uint64).max()


def exhaust(items: Iterator[object]) -> None:
    for _ in items:
        pass


def read(path: Path, threads: int) -> Callable[[], object]:
    """Every block of a file, by as many threads."""
    with config.set(n_threads=threads):
        blocks = skdask.blocks.open(path)
    if threads == 1:
        return lambda: [exhaust(blocks.read(unit)) for unit in range(len(blocks.units))]

    def work() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda unit: exhaust(blocks.read(unit)), range(len(blocks.units))))

    return work


def seconds(*works: Callable[[], object]) -> list[float]:
    """The least time of each; they take turns, so that a busy machine hits all of them."""
    best = [float("inf")] * len(works)
    for _ in range(REPEATS):
        for number, work in enumerate(works):
            started = time.perf_counter()
            work()
            best[number] = min(best[number], time.perf_counter() - started)
    return best


def measure(case: Case, folder: Path, fraction: float) -> Line:
    path = written(case, folder, fraction)
    width = 4 if case.values == "float32" else 8
    n_bytes = case.rows(fraction) * case.n_columns * width
    found = []
    for threads in (1, usable_cores()):
        ours, *arrows = seconds(read(path, threads), *decoders(case, path, threads > 1))
        found += [n_bytes / min(arrows), n_bytes / ours]
    return Line(case.name, *found)


HEAD = ("file", "Arrow GB/s", "skdask GB/s", "ratio", "Arrow, all cores", "skdask", "ratio")


def cells(line: Line) -> tuple[str, ...]:
    rates = (line.arrow, line.ours, line.arrow_threads, line.ours_threads)
    arrow, ours, arrow_threads, ours_threads = (f"{rate / 1e9:.2f}" for rate in rates)
    ratio, ratio_threads = f"{line.ratio:.2f}", f"{line.ratio_threads:.2f}"
    return (line.name, arrow, ours, ratio, arrow_threads, ours_threads, ratio_threads)


def markdown(lines: list[Line]) -> str:
    rows = [HEAD, ("---", *["---:"] * (len(HEAD) - 1)), *(cells(line) for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--data", type=Path, default=DATA, help="folder for the data")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args()
    console = Console(width=120)
    machine = describe(measure_limits())
    console.print(machine)
    lines = []
    for case in CASES:
        with console.status(case.name):
            lines.append(measure(case, options.data / "reading", 0.1 if options.quick else 1.0))
    table = Table(*HEAD, box=box.SIMPLE)
    for line in lines:
        table.add_row(*cells(line))
    console.print(table)
    options.out.mkdir(parents=True, exist_ok=True)
    now = datetime.now().astimezone()
    stem = options.out / f"{now:%Y-%m-%dT%H-%M-%S}-reading"
    stem.with_suffix(".md").write_text(f"{now:%Y-%m-%d}. {machine}.\n\n{markdown(lines)}\n")
    facts = {"machine": machine, "results": [asdict(line) for line in lines]}
    stem.with_suffix(".json").write_text(json.dumps(facts, indent=1))
    console.print(f"written to {stem}.md and .json")


if __name__ == "__main__":
    main()
