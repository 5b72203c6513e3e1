"""Cases of skdask.discriminant_analysis."""

from __future__ import annotations

from typing import Any

from skdask.covariance import ShrunkCovariance
from skdask.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from tests.cases.base import Case


def lda(kind: str, **params: Any) -> Case:
    estimator = LinearDiscriminantAnalysis(**params)
    # a direction is one whichever way it points
    return Case(estimator, kind, weights=None, skip=("scalings_",))


def qda(kind: str, **params: Any) -> Case:
    return Case(QuadraticDiscriminantAnalysis(**params), kind, weights=None, skip=("rotations_",))


CASES = [
    lda("two classes"),
    lda("three words", store_covariance=True),
    lda("three classes", n_components=1, priors=[0.5, 0.2, 0.3], store_covariance=True),
    lda("float classes", solver="lsqr"),
    lda("three words", solver="lsqr", shrinkage="auto", priors=[0.5, 0.2, 0.3]),
    lda("two words", solver="lsqr", shrinkage=0.3),
    lda("three words", solver="eigen"),
    lda("three words", solver="eigen", shrinkage="auto"),
    lda("two classes", solver="eigen", covariance_estimator=ShrunkCovariance()),
    qda("two classes"),
    qda("three words", reg_param=0.2, store_covariance=True, priors=[0.5, 0.2, 0.3]),
    qda("float classes", solver="eigen", store_covariance=True),
    qda("three words", solver="eigen", shrinkage="auto"),
    qda("two words", solver="eigen", shrinkage=0.3),
]
