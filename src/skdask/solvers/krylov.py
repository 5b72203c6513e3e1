"""The leading eigenvectors of a scatter that is seen through its products with directions alone.

Each pass multiplies a block of directions by the scatter, and the best answer within all blocks so
far is taken, not that of the last one: block Lanczos. The randomised subspace iteration of Halko
and others looks at the last block; in as many passes it is never nearer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from skdask.passes.request import Algorithm

Array = NDArray[np.float64]

# Blocks that are kept before they are condensed to the best directions within them
_MOST_BLOCKS = 10
# A direction of which no more than this is new is rounding
_NEW = 1e-10


@dataclass(frozen=True)
class Leading:
    """The largest eigenvalues, and where the iteration has ended.

    Attributes
    ----------
    values : ndarray of shape (n_wanted,)
        In descending order.
    vectors : ndarray of shape (n_features, n_wanted)
    passes : int
    residual : float
        The largest distance of the scatter times a vector from the value times it, as a share of
        the largest value: no value is farther from one of the scatter's.
    converged : bool
    """

    values: Array
    vectors: Array
    passes: int
    residual: float
    converged: bool


def leading_eigenvectors(
    product: Callable[[Array], Algorithm[Array]],
    start: Array,
    n_wanted: int,
    most_passes: int,
    tol: float,
) -> Algorithm[Leading]:
    """Iterate until residuals are small, or the passes are used up.

    Parameters
    ----------
    product : callable
        From directions to the scatter times them: a pass.
    start : ndarray of shape (n_features, n_directions)
        No fewer directions than are wanted.
    n_wanted : int
    most_passes : int
    tol : float
        Of the residual.

    Notes
    -----
    **Passes** as many, or fewer. **Cost** that of the products, and beside them the square of the
    number of kept directions a feature; twenty blocks of directions are held. **Error** the
    residual. **Source** Golub, Underwood (1977), The block Lanczos method; Musco, Musco (2015),
    Randomized block Krylov methods.
    """
    block = _orthonormal(start, np.empty((len(start), 0)))
    basis = images = np.empty((len(start), 0))
    for n_passes in range(1, most_passes + 1):
        image = yield from product(block)
        basis, images = np.hstack([basis, block]), np.hstack([images, image])
        inner = basis.T @ images
        values, coordinates = linalg.eigh((inner + inner.T) / 2.0)
        values, coordinates = values[::-1], coordinates[:, ::-1]
        best = coordinates[:, :n_wanted]
        vectors = basis @ best
        lacking = np.linalg.norm(images @ best - vectors * values[:n_wanted], axis=0)
        residual = float(lacking.max() / values[0]) if values[0] > 0.0 else 0.0
        # what the last block points at beyond all blocks
        block = _orthonormal(image, basis) if residual > tol else block[:, :0]
        if block.shape[1] == 0 or n_passes == most_passes:
            converged = block.shape[1] == 0
            kept = np.maximum(values[:n_wanted], 0.0)
            return Leading(kept, vectors, n_passes, residual, converged)
        if basis.shape[1] > _MOST_BLOCKS * start.shape[1]:
            few = coordinates[:, : 2 * start.shape[1]]
            basis, images = basis @ few, images @ few
    raise AssertionError("the last pass returns")


def _orthonormal(block: Array, basis: Array) -> Array:
    """What is new in a block, as orthonormal directions that are orthogonal to the basis."""
    sizes = np.linalg.norm(block, axis=0)
    block = block[:, sizes > 0.0] / sizes[sizes > 0.0]
    # twice is enough
    block = block - basis @ (basis.T @ block)
    directions, triangle, _ = linalg.qr(block, mode="economic", pivoting=True)
    directions = directions[:, np.abs(np.diagonal(triangle)) > _NEW]
    directions = directions - basis @ (basis.T @ directions)
    return np.asarray(linalg.qr(directions, mode="economic")[0])
