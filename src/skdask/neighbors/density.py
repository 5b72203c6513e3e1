"""Kernel densities of rows that stay on blocks: sums over blocks, in logarithms.

The density of a block's rows is scikit-learn's own; those of two blocks add up, each by the weight
of its rows. So the answer is that of all rows together, for every kernel and metric.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn import neighbors

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.tiles import feature_array, weights_of

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogSums:
    """Logarithms of sums of kernels, of shape (n_queries,), and the weight of the rows."""

    logs: Vector
    weight: float


@dataclass(frozen=True)
class LogDensities(Statistic[LogSums, Vector]):
    """Logarithm of the density of the rows at some queries.

    Parameters
    ----------
    queries : ndarray of shape (n_queries, n_features)
    params : tuple of (name, value)
        Parameters of `sklearn.neighbors.KernelDensity`, the bandwidth as a number.
    weighted : bool

    Notes
    -----
    **Passes** 1. **Cost** a tree of each block's rows, and a kernel for each query and row where
    nothing can be left out; state of 8 bytes a query. **Error** scikit-learn's own tolerances,
    which hold for the sum where they hold for its parts.
    """

    reusable: ClassVar[bool] = False
    queries: Vector = field(compare=False, repr=False)
    params: tuple[tuple[str, Any], ...] = field(compare=False)
    weighted: bool = False
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", f"{array_token(self.queries)} {self.params!r}")

    def zero(self) -> LogSums:
        return LogSums(np.full(len(self.queries), -np.inf), 0.0)

    def update(self, state: LogSums, rows: Rows) -> LogSums:
        X, weight = feature_array(rows), weights_of(rows, self.weighted)
        if weight is not None and not weight.all():
            X, weight = X[weight > 0.0], weight[weight > 0.0]
        if len(X) == 0:
            return state
        total = float(len(X)) if weight is None else float(weight.sum())
        model = neighbors.KernelDensity(**dict(self.params)).fit(X, sample_weight=weight)
        return self.merge(state, LogSums(model.score_samples(self.queries) + np.log(total), total))

    def merge(self, left: LogSums, right: LogSums) -> LogSums:
        return LogSums(np.logaddexp(left.logs, right.logs), left.weight + right.weight)

    def value(self, state: LogSums) -> Vector:
        with np.errstate(divide="ignore", invalid="ignore"):
            density: Vector = state.logs - np.log(state.weight)
        return density

    def state_bytes(self, n_columns: int) -> int:
        return 8 * len(self.queries)
