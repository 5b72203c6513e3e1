"""An unmodified scikit-learn script under `python -m skdask.accel`, against plain Python.

Whole processes side by side: imports of scikit-learn and of ours, making the data and printing are
in both figures. Their standard output must be equal. On a machine that is not quiet the processor
seconds say more than the clock.

    python -m benchmarks.accel [--rows 200000] [--columns 100] [--alphas 100] [--repeat 1]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

SCRIPT = """
import sys
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rows, columns, alphas = map(int, sys.argv[1:])
random = np.random.default_rng(0)
X = random.normal(size=(rows, columns))
y = X[:, :5] @ [1.0, 2.0, 3.0, 4.0, 5.0] + random.normal(size=rows)
grid = {"ridge__alpha": np.logspace(-3, 6, alphas)}
search = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), grid, cv=5).fit(X, y)
print(search.best_params_, round(search.best_score_, 10))
print(search.cv_results_["mean_test_score"].round(9))
print(search.predict(X[:3]).round(8))
"""


def measure(command: list[str]) -> tuple[float, float, str]:
    """Seconds by the clock, of the processors, and what was printed."""
    started, before = time.perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = os.times()
    busy = sum(after[2:4]) - sum(before[2:4])
    return time.perf_counter() - started, busy, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accel", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--alphas", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    program = ["-c", SCRIPT, *map(str, (options.rows, options.columns, options.alphas))]
    runs: dict[str, list[tuple[float, float]]] = {"accelerated": [], "plain": []}
    printed = {}
    for _ in range(options.repeat):
        for name, runner in (("accelerated", ["-m", "skdask.accel"]), ("plain", [])):
            *times, printed[name] = measure([sys.executable, *runner, *program])
            runs[name].append((times[0], times[1]))
        if printed["accelerated"] != printed["plain"]:
            raise SystemExit(
                "other output under acceleration:\n{accelerated}{plain}".format_map(printed)
            )
    for place, unit in enumerate(("s by the clock", "s of the processors")):
        after, before = (
            statistics.median(run[place] for run in runs[name]) for name in ("accelerated", "plain")
        )
        ratio = f"{before / after:.0f} times as fast"
        print(f"plain {before:.1f}, accelerated {after:.2f} {unit}: {ratio}")


if __name__ == "__main__":
    main()
