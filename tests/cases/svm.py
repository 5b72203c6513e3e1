"""Cases of skdask.svm."""

from __future__ import annotations

from typing import Any

from skdask.svm import LinearSVC, LinearSVR
from tests.cases.base import Case

TIGHT = {"tol": 1e-12, "max_iter": 100_000, "dual": False}


def svc(kind: str = "scaled classes", **params: Any) -> Case:
    estimator = LinearSVC(tol=1e-9, **params)
    return Case(estimator, kind, TIGHT, skip=("n_iter_",), tol=3e-5)


def svr(**params: Any) -> Case:
    estimator = LinearSVR(tol=1e-9, loss="squared_epsilon_insensitive", **params)
    return Case(estimator, "scaled outliers", TIGHT, skip=("n_iter_",), tol=3e-5)


CASES = [
    svc(),
    svc(C=0.1, intercept_scaling=5.0),
    svc(fit_intercept=False),
    svc(class_weight="balanced"),
    svc("scaled words"),
    svc("scaled words", class_weight={"low": 3.0}),
    svc(penalty="l1", C=0.05),
    svc("scaled words", penalty="l1", C=0.1),
    svr(),
    svr(epsilon=5.0, C=0.1),
    svr(fit_intercept=False),
]
