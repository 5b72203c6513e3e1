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
    mean_x, mean_y = moments.mean[:n_features], moments.mean[n_features:]
    scatter, with_target = products[:n_features, :n_features], products[:n_features, n_features:]
    solve = _by_cholesky if len(alphas) == 1 else _by_eigenvalues
    coef = solve(scatter, with_target, np.asarray(alphas, dtype=np.float64))
    intercept = mean_y - coef @ mean_x if fit_intercept else np.zeros((len(coef), len(mean_y)))
    return list(zip(coef.copy(), intercept, strict=True))


def _by_eigenvalues(
    scatter: NDArray[np.float64], with_target: NDArray[np.float64], alphas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Coefficients of shape (n_alphas, n_targets, n_features)."""
    eigenvalues, vectors = linalg.eigh(scatter)
    rotated = vectors.T @ with_target
    # penalties by features by targets, all of them by one product
    shrunk = np.maximum(eigenvalues, 0.0) + alphas[:, np.newaxis]
    return np.swapaxes(vectors @ (rotated / shrunk[:, :, np.newaxis]), 1, 2)


def _by_cholesky(
    scatter: NDArray[np.float64], with_target: NDArray[np.float64], alphas: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The same for one penalty, at a tenth of the cost: what a search over many folds asks for."""
    penalized = scatter.copy()
    penalized.flat[:: len(scatter) + 1] += alphas[0]
    try:
        factor = linalg.cho_factor(penalized, lower=True, overwrite_a=True, check_finite=False)
    except linalg.LinAlgError:
        return _by_eigenvalues(scatter, with_target, alphas)
    solution = linalg.cho_solve(factor, with_target, check_finite=False)
    return np.asarray(solution.T)[np.newaxis]
