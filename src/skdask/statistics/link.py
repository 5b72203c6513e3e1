"""Loss and residual of the logistic link for many columns of predictions at once.

The cost of a fused pass is here, not in its matrix products: so each function makes as few
elementwise sweeps over the tile as it can and works in place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# exp(-36.7) is half an ulp of 1: beyond it log(1 + exp(m)) equals m to the last bit
_LARGE = 37.0


def binary_link(
    eta: NDArray[np.float64], codes: NDArray[np.intp], n_outputs: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Loss and its derivative by eta, each of shape (n_rows, n_statistics); overwrites eta.

    With s = +1 for the first class and -1 for the second, the loss is log(1 + exp(s eta)) and the
    derivative s / (1 + exp(-s eta)).
    """
    sign = np.where(codes == 0, 1.0, -1.0)[:, np.newaxis]
    eta *= sign
    loss = np.minimum(eta, _LARGE)
    residual = np.exp(loss)
    np.log1p(residual, out=loss)
    if eta.size and eta.max() > _LARGE:
        np.copyto(loss, eta, where=eta > _LARGE)
    np.add(residual, 1.0, out=eta)
    residual /= eta
    residual *= sign
    return loss, residual


def softmax_link(
    eta: NDArray[np.float64], codes: NDArray[np.intp], n_outputs: int
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Loss of shape (n_rows, n_statistics) and derivative of eta's shape; overwrites eta."""
    n_rows, n_columns = eta.shape
    scores = eta.reshape(n_rows, n_columns // n_outputs, n_outputs)
    own = codes[:, np.newaxis, np.newaxis]
    scores -= scores.max(axis=2, keepdims=True)
    loss = -np.take_along_axis(scores, own, axis=2)[:, :, 0]
    np.exp(scores, out=scores)
    total = scores.sum(axis=2, keepdims=True)
    loss += np.log(total[:, :, 0])
    scores /= total
    np.put_along_axis(scores, own, np.take_along_axis(scores, own, axis=2) - 1.0, axis=2)
    return loss, scores.reshape(n_rows, n_columns)
