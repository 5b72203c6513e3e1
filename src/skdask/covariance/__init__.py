"""Covariance estimators from the moments: one pass, two where fourth moments are needed."""

from skdask.covariance.empirical import EmpiricalCovariance, ShrunkCovariance
from skdask.covariance.graphical_lasso import GraphicalLasso, GraphicalLassoCV
from skdask.covariance.optimal_shrinkage import OAS, LedoitWolf

__all__ = [
    "OAS",
    "EmpiricalCovariance",
    "GraphicalLasso",
    "GraphicalLassoCV",
    "LedoitWolf",
    "ShrunkCovariance",
]
