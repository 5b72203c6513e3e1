"""How much to shrink a covariance towards a multiple of the identity, from a few numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def ledoit_wolf_shrinkage(empirical: Matrix, fourth: float, n_rows: int) -> float:
    """Ledoit and Wolf's shrinkage.

    Parameters
    ----------
    empirical : ndarray of shape (n_features, n_features)
        The covariance, divided by the number of rows.
    fourth : float
        Sum over rows of the fourth power of the distance from the mean.
    n_rows : int

    Notes
    -----
    **Source** Ledoit, Wolf (2004), A well-conditioned estimator for large-dimensional covariance
    matrices, Lemma 3.2.
    """
    n_features = len(empirical)
    if n_features == 1:
        return 0.0
    squares = float(np.square(empirical).sum())
    level = np.trace(empirical) / n_features
    spread = (squares - n_features * level**2) / n_features
    error = min((fourth / n_rows - squares) / (n_features * n_rows), spread)
    return 0.0 if error == 0 else float(error / spread)


def oas_shrinkage(empirical: Matrix, n_rows: int) -> float:
    """Chen, Wiesel, Eldar and Hero's oracle approximating shrinkage.

    Notes
    -----
    **Source** Chen, Wiesel, Eldar, Hero (2010), Shrinkage algorithms for MMSE covariance
    estimation, eq. 23, without its factor 2 / p, as in scikit-learn.
    """
    n_features = len(empirical)
    if n_features == 1:
        return 0.0
    squares = np.mean(np.square(empirical))
    level = (np.trace(empirical) / n_features) ** 2
    error = (n_rows + 1) * (squares - level / n_features)
    return 1.0 if error == 0 else float(min((squares + level) / error, 1.0))
