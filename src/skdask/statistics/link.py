"""Loss and residual of the logistic link for many rows of predictions at once.

The cost of a fused pass is here, not in its matrix products: so each function makes as few
elementwise sweeps over the tile as it can and works in place. Predictions lie with the data's
rows last, so that every sweep, also one over a few classes, runs along memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# exp(-36.7) is half an ulp of 1: beyond it log(1 + exp(m)) equals m to the last bit
_LARGE = 37.0
# By the class: +1 for the first and -1 for the second
_SIGNS = np.array([1.0, -1.0])


def binary_link(
    eta: NDArray[np.float64], codes: NDArray[np.intp], n_outputs: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Loss and its derivative by eta, each of shape (n_statistics, n_rows); overwrites eta.

    With s = +1 for the first class and -1 for the second, the loss is log(1 + exp(s eta)) and the
    derivative s / (1 + exp(-s eta)).
    """
    # looked up, since a `where` would be scalar code
    sign = _SIGNS.take(codes)
    eta *= sign
    large = eta.size and eta.max() > _LARGE
    residual = np.exp(np.minimum(eta, _LARGE) if large else eta)
    loss = np.log1p(residual)
    if large:
        np.copyto(loss, eta, where=eta > _LARGE)
    np.add(residual, 1.0, out=eta)
    residual /= eta
    residual *= sign
    return loss, residual


def softmax_link(
    eta: NDArray[np.float64], codes: NDArray[np.intp], n_outputs: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Loss of shape (n_statistics, n_rows) and derivative of eta's shape; overwrites eta."""
    n_rows = eta.shape[1]
    scores = eta.reshape(-1, n_outputs, n_rows)
    each = np.arange(n_rows)
    scores -= scores.max(axis=1, keepdims=True)
    loss = -scores[:, codes, each]
    np.exp(scores, out=scores)
    total = scores.sum(axis=1, keepdims=True)
    loss += np.log(total[:, 0])
    scores /= total
    scores[:, codes, each] -= 1.0
    return loss, eta
