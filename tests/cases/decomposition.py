"""Cases of skdask.decomposition."""

from __future__ import annotations

import numpy as np

from skdask.decomposition import (
    NMF,
    PCA,
    DictionaryLearning,
    FactorAnalysis,
    FastICA,
    IncrementalPCA,
    KernelPCA,
    LatentDirichletAllocation,
    MiniBatchDictionaryLearning,
    MiniBatchNMF,
    MiniBatchSparsePCA,
    SparseCoder,
    SparsePCA,
    TruncatedSVD,
)
from tests.cases.base import Case

EXACT_SVD = {"algorithm": "arpack", "tol": 0.0}
# a direction is one whichever way it points
SIGNS = ("components_",)
LAPACK = {"svd_method": "lapack"}
EXACT_PCA = {"svd_solver": "full"}

CASES = [
    Case(PCA(), "rows", EXACT_PCA, weights=None),
    Case(PCA(), "constant", EXACT_PCA, weights=None, skip=("components_",)),
    Case(PCA(n_components=2), "rows", EXACT_PCA, weights=None),
    Case(PCA(n_components=0.9), "rows", EXACT_PCA, weights=None),
    Case(PCA(n_components="mle"), "rows", EXACT_PCA, weights=None),
    Case(PCA(n_components=3, whiten=True), "rows", EXACT_PCA, weights=None),
    Case(PCA(n_components=3, svd_solver="full"), "rows", weights=None),
    Case(PCA(n_components="mle", svd_solver="full"), "rows", weights=None),
    Case(PCA(svd_solver="covariance_eigh"), "rows", weights=None),
    Case(PCA(n_components=2, svd_solver="randomized"), "rows", EXACT_PCA, weights=None),
    Case(PCA(n_components=2, svd_solver="arpack"), "rows", EXACT_PCA, weights=None),
    Case(
        PCA(), "wide", EXACT_PCA, weights=None, tol=1e-6, skip=("components_", "singular_values_"),
    ),
    Case(PCA(n_components=4), "wide", EXACT_PCA, weights=None),
    Case(PCA(n_components=4), "far away", EXACT_PCA, weights=None),
    Case(PCA(n_components=5, svd_solver="full"), "collinear", weights=None),
    Case(TruncatedSVD(n_components=3), "rows", EXACT_SVD, weights=None, sparse=True),
    Case(TruncatedSVD(n_components=2, algorithm="arpack"), "rows", EXACT_SVD, weights=None),
    Case(TruncatedSVD(n_components=4), "wide", EXACT_SVD, weights=None),
    Case(FactorAnalysis(n_components=2), "rows", LAPACK, weights=None, skip=SIGNS),
    Case(FactorAnalysis(svd_method="lapack"), "rows", weights=None, skip=SIGNS),
    Case(
        FactorAnalysis(2, rotation="varimax", tol=1e-6), "far away", LAPACK, weights=None,
        skip=SIGNS,
    ),
    Case(
        IncrementalPCA(3, batch_size=20), "rows", weights=None, sparse=True, in_order=True,
    ),
    Case(IncrementalPCA(whiten=True), "rows", weights=None, in_order=True),
    Case(FastICA(random_state=0, tol=1e-3), "rows", weights=None),
    Case(
        FastICA(3, fun="exp", algorithm="deflation", random_state=1), "far away", weights=None,
        tol=1e-6,
    ),
    Case(
        FastICA(2, fun="cube", whiten="arbitrary-variance", whiten_solver="eigh", random_state=0),
        "rows", weights=None,
    ),
    Case(SparsePCA(3, alpha=50.0, random_state=0), "rows", weights=None, tol=1e-6),
    Case(SparsePCA(2, alpha=500.0, method="cd", random_state=0), "rows", weights=None, tol=1e-6),
    Case(
        MiniBatchSparsePCA(3, alpha=50.0, batch_size=2, random_state=0), "rows", weights=None,
        tol=1e-6,
    ),
    Case(SparseCoder(np.eye(5)), "rows", weights=None),
    Case(KernelPCA(3, kernel="poly", random_state=0), "rows", weights=None),
    # the scale of components follows from the path that was taken to them
    Case(
        NMF(1, max_iter=100, tol=1e-6), "words", weights=None, sparse=True, tol=1e-6,
        skip=("components_", "n_iter_"),
    ),
    Case(
        NMF(2, init="random", random_state=0, max_iter=500, tol=1e-6), "words", weights=None,
        tol=1e-5, skip=("components_", "n_iter_"),
    ),
    Case(
        MiniBatchNMF(
            2, init="random", random_state=0, fresh_restarts=True, batch_size=40, max_iter=5,
            tol=0.0,
        ),
        "words", weights=None, sparse=True, tol=1e-6, skip=("reconstruction_err_",),
    ),
    Case(
        LatentDirichletAllocation(
            3, learning_method="online", batch_size=30, max_iter=2, random_state=0
        ),
        "words", weights=None, sparse=True,
    ),
    Case(
        DictionaryLearning(4, alpha=20.0, max_iter=10, random_state=0), "rows", weights=None,
        tol=1e-6,
    ),
    Case(
        MiniBatchDictionaryLearning(
            3, alpha=5.0, dict_init=np.eye(5)[:3], batch_size=20, max_iter=3, shuffle=False,
            random_state=0,
        ),
        "rows", weights=None,
    ),
]  # fmt: skip
