"""Memory of every kind of source: within what was projected, and no more with the block cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

BUDGET = 256 * 2**20
COLUMNS = 20
FILES = 8
# as much as the budget, decoded
ROWS = BUDGET // (8 * (COLUMNS + 1))
KINDS = {"parquet": ".parquet", "csv": ".csv", "ipc": ".feather"}


def write(path: Path, suffix: str, rows: int) -> None:
    random = np.random.default_rng(0)
    X = random.standard_normal((rows, COLUMNS)).astype(np.float32).astype(np.float64)
    columns = {f"x{k}": X[:, k] for k in range(COLUMNS)}
    columns["y"] = (X[:, 0] + random.standard_normal(rows) > 0).astype(np.float64)
    table = pa.table(columns)
    if suffix == ".parquet":
        pq.write_table(table, path, row_group_size=80_000)
    elif suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        compression = "lz4" if suffix == ".feather" else "uncompressed"
        pa.feather.write_feather(table, path, compression=compression, chunksize=80_000)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("sources")
    for kind, suffix in KINDS.items():
        (root / kind).mkdir()
        write(root / kind / f"part.0{suffix}", suffix, ROWS // FILES)
        for number in range(1, FILES):
            os.link(root / kind / f"part.0{suffix}", root / kind / f"part.{number}{suffix}")
        (root / f"{kind}-small").mkdir()
        write(root / f"{kind}-small" / f"part.0{suffix}", suffix, 1000)
    for name, rows in (("mapped", ROWS // FILES), ("mapped-small", 1000)):
        (root / name).mkdir()
        write(root / name / "part.0.arrow", ".arrow", rows)
    for number in range(1, FILES):
        os.link(root / "mapped/part.0.arrow", root / f"mapped/part.{number}.arrow")
    for name, rows in (("numpy map", ROWS), ("numpy map-small", 1000)):
        (root / name).mkdir()
        random = np.random.default_rng(0)
        np.save(root / name / "X.npy", random.standard_normal((rows, COLUMNS)))
        np.save(root / name / "y.npy", random.integers(0, 2, rows).astype(float))
    return {kind: root / kind for kind in (*KINDS, *MAPPED)}


def fit(
    model: str, kind: str, folder: Path, cache: Path | None, budget: int = BUDGET
) -> dict[str, Any]:
    environment = {
        **os.environ,
        "SKDASK_MEMORY_LIMIT": str(budget),
        "SKDASK_N_THREADS": "2",
        "SKDASK_PROGRESS": "0",
        "SKDASK_CACHE": "0" if cache is None else "1",
        "SKDASK_CACHE_DIR": str(cache),
    }
    script = "tests.memory.source_child"
    arguments = [model, kind, str(folder), f"{folder}-small", str(ROWS)]
    done = subprocess.run(
        [sys.executable, "-m", script, *arguments],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Of these, pages of the mapped files are in the resident memory, though nobody holds them.
MAPPED = ("numpy map", "mapped")


@pytest.mark.parametrize("model", ["ridge", "logistic", "search"])
@pytest.mark.parametrize("kind", [*KINDS, *MAPPED, "dask array", "dask frame"])
def test_measured_within_projected(kind: str, model: str, folders: dict[str, Path]) -> None:
    found = fit(model, kind, folders.get(kind, folders["parquet"]), None)
    grown = found["anonymous"] if kind in MAPPED else found["peak"] - found["baseline"]
    print(
        f"{kind:10} {model:8} {grown / 2**20:4.0f} MiB, projected "
        f"{found['projected'] / 2**20:4.0f}: {grown / found['projected']:.2f}"
    )
    assert found["projected"] <= BUDGET
    assert grown <= found["projected"], "more memory than was projected"


def test_factors_of_many_folds(folders: dict[str, Path]) -> None:
    found = fit("factors", "ill-conditioned", folders["parquet"], None)
    grown = found["peak"] - found["baseline"]
    print(f"{grown / 2**20:.0f} MiB, projected {found['projected'] / 2**20:.0f}")
    assert any("Factor" in asked for asked in found["asked"])
    assert 0.3 * found["projected"] <= grown <= found["projected"]


# where PyArrow ends pages by rows as well
BY_ROWS = "max_rows_per_page" in pq.write_table.__doc__
PAGES_BY_BYTES = {"max_rows_per_page": 10**6} if BY_ROWS else {}
# rows, columns, rows of a row group, and how its columns are written
SHAPES = {
    "one huge row group": (1_200_000, 20, 1_200_000, {"use_dictionary": False}),
    "many columns": (60_000, 300, 60_000, {"use_dictionary": False}),
    "pages of 1 MiB": (600_000, 30, 600_000, {"use_dictionary": False, **PAGES_BY_BYTES}),
    "dictionaries": (600_000, 40, 600_000, {"use_dictionary": True}),
    "not compressed": (600_000, 40, 300_000, {"use_dictionary": False, "compression": "none"}),
}


@pytest.mark.parametrize("shape", list(SHAPES))
def test_parquet_of_any_shape(shape: str, tmp_path: Path) -> None:
    """Neither more memory than projected, nor a projection that would refuse what fits."""
    n_rows, n_columns, group, how = SHAPES[shape]
    random = np.random.default_rng(0)
    for path, rows in ((tmp_path / "t", n_rows), (tmp_path / "t-small", 1000)):
        path.mkdir()
        values = random.standard_normal(rows + n_columns)
        if shape == "dictionaries":
            values = np.round(values, 1)
        columns = {f"x{k}": values[k : k + rows] for k in range(n_columns)}
        columns["y"] = random.standard_normal(rows)
        pq.write_table(pa.table(columns), path / "t.parquet", row_group_size=group, **how)
    found = fit("ridge", "parquet", tmp_path / "t", None, 2**30)
    grown = found["peak"] - found["baseline"]
    print(
        f"{shape}: {grown / 2**20:.0f} MiB on {found['threads']} threads, projected "
        f"{found['projected'] / 2**20:.0f}: {grown / found['projected']:.2f}"
    )
    assert 0.3 * found["projected"] <= grown <= found["projected"]


@pytest.mark.parametrize("kind", [*KINDS, "dask array", "dask frame"])
def test_the_cache_takes_no_memory(kind: str, folders: dict[str, Path], tmp_path: Path) -> None:
    folder = folders.get(kind, folders["parquet"])
    cached, plain = (fit("logistic", kind, folder, cache) for cache in (tmp_path, None))
    for found in (cached, plain):
        print(f"{kind:10} {found['peak'] / 2**20:4.0f} MiB at peak; {found['cache']}")
    assert "came from the block cache" in cached["cache"]
    assert not list(tmp_path.glob("*/*")), "removed at exit"
    assert cached["peak"] <= 1.15 * plain["peak"]
