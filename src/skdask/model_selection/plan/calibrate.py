"""Small measurements by which a plan predicts seconds: one block met, one fit of a few rows."""

from __future__ import annotations

import time
from typing import Any

from sklearn.base import clone

from skdask import config
from skdask.blocks import Blocks
from skdask.passes.blas import one_blas_thread
from skdask.routes.twins import to_sklearn
from skdask.statistics import Moments

# Rows of a fit by which the time of others is predicted
_CALIBRATED_ON = 1000

Predicted = tuple[float | None, str]


def seconds_of_moments(data: Blocks, n_folds: int, passes: int) -> Predicted:
    """Passes that meet every row about once a fold, by the first block; and how that was found."""
    threads = config.get().threads
    try:
        started = time.perf_counter()
        block = next(iter(data.read(0))).rows
        read = time.perf_counter() - started
        started = time.perf_counter()
        with one_blas_thread():
            Moments(True).update(Moments(True).zero(), block)
        met = (time.perf_counter() - started) * n_folds
    except Exception as error:
        return None, f"as the first block cannot be met: {type(error).__name__}: {error}"
    total = passes * data.n_blocks * (read + met) / threads
    return total, f"by reading and meeting the first block, on {threads} threads"


def seconds_of_fits(
    estimator: Any, candidate: dict[str, Any], data: Blocks, rows: int, most: int
) -> Predicted:
    """Fits of so many rows in all, by one of a few rows; and how that was found.

    Parameters
    ----------
    estimator : estimator
    candidate : dict
    data : Blocks
    rows : int
        Of all fits together.
    most : int
        Rows to fit at most.
    """
    threads = config.get().threads
    try:
        X, y = data.head(min(_CALIBRATED_ON, most))
        given = clone(candidate, safe=False)
        model = to_sklearn(clone(estimator).set_params(**given))
        started = time.perf_counter()
        with one_blas_thread():
            model.fit(X, y)
        each = (time.perf_counter() - started) / len(X)
    except Exception as error:
        return None, f"as a small fit failed: {type(error).__name__}: {error}"
    return rows * each / threads, f"by a fit of the first {len(X):,} rows, on {threads} threads"
