"""Many ridge penalties from one eigendecomposition.

With S = V diag(d) V.T the scatter of the features and s their scatter with the target, the
solution for a penalty alpha is V diag(1 / (d + alpha)) V.T s. So penalties after the first cost
two products each: the classic trick behind every ridge path.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from skdask.statistics import MomentSummary

# Solvers that give the exact solution, as the path does
EXACT_SOLVERS = ("auto", "cholesky", "svd", "lsqr", "sparse_cg", "sag", "saga")


def ridge_path(
    moments: MomentSummary, n_features: int, alphas: Sequence[float], fit_intercept: bool
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Coefficients of shape (n_targets, n_features) and intercepts (n_targets,) by penalty.

    Parameters
    ----------
    moments : MomentSummary
        Of [X, y].
    n_features : int
    alphas : sequence of float
        Positive.
    fit_intercept : bool
    """
    products = moments.gram
    if not fit_intercept:
        products = products + moments.weight * np.outer(moments.mean, moments.mean)
    eigenvalues, vectors = linalg.eigh(products[:n_features, :n_features])
    rotated = vectors.T @ products[:n_features, n_features:]
    mean_x, mean_y = moments.mean[:n_features], moments.mean[n_features:]
    # penalties by features by targets, all of them by one product
    shrunk = np.maximum(eigenvalues, 0.0) + np.asarray(alphas, dtype=np.float64)[:, np.newaxis]
    coef = np.swapaxes(vectors @ (rotated / shrunk[:, :, np.newaxis]), 1, 2)
    intercept = mean_y - coef @ mean_x if fit_intercept else np.zeros((len(coef), len(mean_y)))
    return list(zip(coef.copy(), intercept, strict=True))
