"""Rank-one updates of a matrix in one sweep over it, without a temporary of its size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

# Rows at a time: their products stay in cache
_ROWS = 64


def add_outer(matrix: Matrix, left: Matrix, right: Matrix) -> None:
    """Add the outer product of two vectors to a matrix."""
    for rows, product in _products(left, right):
        matrix[rows] += product


def sum_with_outer(first: Matrix, second: Matrix, left: Matrix, right: Matrix) -> Matrix:
    """The sum of two matrices and of the outer product of two vectors."""
    total = np.empty_like(first)
    for rows, product in _products(left, right):
        product += first[rows]
        np.add(product, second[rows], out=total[rows])
    return total


def _products(left: Matrix, right: Matrix) -> Iterator[tuple[slice, Matrix]]:
    buffer = np.empty((min(_ROWS, len(left)), len(right)))
    for start in range(0, len(left), _ROWS):
        rows = slice(start, min(start + _ROWS, len(left)))
        product = buffer[: rows.stop - start]
        np.multiply(left[rows, np.newaxis], right, out=product)
        yield rows, product
