"""Covariance estimators from the moments: one pass, and a few more for the robust ones."""

from skdask.covariance.empirical import EmpiricalCovariance, ShrunkCovariance
from skdask.covariance.graphical_lasso import GraphicalLasso, GraphicalLassoCV
from skdask.covariance.optimal_shrinkage import OAS, LedoitWolf
from skdask.covariance.robust import EllipticEnvelope, MinCovDet

__all__ = [
    "OAS",
    "EllipticEnvelope",
    "EmpiricalCovariance",
    "GraphicalLasso",
    "GraphicalLassoCV",
    "LedoitWolf",
    "MinCovDet",
    "ShrunkCovariance",
]
