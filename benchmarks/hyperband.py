"""Hyperband beside a plain random search: scores, and visits of a block, side by side.

Run as ``python -m benchmarks.hyperband [SEEDS]``. A visit is one call of ``partial_fit``: one model
and one block of 600 rows. The plain search trains candidates for `max_iter` calls each, and is
given at least three times the visits of Hyperband: the first so many of Hyperband's own
candidates. Beside it stand all of these candidates trained to the end, which nothing can be better
than but for chance. Models learn from the same blocks in the same order and are chosen by the same
test rows; the score printed is of 30,000 other rows.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import dask.array as da
import numpy as np
from scipy.stats import loguniform, uniform
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import skdask
from skdask.model_selection import HyperbandSearchCV, IncrementalSearchCV

ROWS, FEATURES, BLOCK = 30_000, 30, 600
MODELS: dict[str, tuple[Any, dict[str, Any], int]] = {
    "SGDClassifier": (
        SGDClassifier(random_state=0),
        {
            "alpha": loguniform(1e-6, 1e-1),
            "eta0": loguniform(1e-4, 1.0),
            "learning_rate": ["constant", "invscaling", "optimal", "adaptive"],
            "loss": ["hinge", "log_loss", "modified_huber"],
            "penalty": ["l2", "l1", "elasticnet"],
            "average": [False, True],
        },
        81,
    ),
    "MLPClassifier": (
        MLPClassifier(random_state=0, batch_size=100),
        {
            "hidden_layer_sizes": [(8,), (16,), (32,), (64,), (32, 16)],
            "alpha": loguniform(1e-6, 1e-1),
            "learning_rate_init": loguniform(1e-4, 1e-1),
            "activation": ["relu", "tanh", "logistic"],
            "beta_1": uniform(0.5, 0.45),
        },
        81,
    ),
}


def data(seed: int) -> tuple[Any, Any]:
    X, y = make_classification(
        2 * ROWS,
        FEATURES,
        n_informative=12,
        n_redundant=6,
        n_classes=4,
        flip_y=0.05,
        class_sep=0.8,
        random_state=seed,
    )
    return StandardScaler().fit_transform(X), y


def plain(name: str, candidates: list[dict[str, Any]], lazy: Any, seed: int) -> Any:
    """These candidates, each for all calls; the same test rows and blocks as Hyperband's."""
    model, _, max_iter = MODELS[name]
    grid = [{key: [value] for key, value in given.items()} for given in candidates]
    search = IncrementalSearchCV(
        model, grid, "grid", max_iter=max_iter, fits_per_score=max_iter, random_state=seed
    )
    return search.fit(*lazy)


def compare(name: str, seed: int) -> tuple[float, float, float]:
    X, y = data(seed)
    lazy = da.from_array(X[:ROWS], chunks=(BLOCK, -1)), da.from_array(y[:ROWS], chunks=BLOCK)
    others = X[ROWS:], y[ROWS:]
    model, distributions, max_iter = MODELS[name]
    started = time.perf_counter()
    hyperband = HyperbandSearchCV(model, distributions, max_iter=max_iter, random_state=seed)
    hyperband.fit(*lazy)
    seconds = [time.perf_counter() - started]
    visits = hyperband.metadata_["partial_fit_calls"]
    candidates = hyperband.cv_results_["params"]
    count = -(-3 * visits // max_iter)
    found = [hyperband.score(*others)]
    for few in (candidates[:count], candidates):
        started = time.perf_counter()
        found.append(plain(name, few, lazy, seed).score(*others))
        seconds.append(time.perf_counter() - started)
    every = len(candidates) * max_iter
    print(
        f"{name:14} {seed:4} | {found[0]:.4f} {visits:7,} {seconds[0]:6.1f} s | "
        f"{found[1]:.4f} {count * max_iter:7,} {seconds[1]:6.1f} s | "
        f"{found[2]:.4f} {every:7,} {seconds[2]:6.1f} s",
        flush=True,
    )
    return found[0], found[1], found[2]


def main() -> None:
    warnings.simplefilter("ignore")
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print("score on other rows, visits of a block, seconds")
    print(
        f"{'model':14} {'seed':4} | {'Hyperband':24} | {'plain, 3 x visits':24} | same candidates"
    )
    with skdask.config.set(block_bytes=BLOCK * 8 * (FEATURES + 1), client=False):
        for name in MODELS:
            found = np.array([compare(name, seed) for seed in range(seeds)])
            means, behind = found.mean(axis=0), found[:, 1] - found[:, 0]
            # what seeds differ by anyway
            by_chance = 2 * behind.std(ddof=min(1, seeds - 1)) / seeds**0.5
            verdict = "PASS" if behind.mean() <= max(by_chance, 0.001) else "FAIL"
            print(
                f"{name:14} mean | {means[0]:.4f}{'':18} | {means[1]:.4f}{'':18} | "
                f"{means[2]:.4f}  {verdict}: a third of the visits reaches the score, "
                f"{-behind.mean():+.4f} with {by_chance:.4f} by chance"
            )


if __name__ == "__main__":
    main()
