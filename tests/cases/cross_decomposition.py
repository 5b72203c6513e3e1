"""Cases of skdask.cross_decomposition."""

from __future__ import annotations

from typing import Any

from skdask.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from tests.cases.base import Case

# of the training rows, as long as the data
SCORES = ("x_scores_", "y_scores_")


def pls(estimator: Any, kind: str, absent: tuple[str, ...] = (), tol: float = 1e-8) -> Case:
    return Case(estimator, kind, weights=None, absent=absent, tol=tol)


CASES = [
    pls(PLSRegression(), "regression", SCORES),
    pls(PLSRegression(n_components=4, scale=False), "targets", SCORES),
    pls(PLSRegression(), "far away", SCORES),
    pls(PLSCanonical(), "targets"),
    pls(PLSCanonical(algorithm="svd", scale=False), "targets"),
    pls(CCA(), "targets", tol=1e-6),
    pls(PLSSVD(), "targets"),
    pls(PLSSVD(n_components=1), "one column"),
]
