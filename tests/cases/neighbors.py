"""Cases of skdask.neighbors: rows that are held in memory, so the fit is scikit-learn's own."""

from __future__ import annotations

from skdask.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
    LocalOutlierFactor,
    NearestCentroid,
    NearestNeighbors,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
    RadiusNeighborsTransformer,
)
from tests.cases.base import Case

CASES = [
    Case(KNeighborsClassifier(), "two classes", weights=None, sparse=True),
    Case(KNeighborsClassifier(3, weights="distance", p=1), "three words", weights=None),
    Case(KNeighborsRegressor(algorithm="brute"), "regression", weights=None, sparse=True),
    Case(KNeighborsRegressor(weights="distance"), "targets", weights=None),
    Case(KNeighborsTransformer(n_neighbors=3), "rows", weights=None),
    Case(NearestNeighbors(metric="nan_euclidean"), "missing", weights=None),
    Case(
        RadiusNeighborsClassifier(500.0, outlier_label="most_frequent"),
        "three classes",
        weights=None,
    ),
    Case(RadiusNeighborsRegressor(500.0), "regression", weights=None),
    Case(RadiusNeighborsTransformer(radius=50.0), "rows", weights=None),
    Case(NearestCentroid(), "two classes", weights=None, sparse=True),
    Case(NearestCentroid(shrink_threshold=0.5), "three words", weights=None),
    Case(NearestCentroid(metric="manhattan", priors=[0.2, 0.8]), "two classes", weights=None),
    Case(NearestCentroid(priors="empirical"), "float classes", weights=None),
    Case(LocalOutlierFactor(5, novelty=True), "rows", weights=None, sparse=True, tol=1e-7),
]
