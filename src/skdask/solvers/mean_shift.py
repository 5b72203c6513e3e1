"""Mean shift over passes: all seeds climb together, and those that have arrived drop out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import Algorithm, RowSet, ask
from skdask.statistics.balls import Balls, BallSums
from skdask.statistics.mapped import Mapped

# A seed has arrived where a step is this short for the bandwidth
_ARRIVED = 1e-3


@dataclass(frozen=True)
class Peaks:
    """Where seeds have ended.

    Attributes
    ----------
    means : ndarray of shape (n_seeds, n_features)
    counts : ndarray of shape (n_seeds,)
        Rows within the bandwidth.
    n_iter : int
        The most steps of any seed.
    """

    means: NDArray[np.float64]
    counts: NDArray[np.int64]
    n_iter: int


def climb(
    mapped: Mapped,
    rows: RowSet,
    seeds: NDArray[np.float64],
    bandwidth: float,
    max_iter: int,
    asked_by: str,
) -> Algorithm[Peaks]:
    """Move each seed to the mean of the rows around it until it stays.

    Notes
    -----
    **Passes** one a step of the slowest seed. **Cost** and **Source** as `BallSums`.
    """
    means, counts = seeds.copy(), np.zeros(len(seeds), np.int64)
    steps = np.zeros(len(seeds), np.int64)
    climbing = np.arange(len(seeds))
    while len(climbing):
        balls: Balls = yield from ask(
            BallSums(mapped, means[climbing], radius=bandwidth), rows, asked_by
        )
        counts[climbing] = balls.counts
        filled = balls.counts > 0
        climbing = climbing[filled]
        moved = balls.sums[filled] / balls.counts[filled, np.newaxis]
        shift = np.linalg.norm(moved - means[climbing], axis=1)
        means[climbing] = moved
        arrived = (shift <= _ARRIVED * bandwidth) | (steps[climbing] == max_iter)
        climbing = climbing[~arrived]
        steps[climbing] += 1
    return Peaks(means, counts, int(steps.max()))
