"""A function of rows added up over blocks: scores that are means over rows, or tables of sums.

Where a score of many rows is the weighted mean of the scores of its parts, scikit-learn's own
function on each block is all the mathematics there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.tiles import feature_array, weights_of

Totals = tuple[Any, float]


@dataclass(frozen=True, slots=True)
class ScoreTotals:
    """The sum of a function over blocks and the weight of all rows."""

    total: NDArray[np.float64]
    weight: float

    @property
    def mean(self) -> NDArray[np.float64]:
        return self.total / self.weight


@dataclass(frozen=True)
class BlockTotals(Statistic[Totals, ScoreTotals]):
    """The sum over blocks of ``function(y, X, sample_weight=..., **arguments)``.

    Parameters
    ----------
    function : callable
        Of the target, the predictions in X and the weights; returns a number or an array.
    arguments : mapping
    weighted : bool
    is_mean : bool
        Whether the function gives a mean over rows, so that a block counts by its weight.
    flat : bool
        Whether X has one column that the function takes as a vector.

    Notes
    -----
    **Passes** 1. **Cost** the function's. **Error** that of a sum over blocks.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    # scikit-learn's functions refuse what is missing themselves
    accepts_nan: ClassVar[bool] = False
    function: Callable[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict, compare=False)
    weighted: bool = False
    is_mean: bool = True
    flat: bool = False
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        named = sorted(self.arguments.items())
        arrays = [value for _, value in named if isinstance(value, np.ndarray)]
        rest = [item for item in named if not isinstance(item[1], np.ndarray)]
        object.__setattr__(self, "token", f"{rest!r}{array_token(*arrays)}")

    def zero(self) -> Totals:
        return 0.0, 0.0

    def update(self, state: Totals, rows: Rows) -> Totals:
        weight = weights_of(rows, self.weighted)
        total = float(rows.n_rows if weight is None else weight.sum())
        if total == 0.0:
            return state
        X = feature_array(rows)
        given = {} if weight is None else {"sample_weight": weight}
        value = self.function(rows.y, X[:, 0] if self.flat else X, **given, **self.arguments)
        value = np.asarray(value, dtype=np.float64)
        return self.merge(state, (value * total if self.is_mean else value, total))

    def merge(self, left: Totals, right: Totals) -> Totals:
        return left[0] + right[0], left[1] + right[1]

    def value(self, state: Totals) -> ScoreTotals:
        return ScoreTotals(np.asarray(state[0]), state[1])

    def state_bytes(self, n_columns: int) -> int:
        return 8 * (n_columns**2 + 1)

    def suspect(self, state: Totals) -> bool:
        return not np.isfinite(state[0]).all()


@dataclass(frozen=True)
class LargestError(Statistic[float, float]):
    """The largest absolute difference of y and the one column of X.

    Notes
    -----
    **Passes** 1. **Error** none.
    """

    reusable: ClassVar[bool] = False

    def zero(self) -> float:
        return -np.inf

    def update(self, state: float, rows: Rows) -> float:
        if rows.n_rows == 0:
            return state
        y = np.asarray(rows.y, dtype=np.float64)
        errors = np.abs(y.ravel() - np.ravel(feature_array(rows)))
        return float(np.maximum(state, errors.max()))

    def merge(self, left: float, right: float) -> float:
        return float(np.maximum(left, right))

    def value(self, state: float) -> float:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8

    def suspect(self, state: float) -> bool:
        return bool(np.isnan(state) or state == np.inf)
