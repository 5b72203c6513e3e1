"""The plan of a search by halving: its rungs, what they share, and about how long they take."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sklearn.base import clone

from skdask import config
from skdask.blocks import Blocks
from skdask.model_selection.plan import StagedPlan
from skdask.passes.blas import one_blas_thread
from skdask.routes.twins import to_sklearn
from skdask.statistics import Moments

# Rows of a fit by which the time of others is predicted
_CALIBRATED_ON = 1000


def plan_of_rungs(
    search: Any, data: Blocks, rungs: Sequence[Any], n_folds: int, route: str, why: str
) -> StagedPlan:
    """The plan of rungs that are known.

    Parameters
    ----------
    search : HalvingGridSearchCV or HalvingRandomSearchCV
    data : Blocks
    rungs : sequence of Rung
    n_folds : int
    route : "statistics", "memory" or "rungs"
        Whether rungs are statistics of the rows, rows of all in memory, or rows picked for each.
    why : str
        Why not from statistics.
    """
    of_rows = search.resource == "n_samples"
    unit = "rows fitted" if of_rows else f"{search.resource} fitted"
    sizes = [(len(rung.candidates), rung.resources) for rung in rungs]
    what = "rows" if of_rows else search.resource
    stages = tuple(
        f"rung {number}: {count:,} candidates x {n_folds} folds on {size:,} {what}"
        for number, (count, size) in enumerate(sizes)
    )
    cost = sum(count * n_folds * size for count, size in sizes)
    rules = {
        "statistics": (
            "a rung reuses the statistics of the smaller ones, and the fit of the best those of "
            "all rows: 1 pass over the data, beside one of the target where folds depend on it",
        ),
        "memory": (f"rows are fitted, as {why}: all are brought to memory in 1 pass",),
        "rungs": (
            f"rows are fitted, as {why}: 1 pass over the target, 1 for the rows of each rung "
            f"({len(rungs)}), and those of the fit of the best",
        ),
    }[route]
    seconds, calibration = _predicted(search, data, rungs, cost if of_rows else 0, n_folds, route)
    return StagedPlan(
        type(search).__name__,
        len(rungs[0].candidates),
        stages,
        unit,
        cost,
        len(rungs[0].candidates) * n_folds * max(size for _, size in sizes),
        rules,
        f"{data.name}, {data.n_blocks:,} blocks",
        data.n_bytes,
        seconds,
        calibration,
    )


def _predicted(
    search: Any, data: Blocks, rungs: Sequence[Any], rows: int, n_folds: int, route: str
) -> tuple[float | None, str]:
    threads = config.get().threads
    try:
        if route == "statistics":
            started = time.perf_counter()
            block = next(iter(data.read(0))).rows
            read = time.perf_counter() - started
            started = time.perf_counter()
            with one_blas_thread():
                Moments(True).update(Moments(True).zero(), block)
            met = (time.perf_counter() - started) * (1 + n_folds)
            total = data.n_blocks * (read + met) / threads
            return total, f"by reading and meeting the first block, on {threads} threads"
        if not rows:
            return None, f"as the cost of {search.resource} is not known"
        count = min(_CALIBRATED_ON, rungs[0].resources)
        X, y = data.head(count)
        given = clone(rungs[0].candidates[0], safe=False)
        model = to_sklearn(clone(search.estimator).set_params(**given))
        started = time.perf_counter()
        with one_blas_thread():
            model.fit(X, y)
        each = (time.perf_counter() - started) / count
        return rows * each / threads, f"by a fit of the first {count:,} rows, on {threads} threads"
    except Exception as error:
        return None, f"as a small fit failed: {type(error).__name__}: {error}"
