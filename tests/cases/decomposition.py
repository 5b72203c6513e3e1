"""Cases of skdask.decomposition."""

from __future__ import annotations

from skdask.decomposition import PCA
from tests.cases.base import Case

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
]  # fmt: skip
