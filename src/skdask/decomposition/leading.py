"""The few leading components of a wide covariance, without the others.

scikit-learn's covariance solver takes the whole spectrum. Of a thousand columns the twenty largest
eigenvalues alone take half of the time, of several thousand a third, and the eigenvectors are the
same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn.utils.extmath import svd_flip

from skdask.statistics import MomentSummary

Array = NDArray[np.float64]

# Narrower, or for more of the components, the whole spectrum is as quick
_WIDE = 256
_FEW = 0.25


def few_of_many(wanted: Any, moments: MomentSummary) -> bool:
    """Whether so many components are few enough of these columns."""
    n_features = len(moments.mean)
    if moments.scatter is None or not isinstance(wanted, int | np.integer):
        return False
    return bool(n_features >= _WIDE and 1 <= wanted <= _FEW * n_features)


def set_leading_components(plain: Any, moments: MomentSummary, wanted: int) -> None:
    """Give a PCA the attributes that fitting so many components sets."""
    n_features = len(moments.mean)
    values, vectors = linalg.eigh(
        moments.gram, subset_by_index=(n_features - wanted, n_features - 1), check_finite=False
    )
    total = float(np.trace(moments.gram))
    set_components(plain, values[::-1], vectors[:, ::-1], total, moments.count)


def set_components(plain: Any, values: Array, vectors: Array, total: float, n_rows: int) -> None:
    """The same from the leading eigenvalues and eigenvectors of the scatter, and its trace."""
    wanted, n_features = len(values), len(vectors)
    variances = np.maximum(values, 0.0) / max(n_rows - 1, 1)
    total = total / max(n_rows - 1, 1)
    _, plain.components_ = svd_flip(None, vectors.T, u_based_decision=False)
    plain.n_components_ = wanted
    plain.explained_variance_ = variances
    plain.explained_variance_ratio_ = variances / total
    rest = max(total - float(variances.sum()), 0.0)
    plain.noise_variance_ = rest / (n_features - wanted) if wanted < n_features else 0.0
    plain._fit_svd_solver = "covariance_eigh"
