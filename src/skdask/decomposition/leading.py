"""The few leading components of a wide covariance, without the others.

scikit-learn's covariance solver takes the whole spectrum. Of a thousand columns the twenty largest
eigenvalues alone take half of the time, of several thousand a third, and the eigenvectors are the
same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg
from sklearn.utils.extmath import svd_flip

from skdask.statistics import MomentSummary

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
    covariance = moments.gram / max(moments.count - 1, 1)
    variances, vectors = linalg.eigh(
        covariance, subset_by_index=(n_features - wanted, n_features - 1), check_finite=False
    )
    variances = np.maximum(variances[::-1], 0.0)
    total = float(np.trace(covariance))
    _, plain.components_ = svd_flip(None, vectors[:, ::-1].T, u_based_decision=False)
    plain.n_components_ = wanted
    plain.explained_variance_ = variances
    plain.explained_variance_ratio_ = variances / total
    plain.noise_variance_ = (total - float(variances.sum())) / (n_features - wanted)
    plain._fit_svd_solver = "covariance_eigh"
