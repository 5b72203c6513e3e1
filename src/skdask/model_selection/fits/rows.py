"""Rows on blocks brought into memory, where all of them and a fold's copy fit there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd
from dask.utils import format_bytes

from skdask import config
from skdask.blocks import Blocks
from skdask.blocks.columns import plain_text
from skdask.exceptions import MemoryBudgetError
from skdask.passes import FitReport, ask, run
from skdask.passes.checkpoint import count_rows
from skdask.rows import Rows, is_frame
from skdask.statistics.gather import AllRows, Gathered, GatherWithGaps, joined_rows

# The rows themselves, and the training and test rows of a fold beside them
COPIES = 2


@dataclass(frozen=True)
class GatherTables(GatherWithGaps):
    """All rows, in frames where the data are a table."""

    takes_tables: ClassVar[bool] = True
    # rows are read again: a checkpoint holds what was found of data, not data
    logged: ClassVar[bool] = False

    def value(self, state: Gathered) -> AllRows:
        if state.n_bytes > self.limit or not any(is_frame(part.X) for part in state.parts):
            return super().value(state)
        bare = joined_rows([replace(part, X=None) for part in state.parts])
        table = pd.concat([part.X for part in state.parts], ignore_index=True)
        return AllRows(replace(bare, X=plain_text(table)), state.n_bytes, state.count)

    def suspect(self, state: Gathered) -> bool:
        # fits in memory say themselves what they do not take
        return False


@dataclass(frozen=True)
class InMemory:
    """Rows in memory, how many folds of them fit beside, and what reading them cost."""

    rows: Rows
    threads: int
    report: FitReport


def bring_to_memory(data: Blocks, what: str, why: str) -> InMemory:
    """All rows of the data.

    Parameters
    ----------
    data : Blocks
    what : str
        Of the search, for its report.
    why : str
        Why the search cannot do with statistics of the rows.

    Raises
    ------
    MemoryBudgetError
        Before anything but row counts is read, where they would not fit.
    """
    counted, _ = count_rows(data)
    threads = folds_that_fit(counted, why)
    limit = config.get().budget
    statistic = GatherTables(counted.row_bytes, limit)
    done = run([ask(statistic, asked_by=what)], counted, what=f"{what}, rows to memory", once=True)
    found = done.results[0]
    if found.rows is None:
        raise MemoryBudgetError(_too_large(found.n_bytes, limit, why))
    return InMemory(found.rows, threads, done.report)


def folds_that_fit(data: Blocks, why: str) -> int:
    """How many folds may be fitted at once, each with its own copy of its rows."""
    settings = config.get()
    size, budget = data.n_bytes or 0, settings.budget
    if size * (COPIES + 1) > budget:
        raise MemoryBudgetError(_too_large(size, budget, why))
    return max(1, min(settings.threads, (budget - COPIES * size) // max(1, size)))


def _too_large(size: int, budget: int, why: str) -> str:
    return (
        f"{why.rstrip('.')}. So its fits need the rows in memory: {format_bytes(size)}, and as "
        "much again for a fold and for what is read, but the memory limit is "
        f"{format_bytes(budget)}. Search on a sample of the rows; or search an estimator that has "
        "partial_fit with HyperbandSearchCV or IncrementalSearchCV, which read block by block; or "
        "raise skdask.config.set(memory_limit=...)."
    )


def weights_among(params: dict[str, Any], rows: Rows, steps: Sequence[str]) -> dict[str, Any]:
    """Fit parameters with the weights that came with the rows in the place of those given."""
    found = {name: rows.sample_weight for name, value in params.items() if value is not None}
    if rows.sample_weight is not None and not found and "" in steps:
        found["sample_weight"] = rows.sample_weight
    return found
