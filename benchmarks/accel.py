"""An unmodified scikit-learn script under `python -m skdask.accel`, against plain Python.

Whole processes side by side: imports of scikit-learn and of ours, making the data and printing are
in both figures. Their standard output must be equal.

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


def seconds(command: list[str]) -> tuple[float, str]:
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    return time.perf_counter() - started, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accel", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--alphas", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    program = ["-c", SCRIPT, *map(str, (options.rows, options.columns, options.alphas))]
    plain, ours = [], []
    for _ in range(options.repeat):
        taken, printed = seconds([sys.executable, "-m", "skdask.accel", *program])
        ours.append(taken)
        taken, expected = seconds([sys.executable, *program])
        plain.append(taken)
        if printed != expected:
            raise SystemExit(f"other output under acceleration:\n{printed}\n{expected}")
    before, after = statistics.median(plain), statistics.median(ours)
    print(f"plain {before:.1f} s, accelerated {after:.2f} s: {before / after:.0f} times as fast")


if __name__ == "__main__":
    main()
