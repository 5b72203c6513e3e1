"""What k-means scores rows by: minus their inertia, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdask.blocks import is_big
from skdask.metrics.own_score import own_score
from skdask.passes import Algorithm, ask
from skdask.routes.view import View
from skdask.statistics.lloyd import Inertia
from skdask.statistics.mapped import Mapped


class InertiaScore:
    """score of a clusterer with centres, on blocks too."""

    cluster_centers_: Any

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Minus the inertia of the rows; one pass over data on blocks."""
        if is_big(X):
            return own_score(self, X, y, sample_weight)
        return float(super().score(X, y, sample_weight))  # type: ignore[misc]

    def score_view(self, view: View) -> Algorithm[float]:
        """Minus the inertia of the rows of a view."""
        mapped = Mapped(view.affine, np.zeros(view.n_features), view.weighted)
        statistic = Inertia(mapped, np.asarray(self.cluster_centers_, np.float64))
        inertia = yield from ask(statistic, view.rows, type(self).__name__)
        return -float(inertia)
