"""Decompositions: scikit-learn's matrix factorisations on blocks."""

from skdask.decomposition.factor_analysis import FactorAnalysis
from skdask.decomposition.fast_ica import FastICA
from skdask.decomposition.incremental_pca import IncrementalPCA
from skdask.decomposition.kernel_pca import KernelPCA
from skdask.decomposition.pca import PCA
from skdask.decomposition.sparse_coder import SparseCoder
from skdask.decomposition.sparse_pca import MiniBatchSparsePCA, SparsePCA
from skdask.decomposition.truncated_svd import TruncatedSVD

__all__ = [
    "PCA",
    "FactorAnalysis",
    "FastICA",
    "IncrementalPCA",
    "KernelPCA",
    "MiniBatchSparsePCA",
    "SparseCoder",
    "SparsePCA",
    "TruncatedSVD",
]
