"""Cases of skdask.decomposition."""

from __future__ import annotations

from skdask.decomposition import PCA, FactorAnalysis, TruncatedSVD
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
]  # fmt: skip
