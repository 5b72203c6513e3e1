"""Cases of skdask.cluster: from the same start as scikit-learn, which small data have."""

from __future__ import annotations

import numpy as np

from skdask.cluster import (
    AgglomerativeClustering,
    BisectingKMeans,
    FeatureAgglomeration,
    KMeans,
    MiniBatchKMeans,
)
from tests.cases.base import Case, data

THREE = data("rows").X[[3, 50, 111]]

# of columns far from zero scikit-learn's own predict has few digits left in float32, and labels_
# are what it says
CASES = [
    Case(KMeans(3, init=THREE), "rows", sparse=True),
    Case(KMeans(3, init=THREE, tol=0.0), "rows", sparse=True),
    Case(KMeans(3, init=data("constant").X[[3, 50, 111]], tol=0.3), "constant", skip=("labels_",)),
    Case(KMeans(3, init=THREE, max_iter=2), "rows"),
    Case(KMeans(3, init=data("far away").X[[3, 50, 111]]), "far away", skip=("labels_",)),
    Case(KMeans(1, random_state=0), "rows"),
    Case(KMeans(4, random_state=0, n_init=3, algorithm="elkan"), "rows", weights=None),
    Case(KMeans(5, init="random", random_state=1), "rows", weights=None, sparse=True),
    Case(KMeans(2, init=np.array([[0.0] * 5, [1e4] * 5])), "rows"),
    Case(BisectingKMeans(4, random_state=0), "rows", weights=None, sparse=True),
    Case(MiniBatchKMeans(3, random_state=0, n_init=2), "rows", weights=None),
    Case(AgglomerativeClustering(3), "rows", weights=None),
    Case(FeatureAgglomeration(2), "rows", weights=None),
    Case(FeatureAgglomeration(3, linkage="average"), "rows", weights=None),
]
