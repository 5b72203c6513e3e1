"""Clustering: scikit-learn's clusterers on blocks."""

from skdask.cluster.affinity import AffinityPropagation
from skdask.cluster.agglomerative import AgglomerativeClustering
from skdask.cluster.biclustering import SpectralBiclustering, SpectralCoclustering
from skdask.cluster.birch import Birch
from skdask.cluster.bisecting import BisectingKMeans
from skdask.cluster.dbscan import DBSCAN
from skdask.cluster.features import FeatureAgglomeration
from skdask.cluster.hdbscan import HDBSCAN
from skdask.cluster.kmeans import KMeans
from skdask.cluster.mean_shift import MeanShift
from skdask.cluster.mini_batch import MiniBatchKMeans
from skdask.cluster.optics import OPTICS
from skdask.cluster.spectral import SpectralClustering

__all__ = [
    "DBSCAN",
    "HDBSCAN",
    "OPTICS",
    "AffinityPropagation",
    "AgglomerativeClustering",
    "Birch",
    "BisectingKMeans",
    "FeatureAgglomeration",
    "KMeans",
    "MeanShift",
    "MiniBatchKMeans",
    "SpectralBiclustering",
    "SpectralClustering",
    "SpectralCoclustering",
]
