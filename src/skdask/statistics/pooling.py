"""Merging states that have a count, a weight and a mean: what is the same for all of them.

The mean of two stretches lies between theirs, at the share of the weight that the right one has.
How far apart they lie is what the spread of neither knows; joining the spreads is left to the
kind of state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PooledState:
    """Count, total weight and mean of some rows; the mean is empty while there are none."""

    count: int
    weight: float
    mean: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """What two stretches have together.

    ``gap`` is from the left mean to the right one; its outer product with itself, times
    ``gap_weight``, is what the two scatters lack.
    """

    count: int
    weight: float
    mean: NDArray[np.float64]
    gap: NDArray[np.float64]
    gap_weight: float


State = TypeVar("State", bound=PooledState)


def pool(left: State, right: State, join: Callable[[Pooled], State]) -> State:
    """The state of both; `join` makes it where both have rows with weight."""
    if left.count == 0:
        return right
    if right.count == 0:
        return left
    count = left.count + right.count
    if right.weight == 0.0:
        return replace(left, count=count)
    if left.weight == 0.0:
        return replace(right, count=count)
    weight = left.weight + right.weight
    gap = right.mean - left.mean
    share = right.weight / weight
    return join(Pooled(count, weight, left.mean + gap * share, gap, left.weight * share))
