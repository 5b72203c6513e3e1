"""What the predictions of a model with a link were worth: sums of its loss and squared errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.deviances import TweedieProblem
from skdask.statistics.target import TargetMoments, TargetSummary
from skdask.statistics.tiles import (
    feature_array,
    linear_height,
    linear_tile,
    predictions,
    weights_of,
)


@dataclass(frozen=True, slots=True)
class ResponseTotals:
    """Weighted sums over rows.

    Attributes
    ----------
    target : TargetSummary
    loss : float
        Of the predictions.
    least : float
        The loss where the mean is the target.
    squares : float
        Squared errors of the mean.
    """

    target: TargetSummary
    loss: float
    least: float
    squares: float


@dataclass(frozen=True)
class ResponseScores(Statistic[ResponseTotals, ResponseTotals]):
    """Loss and squared errors of a generalised linear model, and the target's moments.

    Parameters
    ----------
    problem : TweedieProblem
    coefficients : ndarray of shape (n_features + 1, 1)
        For raw rows, intercept last.

    Notes
    -----
    **Passes** 1. **Cost** one multiply-add a value, and the loss's own functions a row.
    **Error** a few ulp of the sum of absolute terms.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    problem: TweedieProblem
    coefficients: NDArray[np.float64] = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.coefficients))

    @property
    def _moments(self) -> TargetMoments:
        return TargetMoments(self.problem)

    def zero(self) -> ResponseTotals:
        return ResponseTotals(self._moments.zero(), 0.0, 0.0, 0.0)

    def update(self, state: ResponseTotals, rows: Rows) -> ResponseTotals:
        if rows.n_rows == 0:
            return state
        X, y = feature_array(rows), self.problem.target(rows)
        weight = weights_of(rows, self.problem.weighted)
        weight = np.ones(rows.n_rows) if weight is None else weight
        loss = squares = 0.0
        height = linear_height(X, self.coefficients)
        for start in range(0, rows.n_rows, height):
            tile = slice(start, min(start + height, rows.n_rows))
            predicted = predictions(linear_tile(X, tile), self.coefficients)
            error = self.problem.mean(predicted)[0] - y[tile]
            squares += float(weight[tile] @ np.square(error))
            tile_loss, _ = self.problem.loss([self.problem], predicted, y[tile])
            loss += float(weight[tile] @ tile_loss[0])
        least = float(weight @ self.problem.least(y))
        target = self._moments.update(self._moments.zero(), rows)
        return self.merge(state, ResponseTotals(target, loss, least, squares))

    def merge(self, left: ResponseTotals, right: ResponseTotals) -> ResponseTotals:
        return ResponseTotals(
            self._moments.merge(left.target, right.target),
            left.loss + right.loss,
            left.least + right.least,
            left.squares + right.squares,
        )

    def value(self, state: ResponseTotals) -> ResponseTotals:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 64

    def suspect(self, state: ResponseTotals) -> bool:
        return not np.isfinite(state.loss)
