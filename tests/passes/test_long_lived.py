"""A process that fits for weeks: no memory, threads or files are left behind."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CHILD = """
import gc, json, sys, threading
import dask.array as da, numpy as np, pandas as pd, psutil
from skdask import config
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV

path = sys.argv[1]
random = np.random.default_rng(0)
A = random.normal(size=(4000, 10))
b = (A.sum(axis=1) + random.normal(size=4000) > 0).astype(int)
pd.DataFrame(A, columns=list("abcdefghij")).assign(y=b).to_parquet(path, row_group_size=500)
X, y = da.from_array(A, chunks=(500, 10)), da.from_array(b, chunks=500)
config.set(n_threads=2, block_bytes=500 * 88)
me = psutil.Process()
jobs = [
    lambda: Ridge().fit(X, y),
    lambda: LogisticRegression(max_iter=3, tol=1.0).fit(path, "y"),
    lambda: GridSearchCV(Ridge(), {"alpha": [1.0, 10.0]}).fit(X, y),
]
def measure():
    gc.collect()
    return {
        "rss": me.memory_info().rss, "fds": me.num_fds(),
        # the file that says how much memory there is stays open
        "files": [f.path for f in me.open_files() if not f.path.endswith("/statm")],
        "threads": sorted(t.name for t in threading.enumerate()),
    }
for round in range(90):
    if round == 20:
        before = measure()
    for job in jobs:
        job()
after = measure(); print(json.dumps([before, after]))
"""

# What allocators keep; a report or a graph kept from every fit would be several times this
GROWTH_BYTES = 24 * 2**20


@pytest.mark.slow
def test_two_hundred_fits_leave_nothing_behind(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / "rows.parquet")],
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = json.loads(done.stdout)
    assert after["rss"] - before["rss"] < GROWTH_BYTES
    assert after["fds"] <= before["fds"]
    assert after["files"] == before["files"] == []
    assert after["threads"] == before["threads"]
    assert not [name for name in after["threads"] if name.startswith("skdask")]
