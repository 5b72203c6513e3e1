"""The target of a regression as a loss sees it: its mean and scatter, one pass without features.

A first look at the target alone: a loss starts at its mean, and values that it cannot take are
named before a feature is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic
from skdask.statistics.columns import ColumnMoments, ColumnSummary
from skdask.statistics.glm import Problem
from skdask.statistics.tiles import weights_of


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """Number of rows, their weight, and the target's mean and centred sum of squares."""

    count: int
    weight: float
    mean: float
    scatter: float


@dataclass(frozen=True)
class TargetMoments(Statistic[TargetSummary, TargetSummary]):
    """Count, weight, mean and scatter of a target that is checked by a problem.

    Parameters
    ----------
    problem : Problem

    Notes
    -----
    **Passes** 1, over the target only. **Error** that of a pairwise mean: a few ulp.
    """

    needs_features: ClassVar[bool] = False
    problem: Problem

    def zero(self) -> TargetSummary:
        return TargetSummary(0, 0.0, 0.0, 0.0)

    def update(self, state: TargetSummary, rows: Rows) -> TargetSummary:
        if rows.n_rows == 0:
            return state
        y = self.problem.target(rows)
        weight = weights_of(rows, self.problem.weighted)
        weight = np.ones(rows.n_rows) if weight is None else weight
        total = float(weight.sum())
        mean = float(weight @ y) / total if total else 0.0
        scatter = float(weight @ np.square(y - mean))
        return self.merge(state, TargetSummary(rows.n_rows, total, mean, scatter))

    def merge(self, left: TargetSummary, right: TargetSummary) -> TargetSummary:
        weight = left.weight + right.weight
        if weight == 0.0:
            return TargetSummary(left.count + right.count, 0.0, 0.0, 0.0)
        apart = right.mean - left.mean
        share = right.weight / weight
        return TargetSummary(
            left.count + right.count,
            weight,
            left.mean + share * apart if share < 1.0 else right.mean,
            left.scatter + right.scatter + left.weight * share * apart**2,
        )

    def value(self, state: TargetSummary) -> TargetSummary:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 32

    def suspect(self, state: TargetSummary) -> bool:
        return not np.isfinite(state.scatter)


@dataclass(frozen=True)
class TargetColumns(Statistic[ColumnSummary, ColumnSummary]):
    """Count, weight, mean and spread of each column of y, as `ColumnMoments` of the features.

    Notes
    -----
    **Passes** 1, over the target only. **Cost** and **Error** as `ColumnMoments`.
    """

    needs_features: ClassVar[bool] = False
    weighted: bool = False

    @property
    def _columns(self) -> ColumnMoments:
        return ColumnMoments(self.weighted)

    def zero(self) -> ColumnSummary:
        return self._columns.zero()

    def update(self, state: ColumnSummary, rows: Rows) -> ColumnSummary:
        if rows.n_rows == 0:
            return state
        if rows.y is None:
            raise ValueError("the statistic needs a target, but the rows have none")
        table = rows.y.reshape(rows.n_rows, -1).astype(np.float64)
        if not np.isfinite(table).all():
            raise ValueError("Input y contains NaN or infinity.")
        return self._columns.update(state, Rows(rows.n_rows, table, None, rows.sample_weight))

    def merge(self, left: ColumnSummary, right: ColumnSummary) -> ColumnSummary:
        return self._columns.merge(left, right)

    def value(self, state: ColumnSummary) -> ColumnSummary:
        return self._columns.value(state)

    def state_bytes(self, n_columns: int) -> int:
        return self._columns.state_bytes(n_columns)


def number_column(rows: Rows) -> NDArray[Any]:
    """The target as one column of float64."""
    if rows.y is None:
        raise ValueError("the statistic needs a target, but the rows have none")
    y = rows.y
    if y.ndim == 2:
        if y.shape[1] != 1:
            raise ValueError(
                f"y should be a 1d array, got an array of shape {y.shape} instead; fit one "
                "model a target."
            )
        y = y[:, 0]
    return y.astype(np.float64)
