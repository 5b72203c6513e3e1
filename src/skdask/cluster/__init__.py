"""Clustering: scikit-learn's clusterers on blocks."""

from skdask.cluster.kmeans import KMeans

__all__ = ["KMeans"]
