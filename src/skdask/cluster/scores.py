"""What k-means scores rows by: minus their inertia, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdask.passes import ask, run
from skdask.routes.fitting import is_table, open_for
from skdask.routes.view import View
from skdask.statistics.lloyd import Inertia
from skdask.statistics.mapped import Mapped


def minus_inertia(estimator: Any, X: Any, y: Any = None, sample_weight: Any = None) -> float:
    """Minus the weighted sum of squared distances from the fitted centres."""
    check_is_fitted(estimator)
    if y is not None and not (is_table(X) and isinstance(y, str | list)):
        y = None
    data = open_for(estimator, X, y, sample_weight)
    view = View.whole(data)
    shift = np.zeros(view.n_features)
    statistic = Inertia(Mapped(view.affine, shift, view.weighted), estimator.cluster_centers_)
    name = type(estimator).__name__
    done = run([ask(statistic, asked_by=name)], data, what=f"{name}.score")
    return -float(done.results[0])
