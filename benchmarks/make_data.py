"""Make the data of workloads, once: `python -m benchmarks.make_data [names]`.

Runs in a process of its own, so that the memory it takes is nobody's.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from benchmarks.data import Arrays, Dataset, Mixed, Table
from benchmarks.workloads import select

DATA = Path(__file__).parent / "data"


def make(dataset: Dataset, folder: Path) -> None:
    """Write a dataset into a folder unless it is there."""
    if dataset.ready(folder):
        return
    folder.mkdir(parents=True, exist_ok=True)
    print(f"making {dataset.name}", flush=True)
    if isinstance(dataset, Arrays):
        _make_arrays(dataset, folder)
    elif isinstance(dataset, Mixed):
        _make_mixed(dataset, folder)
    else:
        _make_table(dataset, folder)


def _make_arrays(arrays: Arrays, folder: Path) -> None:
    from sklearn import datasets

    X, y = getattr(datasets, arrays.generator)(
        n_samples=arrays.n_rows,
        n_features=arrays.n_features,
        random_state=0,
        **dict(arrays.options),
    )[:2]
    for part, values in (("X", np.ascontiguousarray(X, dtype=np.float64)), ("y", y)):
        unfinished = folder / f"{arrays.name}.{part}.{os.getpid()}.tmp"
        with unfinished.open("wb") as file:
            np.save(file, values)
        unfinished.rename(arrays.path(folder, part))


def _make_mixed(mixed: Mixed, folder: Path) -> None:
    import pandas as pd

    rng = np.random.default_rng(0)
    value = rng.normal(size=mixed.n_rows)
    columns: dict[str, object] = {}
    for number in range(mixed.n_numbers):
        values = rng.normal(size=mixed.n_rows)
        value += values
        values[rng.random(mixed.n_rows) < 0.1] = np.nan
        columns[f"x{number}"] = values
    words = np.array([f"level {level:04}" for level in range(mixed.n_levels)])
    for number in range(mixed.n_words):
        levels = rng.integers(0, mixed.n_levels, mixed.n_rows)
        value += rng.normal(size=mixed.n_levels)[levels]
        columns[f"w{number}"] = pd.Categorical.from_codes(levels, words)
    frame = pd.DataFrame({**columns, "value": value})
    frame = frame.astype({f"w{number}": "str" for number in range(mixed.n_words)})
    unfinished = folder / f"{mixed.name}.{os.getpid()}.tmp"
    frame.to_parquet(unfinished)
    unfinished.rename(mixed.path(folder))


def _make_table(table: Table, folder: Path) -> None:
    whole = Table(table.budget, max(table.times, Table.largest), table.n_features)
    for path in (whole.path(folder), table.path(folder), table.sample_path(folder)):
        path.mkdir(exist_ok=True)
    _write_part(table, 0, table.sample_path(folder) / "part.parquet", n_rows=2000)
    for number in range(table.n_files):
        name = f"part-{number:04}.parquet"
        if not (whole.path(folder) / name).exists():
            _write_part(table, number, whole.path(folder) / name, table.rows_per_file)
        if not (table.path(folder) / name).exists():
            os.link(whole.path(folder) / name, table.path(folder) / name)


def _write_part(table: Table, number: int, path: Path, n_rows: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    truth = np.random.default_rng(0)
    scale, shift = truth.uniform(0.5, 5.0, table.n_features), truth.normal(size=table.n_features)
    coef = truth.normal(size=table.n_features) / scale
    rng = np.random.default_rng([1, number])
    X = rng.normal(size=(n_rows, table.n_features)) * scale + shift
    value = (X - shift) @ coef + rng.normal(scale=3.0, size=len(X))
    label = (value + rng.normal(scale=3.0, size=len(X)) > 0).astype(np.int64)
    columns = {f"x{k}": X[:, k] for k in range(table.n_features)}
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(
        pa.table({**columns, "value": value, "label": label}),
        unfinished,
        row_group_size=max(1, (16 << 20) // (8 * (table.n_features + 2))),
        compression="none",
        use_dictionary=False,
    )
    unfinished.rename(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.make_data", description=__doc__)
    parser.add_argument("names", nargs="*", help="workloads whose data to make; all by default")
    parser.add_argument("--rows", type=float, default=1.0, metavar="FRACTION")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    for workload in select(options.names):
        make(
            workload.dataset.scaled(options.rows) if options.rows < 1 else workload.dataset,
            options.data,
        )


if __name__ == "__main__":
    main()
