"""The plan of a search by halving: its rungs, what they share, and about how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skdask.blocks import Blocks
from skdask.model_selection.plan import StagedPlan
from skdask.model_selection.plan.calibrate import (
    Predicted,
    seconds_of_fits,
    seconds_of_moments,
)


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
) -> Predicted:
    if route == "statistics":
        # a group-by of each split, and all rows
        return seconds_of_moments(data, 1 + n_folds, 1)
    if not rows:
        return None, f"as the cost of {search.resource} is not known"
    first = rungs[0]
    return seconds_of_fits(
        search.estimator, first.candidates[0], data, rows, min(first.resources, data.n_rows or 1)
    )
