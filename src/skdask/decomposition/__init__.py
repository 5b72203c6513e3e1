"""Decompositions: scikit-learn's matrix factorisations on blocks."""

from skdask.decomposition.dictionary_learning import DictionaryLearning
from skdask.decomposition.factor_analysis import FactorAnalysis
from skdask.decomposition.fast_ica import FastICA
from skdask.decomposition.incremental_pca import IncrementalPCA
from skdask.decomposition.kernel_pca import KernelPCA
from skdask.decomposition.latent_dirichlet import LatentDirichletAllocation
from skdask.decomposition.mini_batch_dictionary import MiniBatchDictionaryLearning
from skdask.decomposition.mini_batch_nmf import MiniBatchNMF
from skdask.decomposition.nmf import NMF
from skdask.decomposition.pca import PCA
from skdask.decomposition.sparse_coder import SparseCoder
from skdask.decomposition.sparse_pca import MiniBatchSparsePCA, SparsePCA
from skdask.decomposition.truncated_svd import TruncatedSVD

__all__ = [
    "NMF",
    "PCA",
    "DictionaryLearning",
    "FactorAnalysis",
    "FastICA",
    "IncrementalPCA",
    "KernelPCA",
    "LatentDirichletAllocation",
    "MiniBatchDictionaryLearning",
    "MiniBatchNMF",
    "MiniBatchSparsePCA",
    "SparseCoder",
    "SparsePCA",
    "TruncatedSVD",
]
