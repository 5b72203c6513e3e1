"""In which order models meet blocks, and which rows are held out to score them.

Call number t of any model is with the same block, t-th in an order that is drawn anew for every
time through the data; so models that have made as many calls share the read, and every model
meets every block before any block again. A row is held out or not by its own number, or by its
group where there are groups, so the held-out rows of all blocks are found in one pass, and stay in
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from skdask import config
from skdask.blocks import Blocks
from skdask.blocks.columns import plain_text
from skdask.exceptions import MemoryBudgetError
from skdask.model_selection.fits.rows import GatherTables
from skdask.passes import Request, run
from skdask.rows import Rows, is_frame
from skdask.statistics import Labels
from skdask.statistics.gather import Gathered
from skdask.statistics.sample import uniform_numbers

# Of the rows where that is less than one block's
_MOST_TEST = 0.2
# An accuracy of fewer rows is uncertain by more than half a percent, which is what candidates that
# are worth comparing differ by: with 600 rows the best of 143 was chosen 24th and 32nd, with
# 6,000 first to fourth
_ENOUGH_ROWS = 10_000


def share_of_test_rows(test_size: float | None, data: Blocks) -> float:
    """The share of rows that are held out: one block's, enough rows at least, a fifth at most."""
    if test_size is not None:
        return test_size
    return min(_MOST_TEST, max(1.0 / data.n_blocks, _ENOUGH_ROWS / max(1, data.n_rows or 0)))


@dataclass(frozen=True)
class DrawnRows(GatherTables):
    """Rows drawn by their numbers, or by their groups, which are drawn as a whole.

    Those whose random number is from `start` up to `stop`.
    """

    start: float = 0.0
    stop: float = 0.1
    seed: int = 0
    by_group: bool = False

    def update(self, state: Gathered, rows: Rows) -> Gathered:
        return super().update(state, rows.take(np.flatnonzero(self.drawn(rows))))

    def drawn(self, rows: Rows) -> Any:
        """Which rows are among them."""
        if self.by_group:
            assert rows.groups is not None
            numbers = pd.util.hash_array(np.asarray(rows.groups)).view(np.int64)
            rows = replace(rows, numbers=numbers)
        uniform = uniform_numbers(rows, self.seed)
        return (uniform >= self.start) & (uniform < self.stop)

    def without(self, rows: Rows) -> Rows:
        """The other rows, in a form for estimators."""
        kept = rows.take(np.flatnonzero(~self.drawn(rows)))
        return replace(kept, X=plain_text(kept.X)) if is_frame(kept.X) else kept


class Course:
    """The blocks of some data in the order of calls, and the rows that are held out.

    Parameters
    ----------
    data : Blocks
        With known row counts.
    share : float
        Of rows that are held out to score.
    seed : int
        By which they, and the order of blocks, are drawn.
    what : str
        Of the search, for its report.
    classes : bool
        Whether the classes of the target are wanted.
    train_rows : bool
        Whether as many training rows are wanted too, to score them.

    Attributes
    ----------
    held_out : DrawnRows
    test, train : Rows
    classes : ndarray or None
    report : FitReport
        Of the pass that found them.
    """

    def __init__(
        self,
        data: Blocks,
        share: float,
        seed: int,
        what: str,
        classes: bool = False,
        train_rows: bool = False,
    ) -> None:
        self.data, self._seed = data, seed
        limit = config.get().budget // (4 if train_rows else 2)
        row_width = int(share * data.row_bytes) + 1
        self.held_out = DrawnRows(row_width, limit, 0.0, share, seed, data.has_groups)
        wanted: list[Any] = [self.held_out]
        if train_rows:
            wanted.append(replace(self.held_out, start=share, stop=min(1.0, 2 * share)))
        if classes:
            wanted.append(Labels(False))
        requests = tuple(Request(statistic, asked_by=what) for statistic in wanted)

        def asking() -> Any:
            return (yield requests)

        done = run([asking()], data, what=what, once=True)
        found = list(done.results[0])
        self.report = done.report
        self.classes = found.pop().classes if classes else None
        if any(each.rows is None for each in found):
            raise MemoryBudgetError(
                f"the test rows of {what} take more than half of the memory limit; give it a "
                f"smaller test_size than {share:.3g}"
            )
        self.test, *train = [each.rows for each in found]
        self.train: Rows | None = train[0] if train else None
        self._orders: dict[int, list[tuple[int, int]]] = {}

    def place_of(self, call: int) -> tuple[int, int]:
        """The unit of a call's block, and its place within."""
        epoch, position = divmod(call, self.data.n_blocks)
        if epoch not in self._orders:
            units = self.data.units
            shuffled = np.random.default_rng([self._seed, epoch]).permutation(len(units))
            self._orders = dict(list(self._orders.items())[-3:])
            self._orders[epoch] = [
                (unit, place) for unit in shuffled.tolist() for place in range(len(units[unit]))
            ]
        return self._orders[epoch][position]

    def blocks_of(self, calls: list[int]) -> Iterator[tuple[int, Rows]]:
        """The training rows of the blocks of some calls, each unit read once in a row of them."""
        stream: Iterator[Any] = iter(())
        at: tuple[int, int, int] | None = None
        for call in calls:
            epoch = call // self.data.n_blocks
            unit, place = self.place_of(call)
            if at is None or at[:2] != (epoch, unit) or at[2] > place:
                stream, at = self.data.read(unit), (epoch, unit, 0)
            for _ in range(place - at[2]):
                next(stream)
            block = next(stream)
            at = (epoch, unit, place + 1)
            yield call, self.held_out.without(block.numbered().rows)
