"""scikit-learn's neighbours, whose training rows and queries may be of any number."""

from skdask.neighbors.components_analysis import NeighborhoodComponentsAnalysis
from skdask.neighbors.k_neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
)
from skdask.neighbors.kernel_density import KernelDensity
from skdask.neighbors.nearest_centroid import NearestCentroid
from skdask.neighbors.nearest_neighbors import NearestNeighbors
from skdask.neighbors.outlier_factor import LocalOutlierFactor
from skdask.neighbors.radius_neighbors import (
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
    RadiusNeighborsTransformer,
)

__all__ = [
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KNeighborsTransformer",
    "KernelDensity",
    "LocalOutlierFactor",
    "NearestCentroid",
    "NearestNeighbors",
    "NeighborhoodComponentsAnalysis",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RadiusNeighborsTransformer",
]
