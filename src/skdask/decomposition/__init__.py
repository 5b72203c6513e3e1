"""Decompositions: scikit-learn's PCA on blocks."""

from skdask.decomposition.pca import PCA

__all__ = ["PCA"]
