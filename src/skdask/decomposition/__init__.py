"""Decompositions: scikit-learn's PCA, TruncatedSVD and FactorAnalysis on blocks."""

from skdask.decomposition.factor_analysis import FactorAnalysis
from skdask.decomposition.pca import PCA
from skdask.decomposition.truncated_svd import TruncatedSVD

__all__ = ["PCA", "FactorAnalysis", "TruncatedSVD"]
