"""Quantiles of sorted distinct values with their counts or weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def percentile(values: Vector, counts: Vector, alpha: float) -> float:
    """`numpy.quantile` of values repeated as often as their counts say."""
    ends = np.cumsum(counts)
    position = alpha * (ends[-1] - 1)
    below = np.floor(position)
    share = position - below
    low = values[np.searchsorted(ends, below, side="right")]
    high = values[np.searchsorted(ends, min(below + 1, ends[-1] - 1), side="right")]
    # NumPy interpolates from the nearer end
    if share >= 0.5:
        return float(high - (high - low) * (1.0 - share))
    return float(low + (high - low) * share)


def weighted_quantile(values: Vector, weights: Vector, alpha: float) -> float:
    """The mean of the least value that has a share `alpha` of the weight up to it, and of the
    greatest that has the rest from it on: scikit-learn's averaged weighted percentile."""
    held = weights > 0
    values, weights = values[held], weights[held]
    below = np.cumsum(weights)
    position = alpha * below[-1]
    low = min(int(np.searchsorted(below, position)), len(values) - 1)
    high = min(low + 1, len(values) - 1) if below[low] == position else low
    return float(0.5 * (values[low] + values[high]))
