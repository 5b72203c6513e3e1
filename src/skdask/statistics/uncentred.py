"""Moments by products of the rows as they are, where no digits can be lost by it.

Centring needs a copy of the rows, which takes as long as the product itself for fewer than some
hundred columns. Where every column's mean is of the size of its spread, the scatter is the plain
product less the mean's share, and loses no more than two of sixteen digits. A glance at the first
rows says whether that will do, and the result is checked; otherwise rows are centred first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skdask.statistics.rank_one import add_outer

# The scatter's least share of the plain product: 1 % costs two digits
_LEAST_SHARE = 0.01
# Rows that decide whether a product is tried, and the share that they must show
_GLANCE = 64
_GLANCE_SHARE = 0.02


def looks_central(X: NDArray[np.floating]) -> bool:
    """Whether the columns of some rows have means of the size of their spread."""
    glance = np.asarray(X[:_GLANCE], dtype=np.float64)
    if len(glance) < 2:
        return False
    squares = np.einsum("ij,ij->j", glance, glance)
    spread = squares - len(glance) * glance.mean(axis=0) ** 2
    return bool((spread > _GLANCE_SHARE * squares).all())


def uncentred_moments(
    X: NDArray[np.float64], target: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Mean and scatter of [X, y], or None where the plain product would cost digits.

    ``target`` has shape (n_rows, n_targets).
    """
    n_rows, n_features = X.shape
    ones = np.ones(n_rows)
    if target is None:
        sums, scatter = ones @ X, X.T @ X
    else:
        n_columns = n_features + target.shape[1]
        sums = np.concatenate([ones @ X, ones @ target])
        scatter = np.empty((n_columns, n_columns))
        scatter[:n_features, :n_features] = X.T @ X
        scatter[:n_features, n_features:] = X.T @ target
        scatter[n_features:, :n_features] = scatter[:n_features, n_features:].T
        scatter[n_features:, n_features:] = target.T @ target
    squares = np.diagonal(scatter).copy()
    mean = sums / n_rows
    add_outer(scatter, -sums, mean)
    # written so that a NaN is no proof either
    if not (np.diagonal(scatter) > _LEAST_SHARE * squares).all():
        return None
    return mean, scatter
