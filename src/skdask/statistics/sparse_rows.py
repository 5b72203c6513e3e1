"""Kernels over sparse rows: what they cost follows from the entries that are there.

Zeros that are not stored are values like any others: they count in means, variances and
extremes. The spread of a column is summed as deviations from its mean, entry by entry, and the
unstored zeros are all equally far from it, so that no digits are lost by subtraction. Products
of two columns are sums over rows where both are stored, less the means' share, which is what
scikit-learn computes of sparse rows too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# A stored entry costs a sparse product some fifty times what a value costs a dense one, and a
# row takes entries**2 of the first against columns**2 of the second
_DEAR = 50


@dataclass(frozen=True, slots=True)
class SparseColumns:
    """Moments of the known values of each column; arrays of shape (n_features,)."""

    count: NDArray[np.int64]
    weight: NDArray[np.float64]
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]


def prefers_sparse_product(X: Any) -> bool:
    """Whether the products of all pairs of columns are cheaper entry by entry."""
    n_rows, n_columns = X.shape
    entries = X.nnz / max(1, n_rows)
    return bool(_DEAR * entries**2 < n_columns**2)


def column_moments(X: Any, weight: NDArray[np.float64] | None) -> SparseColumns:
    """Count, weight, mean and squared deviations of each column, NaN left out."""
    n_rows, n_columns = X.shape
    columns, values = X.indices, X.data.astype(np.float64)
    by_entry = np.ones(len(values)) if weight is None else _by_entry(X, weight)
    count = np.full(n_columns, n_rows, np.int64)
    total = np.full(n_columns, float(n_rows) if weight is None else weight.sum())
    missing = np.isnan(values)
    if missing.any():
        gone = columns[missing]
        count -= np.bincount(gone, minlength=n_columns)
        total -= np.bincount(gone, by_entry[missing], n_columns)
        columns, values, by_entry = columns[~missing], values[~missing], by_entry[~missing]
    sums = np.bincount(columns, by_entry * values, n_columns)
    mean = np.divide(sums, total, out=np.zeros(n_columns), where=total > 0)
    deviations = values - mean[columns]
    scatter = np.bincount(columns, by_entry * deviations**2, n_columns).astype(np.float64)
    unstored = np.maximum(total - np.bincount(columns, by_entry, n_columns), 0.0)
    return SparseColumns(count, total, mean, scatter + unstored * mean**2)


def moments(
    X: Any, target: NDArray[np.float64] | None, weight: NDArray[np.float64] | None
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Weight, mean and centred scatter of [X, y]; ``target`` has shape (n_rows, n_targets)."""
    n_rows, n_features = X.shape
    X = X.astype(np.float64)
    total = float(n_rows) if weight is None else float(weight.sum())
    columns = column_moments(X, weight)
    scaled = X if weight is None else sparse.diags_array(weight) @ X
    of_features = (X.T @ scaled).toarray()
    of_features -= total * np.outer(columns.mean, columns.mean)
    # a variance is summed without subtraction, so that a constant column has none
    np.fill_diagonal(of_features, columns.scatter)
    # the product leaves out what is not stored, NaN among it; the sums do not
    mean = np.where(np.isnan(X.sum(axis=0)), np.nan, columns.mean)
    if target is None:
        return total, mean, of_features
    weights = np.ones(n_rows) if weight is None else weight
    target_mean = weights @ target / total if total else np.zeros(target.shape[1])
    deviations = target - target_mean
    deviations_weighted = deviations * weights[:, np.newaxis]
    size = n_features + target.shape[1]
    scatter = np.empty((size, size))
    scatter[:n_features, :n_features] = of_features
    # deviations sum to zero, so the features need no centring here
    scatter[:n_features, n_features:] = X.T @ deviations_weighted
    scatter[n_features:, :n_features] = scatter[:n_features, n_features:].T
    scatter[n_features:, n_features:] = deviations.T @ deviations_weighted
    return total, np.concatenate([mean, target_mean]), scatter


def extremes(X: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smallest and largest known value of each column, NaN where there is none."""
    smallest, largest = X.nanmin(axis=0), X.nanmax(axis=0)
    return (
        np.asarray(smallest.toarray(), dtype=np.float64).ravel(),
        np.asarray(largest.toarray(), dtype=np.float64).ravel(),
    )


def _by_entry(X: Any, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weight of each stored entry's row."""
    return np.repeat(weight, np.diff(X.indptr))
