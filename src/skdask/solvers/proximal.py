"""The step of proximal Newton: a quadratic model plus an absolute penalty, minimised exactly.

Coordinates without a penalty, such as intercepts, are eliminated; the rest is a lasso on its
Gram matrix, which scikit-learn's coordinate descent solves. The signs that it finds then give the
step from one linear system, so that zeros are exact and the step has no tolerance of its own.

Source: Lee, Sun, Saunders (2014), Proximal Newton-type methods for minimizing composite functions.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import lasso_path

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def proximal_step(
    model: Matrix,
    pairs: Sequence[tuple[Vector, Vector]],
    gradient: Vector,
    theta: Vector,
    l1: Vector,
) -> Vector:
    """The step d that minimises ``gradient @ d + d @ B @ d / 2 + l1 @ |theta + d|``.

    Parameters
    ----------
    model : ndarray of shape (n_parameters, n_parameters)
        B, before its corrections.
    pairs : sequence of (change, turn)
        Last changes of the point and of the gradient, by which B is corrected.
    gradient, theta, l1 : ndarray of shape (n_parameters,)
    """
    B = corrected(model, pairs)
    B[np.diag_indices_from(B)] += 1e-12 * max(float(np.diagonal(B).mean()), 1e-300)
    towards = B @ theta - gradient
    free = np.flatnonzero(l1 == 0.0)
    bound = np.flatnonzero(l1 > 0.0)
    # the free coordinates follow the bound ones: their equations are solved for them
    by_bound = _solve(B[np.ix_(free, free)], B[np.ix_(free, bound)])
    by_itself = _solve(B[np.ix_(free, free)], towards[free])
    Q = B[np.ix_(bound, bound)] - B[np.ix_(bound, free)] @ by_bound
    q = towards[bound] - B[np.ix_(bound, free)] @ by_itself
    found = np.empty_like(theta)
    found[bound] = _lasso(Q, q, l1[bound], theta[bound])
    found[free] = by_itself - by_bound @ found[bound]
    return found - theta


def corrected(model: Matrix, pairs: Sequence[tuple[Vector, Vector]]) -> Matrix:
    """The model with the BFGS update of every pair, oldest first."""
    B = model.copy()
    for change, turn in pairs:
        image = B @ change
        B -= np.outer(image, image) / (change @ image)
        B += np.outer(turn, turn) / (change @ turn)
    return B


def steepest(theta: Vector, gradient: Vector, l1: Vector) -> Vector:
    """The least subgradient of a smooth loss plus ``l1 @ |theta|``."""
    at_zero = np.sign(gradient) * np.maximum(np.abs(gradient) - l1, 0.0)
    return np.where(theta == 0.0, at_zero, gradient + l1 * np.sign(theta))


def _solve(matrix: Matrix, right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intercepts of a softmax move together without a change, so their matrix is singular."""
    if len(matrix) == 0:
        return np.zeros_like(right)
    solution: NDArray[np.float64] = linalg.pinvh(matrix, rtol=1e-10) @ right
    return solution


def _lasso(Q: Matrix, q: Vector, l1: Vector, start: Vector) -> Vector:
    """The minimum of ``v @ Q @ v / 2 - q @ v + l1 @ |v|``."""
    # in units of the penalty, so that it is one for every coordinate
    gram, target = Q / np.outer(l1, l1), q / l1
    size = len(q)
    values, vectors = linalg.eigh(gram)
    values = np.maximum(values, 1e-14 * max(values[-1], 1e-300))
    rows = np.sqrt(size * values)[:, np.newaxis] * vectors.T
    response = np.sqrt(size / values) * (vectors.T @ target)
    with warnings.catch_warnings():
        # what is left of a tolerance this tight, the linear system below takes
        warnings.simplefilter("ignore", ConvergenceWarning)
        _, path, _ = lasso_path(
            np.asfortranarray(rows), response, alphas=[1.0], tol=1e-13, max_iter=10_000,
            coef_init=start * l1,
        )  # fmt: skip
    found: Vector = path[:, 0]
    active = np.flatnonzero(found)
    sign = np.sign(found[active])
    if len(active):
        exact = linalg.lstsq(gram[np.ix_(active, active)], target[active] - sign)[0]
        if (np.sign(exact) == sign).all():
            found[active] = exact
    return found / l1
