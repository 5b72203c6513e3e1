"""Peak memory follows the budget and not the data: fits of 1, 2 and 8 times the budget."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

BUDGET = 256 * 2**20
TIMES = (1, 2, 8)
COLUMNS = 20
ROWS_A_FILE = BUDGET // 8 // (8 * (COLUMNS + 1))


def write(folder: Path, files: int, rows: int) -> None:
    folder.mkdir()
    random = np.random.default_rng(0)
    beta = random.standard_normal(COLUMNS)
    for number in range(files):
        X = random.standard_normal((rows, COLUMNS))
        columns = {f"x{k}": X[:, k] for k in range(COLUMNS)}
        columns["y"] = (X @ beta + random.standard_normal(rows) > 0).astype(np.float64)
        pq.write_table(pa.table(columns), folder / f"part.{number}.parquet", use_dictionary=False)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Parquet folders by their decoded size in budgets."""
    root = tmp_path_factory.mktemp("flat")
    found = {}
    for times in TIMES:
        found[times] = root / f"data-{times}"
        write(found[times], 8 * times, ROWS_A_FILE)
        write(root / f"data-{times}-small", 1, 1000)
    return found


def fit(model: str, folder: Path) -> dict[str, int]:
    environment = {
        **os.environ,
        "SKDASK_MEMORY_LIMIT": str(BUDGET),
        "SKDASK_N_THREADS": "2",
        "SKDASK_PROGRESS": "0",
    }
    child = Path(__file__).with_name("child.py")
    done = subprocess.run(
        [sys.executable, str(child), model, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("model", ["logistic", "ridge", "pca"])
def test_peak_memory(model: str, folders: dict[int, Path]) -> None:
    taken = {times: fit(model, folder) for times, folder in folders.items()}
    for times, found in taken.items():
        grown = found["peak"] - found["baseline"]
        print(
            f"{model:9} {times}x: decoded {found['decoded'] / 2**20:6.0f} MiB in {found['passes']} "
            f"passes on {found['threads']} threads, peak {found['peak'] / 2**20:4.0f} MiB, "
            f"{grown / 2**20:4.0f} above the start, projected {found['projected'] / 2**20:4.0f}"
        )
        assert found["decoded"] >= 0.9 * times * BUDGET
        assert found["projected"] <= BUDGET
        assert grown <= found["projected"], "more memory than was projected"
    peaks = [found["peak"] for found in taken.values()]
    assert max(peaks) <= 1.15 * min(peaks)
