"""Rank-one updates of a matrix in place, without a temporary of its size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Rows at a time: their products stay in cache
_ROWS = 64


def add_outer(
    matrix: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]
) -> None:
    """Add the outer product of two vectors to a matrix."""
    if len(left) <= _ROWS:
        matrix += left[:, np.newaxis] * right
        return
    product = np.empty((_ROWS, len(right)))
    for start in range(0, len(left), _ROWS):
        part = matrix[start : start + _ROWS]
        buffer = product[: len(part)]
        np.multiply(left[start : start + _ROWS, np.newaxis], right, out=buffer)
        part += buffer
