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


def hinge(kind: str = "scaled classes", **params: Any) -> Case:
    """Solved exactly here, and to many digits by the oracle's coordinate descent."""
    oracle = {"tol": 1e-9, "max_iter": 1_000_000}
    estimator = LinearSVC(loss="hinge", **params)
    return Case(estimator, kind, oracle, skip=("n_iter_",), tol=1e-4)


def tube(**params: Any) -> Case:
    oracle = {"tol": 1e-9, "max_iter": 1_000_000}
    return Case(LinearSVR(**params), "scaled outliers", oracle, skip=("n_iter_",), tol=1e-4)


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
    hinge(C=0.1),
    hinge(C=0.05, intercept_scaling=5.0, class_weight="balanced"),
    hinge("scaled words", C=0.1, fit_intercept=False),
    tube(C=0.1),
    tube(C=0.1, epsilon=3.0, intercept_scaling=3.0),
    tube(C=0.05, fit_intercept=False),
]
