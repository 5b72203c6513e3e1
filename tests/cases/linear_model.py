"""Cases of skdask.linear_model."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdask.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from tests.cases.base import Case

DIRECT = {"solver": "cholesky"}
GAP = ("dual_gap_",)


def logistic(kind: str = "two classes", sparse: bool = False, **params: Any) -> Case:
    """LogisticRegression converged far beyond its default."""
    estimator = LogisticRegression(tol=1e-11, max_iter=200, **params)
    oracle = {"solver": "newton-cholesky", "tol": 1e-13}
    return Case(estimator, kind, oracle, skip=("n_iter_",), tol=1e-7, sparse=sparse)


CASES = [
    Case(LinearRegression(), "regression", sparse=True),
    Case(LinearRegression(), "far away"),
    Case(LinearRegression(), "collinear", tol=1e-7),
    Case(LinearRegression(), "wide"),
    Case(LinearRegression(), "targets", sparse=True),
    Case(LinearRegression(), "one column"),
    Case(LinearRegression(), "whole targets"),
    Case(LinearRegression(fit_intercept=False), "regression"),
    Case(LinearRegression(fit_intercept=False), "targets"),
    Case(LinearRegression(positive=True), "regression"),
    Case(LinearRegression(positive=True), "targets"),
    Case(Ridge(), "regression", sparse=True),
    Case(Ridge(alpha=0.0), "regression"),
    Case(Ridge(), "wide", sparse=True),
    Case(Ridge(), "far away"),
    Case(Ridge(alpha=30.0, fit_intercept=False), "regression", sparse=True),
    Case(Ridge(alpha=np.array([0.1, 10.0, 1000.0])), "targets"),
    Case(Ridge(alpha=3.0), "constant", sparse=True),
    Case(Ridge(alpha=3.0), "one column"),
    Case(Ridge(alpha=3.0), "whole targets"),
    Case(Ridge(alpha=30.0, positive=True, tol=1e-13), "regression", skip=("n_iter_",), tol=1e-6),
    Case(Ridge(alpha=3.0, solver="svd"), "regression"),
    Case(Ridge(alpha=3.0, solver="cholesky"), "targets"),
    Case(Ridge(alpha=3.0, solver="lsqr", tol=1e-14), "regression", skip=("n_iter_",), tol=1e-7),
    Case(Ridge(solver="sparse_cg", tol=1e-14), "regression", skip=("n_iter_",), tol=1e-7),
    Case(Ridge(alpha=3.0, solver="sag"), "regression", DIRECT, skip=("n_iter_", "solver_")),
    Case(Ridge(alpha=3.0, solver="saga"), "targets", DIRECT, skip=("n_iter_", "solver_")),
    Case(Lasso(alpha=0.5), "regression", skip=GAP, sparse=True),
    Case(Lasso(alpha=0.5, fit_intercept=False), "regression", skip=GAP),
    Case(Lasso(alpha=0.5, positive=True), "regression", skip=GAP),
    Case(Lasso(alpha=0.5), "targets", skip=GAP),
    Case(Lasso(alpha=0.5, precompute=True), "regression", skip=GAP),
    Case(Lasso(alpha=0.1), "wide", skip=GAP),
    Case(Lasso(alpha=0.5), "constant", skip=GAP),
    Case(ElasticNet(alpha=0.5), "regression", skip=GAP),
    Case(ElasticNet(alpha=0.1, l1_ratio=0.9), "targets", skip=GAP, sparse=True),
    Case(ElasticNet(alpha=0.1, fit_intercept=False), "whole targets", skip=GAP),
    Case(ElasticNet(alpha=0.1, warm_start=True), "one column", skip=GAP),
    logistic(sparse=True),
    logistic("two words"),
    logistic("three classes"),
    logistic("three words", sparse=True),
    logistic("float classes"),
    logistic(C=0.01),
    logistic(C=np.inf),
    logistic("three words", C=100.0, fit_intercept=False),
    logistic(fit_intercept=False),
    logistic(class_weight="balanced"),
    logistic(class_weight={0: 2.0, 1: 0.5}),
    logistic("three words", class_weight="balanced"),
    logistic("three words", class_weight={"low": 3.0}),
    logistic("wide classes"),
    logistic(solver="liblinear", fit_intercept=False),
    logistic(warm_start=True),
]  # fmt: skip
