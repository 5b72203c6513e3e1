"""The rows near the kinks of a loss, and the loss and gradient of all rows.

Rows whose prediction is within a width of a kink are kept, or a uniform sample of them where they
are more than there is room for; where they are fewer, the nearest of the others fill it up. So
one statistic serves a first guess (an infinite width: a uniform sample), the steps in between
(sampled curvature) and the last ones (every row that may still change sides).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.glm import LossState
from skdask.statistics.kinked import KinkedProblem
from skdask.statistics.sample import (
    Reservoir,
    merged,
    not_finite,
    reservoir_bytes,
    take_in,
    uniform_numbers,
)
from skdask.statistics.tiles import (
    feature_array,
    linear_height,
    linear_tile,
    predictions,
    weights_of,
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KinkState:
    """Sums of the loss over all rows, rows within the width, and the rows kept."""

    sums: LossState
    within: int
    kept: Reservoir


@dataclass(frozen=True, slots=True)
class NearRows:
    """What is known at some coefficients.

    Attributes
    ----------
    sums : LossState
        Of all rows.
    rows : Rows
        Those kept.
    each : float
        How many rows within the width each kept row stands for; 1 where all of them are kept.
    is_whole : bool
        Whether all rows that count are kept.
    """

    sums: LossState
    rows: Rows
    each: float
    is_whole: bool


@dataclass(frozen=True)
class NearKinks(Statistic[KinkState | None, NearRows]):
    """Loss, gradient and the rows near the kinks at given coefficients.

    Parameters
    ----------
    loss : KinkedProblem
    coefficients : ndarray of shape (n_features + 1, 1)
        For raw rows, intercept last.
    width : float
        Distance from a kink, in units of the prediction.
    size : int
        Rows to keep at most.
    seed : int

    Notes
    -----
    **Passes** 1. **Cost** two multiply-adds a value, and a hash a row; the state holds ``size``
    rows. **Error** a few ulp of the sums; none in the rows.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    loss: KinkedProblem
    coefficients: Floats = field(compare=False)
    width: float = np.inf
    size: int = 1
    seed: int = 0
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.coefficients))

    @property
    def weighted(self) -> bool:
        # weights count in the sums, but two equal rows are two rows to keep
        return False

    def zero(self) -> KinkState | None:
        return None

    def update(self, state: KinkState | None, rows: Rows) -> KinkState | None:
        if rows.n_rows == 0:
            return state
        X, problem = feature_array(rows), self.loss
        target = problem.target(rows)
        weight = row_weights(problem, rows, target)
        distance = np.empty(rows.n_rows)
        gradient = np.zeros_like(self.coefficients)
        total = 0.0
        height = linear_height(X, self.coefficients)
        for start in range(0, rows.n_rows, height):
            tile = slice(start, min(start + height, rows.n_rows))
            X_tile = linear_tile(X, tile)
            predicted = predictions(X_tile, self.coefficients)
            tile_loss, slope = problem.loss([problem], predicted, target[tile])
            distance[tile] = nearest_kink(problem, predicted[0], target[tile])
            total += float(tile_loss[0] @ weight[tile])
            slope *= weight[tile]
            gradient[:-1, 0] += (slope @ X_tile)[0]
            gradient[-1, 0] += slope.sum()
        counts = weight > 0.0
        near = distance <= self.width
        keys = np.where(near, uniform_numbers(rows, self.seed), distance / self.width)
        keys[~counts] = np.inf
        kept = take_in(Reservoir(np.empty(0), None, 0), keys, rows, self.size)
        # of the rows that count
        kept = Reservoir(kept.keys, kept.rows, int(counts.sum()))
        sums = LossState(total, float(weight.sum()), gradient)
        return self.merge(state, KinkState(sums, int((near & counts).sum()), kept))

    def merge(self, left: KinkState | None, right: KinkState | None) -> KinkState | None:
        if left is None or right is None:
            return right if left is None else left
        one, other = left.sums, right.sums
        sums = LossState(
            one.loss + other.loss, one.weight + other.weight, one.gradient + other.gradient
        )
        kept = merged(left.kept, right.kept, self.size)
        return KinkState(sums, left.within + right.within, kept)

    def value(self, state: KinkState | None) -> NearRows:
        if state is None:
            nothing = LossState(0.0, 0.0, np.zeros_like(self.coefficients))
            return NearRows(nothing, Rows(0), 1.0, True)
        n_kept = len(state.kept.keys)
        each = max(1.0, state.within / max(n_kept, 1))
        return NearRows(state.sums, state.kept.rows or Rows(0), each, n_kept == state.kept.count)

    def state_bytes(self, n_columns: int) -> int:
        return reservoir_bytes(self.size, n_columns) + int(self.coefficients.nbytes)

    def suspect(self, state: KinkState | None) -> bool:
        if state is None:
            return False
        return not np.isfinite(state.sums.gradient).all() or not_finite(state.kept)


def row_weights(problem: KinkedProblem, rows: Rows, target: NDArray[np.generic]) -> Floats:
    """Sample weight times class weight of each row."""
    weight = weights_of(rows, problem.weighted)
    total = np.ones(rows.n_rows) if weight is None else weight
    factors = problem.factors([problem], target)
    return total if factors is None else total * factors[0]


def nearest_kink(problem: KinkedProblem, predicted: Floats, target: NDArray[np.generic]) -> Floats:
    """Distance of each prediction from the next kink of its row."""
    distance: Floats = np.abs(predicted - problem.lines(target)[2]).min(axis=0)
    return distance
