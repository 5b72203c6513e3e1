"""How many rows of each class come before each block: what dealing out the rows of a class needs.

A table of blocks by classes, from one pass over the target alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.blocks import Blocks
from skdask.exceptions import DataError
from skdask.passes import FitReport, ask, run
from skdask.rows import Rows
from skdask.statistics import Statistic

# A target of more values than that is none of classes
_MOST_CLASSES = 10_000


@dataclass(frozen=True)
class BlockClasses:
    """Classes in sorted order; for each block its first row, and rows of each class before it."""

    classes: NDArray[Any]
    starts: NDArray[np.int64]
    before: NDArray[np.int64]
    totals: NDArray[np.int64]


# By number of a block's first row, its rows of each class
_Runs = Mapping[int, Mapping[Any, int]]


@dataclass(frozen=True)
class _ClassRuns(Statistic[_Runs, BlockClasses]):
    """Counts of classes, block by block; its answer is about blocks, as no other's is."""

    reusable: ClassVar[bool] = False
    needs_features: ClassVar[bool] = False

    def zero(self) -> _Runs:
        return {}

    def update(self, state: _Runs, rows: Rows) -> _Runs:
        if rows.n_rows == 0:
            return state
        assert rows.y is not None
        assert isinstance(rows.numbers, range)
        if rows.y.ndim > 1 and rows.y.shape[1] > 1:
            raise DataError("classes to stratify by come in one column; the target has several")
        values = rows.y.reshape(rows.n_rows)
        if values.dtype.kind == "f" and not np.array_equal(values, np.floor(values)):
            raise DataError(
                "Supported target types are: ('binary', 'multiclass'). Got 'continuous' instead."
            )
        classes, counts = np.unique(values, return_counts=True)
        if len(classes) > _MOST_CLASSES:
            raise DataError(f"the target has more than {_MOST_CLASSES:,} values, too many classes")
        own = dict(zip(classes.tolist(), counts.tolist(), strict=True))
        return {**state, rows.numbers.start: own}

    def merge(self, left: _Runs, right: _Runs) -> _Runs:
        return {**left, **right}

    def value(self, state: _Runs) -> BlockClasses:
        starts = sorted(state)
        classes = np.array(sorted({each for own in state.values() for each in own}))
        counts = np.array([[state[start].get(c, 0) for c in classes.tolist()] for start in starts])
        upto = np.cumsum(counts, axis=0, dtype=np.int64)
        return BlockClasses(classes, np.array(starts, np.int64), upto - counts, upto[-1])

    def state_bytes(self, n_columns: int) -> int:
        return 4096


def classes_of_blocks(blocks: Blocks, asked_by: str) -> tuple[BlockClasses, FitReport]:
    """The table, and what the pass over the target cost."""
    done = run([ask(_ClassRuns(), asked_by=asked_by)], blocks, what="classes of every block")
    return done.results[0], done.report
