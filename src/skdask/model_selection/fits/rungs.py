"""The rows of a rung, picked out of data that do not fit in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import MemoryBudgetError
from skdask.model_selection.fits.rows import COPIES, GatherTables
from skdask.passes import FitReport, ask, run
from skdask.rows import Rows
from skdask.statistics.gather import Gather, Gathered

Splits = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


@dataclass(frozen=True)
class Targets(Gather):
    """The target and the groups of all rows."""

    needs_features: ClassVar[bool] = False


@dataclass(frozen=True, eq=False)
class PickedRows(GatherTables):
    """Rows by their numbers, in the order of the data."""

    picked: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))

    def update(self, state: Gathered, rows: Rows) -> Gathered:
        assert isinstance(rows.numbers, range)
        start, stop = np.searchsorted(self.picked, [rows.numbers.start, rows.numbers.stop])
        return super().update(state, rows.take(self.picked[start:stop] - rows.numbers.start))


class RungRows:
    """The target of all rows in memory, and the rows of each rung when it comes.

    Parameters
    ----------
    data : Blocks
        With known row counts.
    what : str
        Of the search.
    why : str
        Why rows must be in memory, for errors.
    """

    def __init__(self, data: Blocks, what: str, why: str) -> None:
        self._data, self._what, self._why = data, what, why
        assert data.n_rows is not None
        self.n_rows = data.n_rows
        width = 16 * max(1, data.n_targets)
        statistic = Targets(width, config.get().budget)
        done = run([ask(statistic, asked_by=what)], data, what=f"{what}, target", once=True)
        found = done.results[0].rows
        if found is None:
            raise MemoryBudgetError(
                f"{why}, for which the target of all rows must fit in memory; raise "
                "skdask.config.set(memory_limit=...)"
            )
        self.y, self.groups = found.y, found.groups
        self.reports: list[FitReport] = [done.report]
        # as long as the data, and of no size
        self.placeholder = np.broadcast_to(np.float64(0.0), (self.n_rows, 1))
        self._kept: tuple[NDArray[np.intp], Rows] | None = None

    def pick(self, splits: Sequence[Any]) -> tuple[Any, Any, Splits]:
        """X and y of the rows of some splits, and the splits by their numbers among these."""
        wanted = np.unique(np.concatenate([part for split in splits for part in split]))
        if self._kept is None or not np.isin(wanted, self._kept[0], assume_unique=True).all():
            self._kept = wanted, self._read(wanted)
        numbers, rows = self._kept
        within: Splits = [
            (np.searchsorted(numbers, train), np.searchsorted(numbers, test))
            for train, test in splits
        ]
        return rows.X, rows.y, within

    def _read(self, wanted: NDArray[np.intp]) -> Rows:
        needed = len(wanted) * self._data.row_bytes * (COPIES + 1)
        budget = config.get().budget
        if needed > budget:
            raise MemoryBudgetError(
                f"{self._why}, and a rung has {len(wanted):,} of them, which take "
                f"{format_bytes(needed)} with what is made of them, but the memory limit is "
                f"{format_bytes(budget)}. Give it max_resources="
                f"{len(wanted) * budget // needed:,} or fewer, or raise "
                "skdask.config.set(memory_limit=...)."
            )
        width = max(1, self._data.row_bytes * len(wanted) // self.n_rows)
        statistic = PickedRows(width, budget, wanted)
        what = f"{self._what}, {len(wanted):,} rows of a rung"
        done = run([ask(statistic, asked_by=self._what)], self._data, what=what)
        self.reports.append(done.report)
        found = done.results[0].rows
        assert found is not None
        return found
