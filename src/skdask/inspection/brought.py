"""Rows on blocks brought to memory, for what a model is asked by a callable of its user's own."""

from __future__ import annotations

from typing import Any

from dask.utils import format_bytes

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import MemoryBudgetError
from skdask.model_selection.fits.rows import GatherTables
from skdask.passes import ask, run
from skdask.passes.checkpoint import count_rows
from skdask.routes.lazy import bare_predictor
from skdask.rows import Rows


def rows_in_memory(estimator: Any, data: Blocks, what: str, why: str) -> tuple[Any, Rows]:
    """The plain estimator for rows in memory, and the rows.

    Raises
    ------
    MemoryBudgetError
        Where they do not fit, saying why they would have to.
    """
    counted, _ = count_rows(data)
    budget = config.get().budget
    gather = GatherTables(counted.row_bytes, budget // 2)
    size = counted.n_bytes or 0
    if 2 * size <= budget:
        done = run([ask(gather, asked_by=what)], counted, what=f"{what}, rows to memory", once=True)
        found = done.results[0]
        if found.rows is not None:
            return bare_predictor(estimator), found.rows
        size = found.n_bytes
    raise MemoryBudgetError(
        f"{why.rstrip('.')}. So {what} needs the rows in memory: {format_bytes(size)}, and as much "
        f"again for a copy, but the memory limit is {format_bytes(budget)}. Take a sample of the "
        "rows, or raise skdask.config.set(memory_limit=...)."
    )
