"""Cases of skdask.covariance."""

from __future__ import annotations

from skdask.covariance import (
    OAS,
    EllipticEnvelope,
    EmpiricalCovariance,
    GraphicalLasso,
    GraphicalLassoCV,
    LedoitWolf,
    MinCovDet,
    ShrunkCovariance,
)
from tests.cases.base import Case

CASES = [
    Case(EmpiricalCovariance(), "rows", weights=None),
    Case(EmpiricalCovariance(assume_centered=True, store_precision=False), "rows", weights=None),
    Case(EmpiricalCovariance(), "far away", weights=None),
    Case(ShrunkCovariance(shrinkage=0.3), "rows", weights=None),
    Case(ShrunkCovariance(assume_centered=True), "wide", weights=None),
    Case(LedoitWolf(), "rows", weights=None),
    Case(LedoitWolf(assume_centered=True), "wide", weights=None),
    Case(OAS(), "rows", weights=None),
    Case(OAS(assume_centered=True), "wide", weights=None),
    Case(MinCovDet(random_state=0), "rows", weights=None),
    Case(EllipticEnvelope(random_state=0, support_fraction=0.8), "rows", weights=None),
    Case(GraphicalLasso(alpha=5.0), "rows", weights=None, tol=1e-6),
    Case(GraphicalLassoCV(alphas=[300.0, 100.0, 30.0], cv=4), "rows", weights=None, tol=1e-6),
]
