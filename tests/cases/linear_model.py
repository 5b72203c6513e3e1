"""Cases of skdask.linear_model."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from sklearn import linear_model as theirs

from skdask.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    LarsCV,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    TweedieRegressor,
)
from tests.cases.base import Case

DIRECT = {"solver": "cholesky"}
GAP = ("dual_gap_",)
# multi-task models take weights in scikit-learn from there on
_TAKEN = signature(theirs.MultiTaskLasso.fit).parameters
SINCE_1_9 = "sample_weight" if "sample_weight" in _TAKEN else None


def logistic(kind: str = "two classes", sparse: bool = False, **params: Any) -> Case:
    """LogisticRegression converged far beyond its default."""
    estimator = LogisticRegression(tol=1e-11, max_iter=200, **params)
    oracle = {"solver": "newton-cholesky", "tol": 1e-13}
    return Case(estimator, kind, oracle, skip=("n_iter_",), tol=1e-7, sparse=sparse)


def glm(kind: Any, data: str, solver: str = "newton-cholesky", **params: Any) -> Case:
    """A generalised linear model converged far beyond its default."""
    estimator = kind(tol=1e-10, max_iter=300, solver=solver, **params)
    oracle = {"solver": solver, "tol": 1e-12, "max_iter": 10_000}
    return Case(estimator, data, oracle, skip=("n_iter_",), tol=1e-6)


def sparse_logistic(kind: str, solver: str, **params: Any) -> Case:
    """With an l1 penalty, which the oracle needs many iterations for."""
    estimator = LogisticRegression(solver=solver, tol=1e-10, max_iter=300, **params)
    oracle = {"tol": 1e-12, "max_iter": 100_000}
    return Case(estimator, kind, oracle, skip=("n_iter_",), tol=3e-5)


def logistic_cv(
    kind: str, solver: str = "newton-cholesky", legacy: bool = False, **params: Any
) -> Case:
    """LogisticRegressionCV converged far beyond its default."""
    given: dict[str, Any] = {"Cs": [0.01, 0.1, 1.0], "l1_ratios": (0,), "scoring": "neg_log_loss"}
    estimator = LogisticRegressionCV(
        solver=solver, use_legacy_attributes=legacy, tol=1e-10, max_iter=300, **(given | params)
    )
    oracle = {"tol": 1e-13 if solver == "newton-cholesky" else 1e-11, "max_iter": 100_000}
    return Case(
        estimator, kind, oracle, skip=("n_iter_",), tol=3e-5 if "scaled" in kind else 1e-7,
        counts_rows=True,
    )  # fmt: skip


def quantile(**params: Any) -> Case:
    return Case(QuantileRegressor(**params), "scaled outliers", skip=("n_iter_",), tol=1e-6)


def huber(**params: Any) -> Case:
    estimator = HuberRegressor(tol=1e-12, max_iter=300, **params)
    oracle = {"tol": 1e-10, "max_iter": 100_000}
    return Case(estimator, "scaled outliers", oracle, skip=("n_iter_",), tol=3e-5)


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
    Case(MultiTaskLasso(alpha=0.5), "targets", weights=SINCE_1_9, skip=GAP, counts_rows=True),
    Case(
        MultiTaskLasso(alpha=0.5, fit_intercept=False), "one column", weights=SINCE_1_9, skip=GAP,
        counts_rows=True,
    ),
    Case(MultiTaskElasticNet(alpha=0.5), "targets", weights=SINCE_1_9, skip=GAP, counts_rows=True),
    Case(Lars(), "regression", weights=None),
    Case(Lars(n_nonzero_coefs=2, fit_intercept=False), "regression", weights=None),
    Case(Lars(), "targets", weights=None),
    Case(LassoLars(alpha=0.3), "regression", weights=None),
    Case(LassoLars(alpha=0.3, positive=True), "whole targets", weights=None),
    Case(LassoLarsIC(), "regression", weights=None),
    Case(LassoLarsIC(criterion="bic", fit_intercept=False), "regression", weights=None),
    Case(LassoLarsIC(noise_variance=2.0), "wide", weights=None),
    Case(OrthogonalMatchingPursuit(), "regression", weights=None),
    Case(OrthogonalMatchingPursuit(tol=40000.0), "regression", weights=None),
    Case(OrthogonalMatchingPursuit(n_nonzero_coefs=3, precompute=True), "targets", weights=None),
    Case(BayesianRidge(compute_score=True), "regression"),
    Case(BayesianRidge(fit_intercept=False, alpha_init=1.0, lambda_init=0.1), "whole targets"),
    Case(ARDRegression(compute_score=True), "regression", weights=None),
    Case(ARDRegression(fit_intercept=False), "whole targets", weights=None),
    Case(LassoCV(alphas=20), "regression", skip=GAP, counts_rows=True),
    Case(LassoCV(alphas=[0.1, 1.0], cv=3, positive=True), "regression", skip=GAP, counts_rows=True),
    Case(
        ElasticNetCV(alphas=10, l1_ratio=[0.3, 0.9], fit_intercept=False), "regression", skip=GAP,
        counts_rows=True,
    ),
    Case(
        MultiTaskLassoCV(alphas=10), "targets", weights=SINCE_1_9, skip=GAP, counts_rows=True,
    ),
    Case(
        MultiTaskElasticNetCV(alphas=10, cv=3), "targets", weights=SINCE_1_9, skip=GAP,
        counts_rows=True,
    ),
    Case(LarsCV(), "regression", weights=None),
    Case(LassoLarsCV(cv=4), "regression", weights=None),
    Case(OrthogonalMatchingPursuitCV(), "regression", weights=None),
    Case(RidgeCV(), "regression", sparse=True, counts_rows=True),
    Case(RidgeCV(alphas=[0.1, 100.0, 1e4], fit_intercept=False), "whole targets", counts_rows=True),
    Case(RidgeCV(alphas=[0.1, 100.0, 1e4], alpha_per_target=True), "targets", counts_rows=True),
    Case(RidgeCV(), "targets", counts_rows=True),
    Case(RidgeCV(scoring="r2"), "one column", weights=None),
    Case(
        RidgeCV(scoring="neg_root_mean_squared_error", alpha_per_target=True), "targets",
        weights=None,
    ),
    Case(RidgeCV(), "wide", counts_rows=True),
    Case(RidgeCV(gcv_mode="svd", alphas=5.0), "collinear", counts_rows=True),
    Case(RidgeCV(cv=4), "regression", counts_rows=True),
    Case(
        RidgeCV(cv=3, scoring="neg_mean_squared_error", fit_intercept=False), "targets",
        counts_rows=True,
    ),
    Case(RidgeClassifierCV(), "two words", counts_rows=True),
    Case(
        RidgeClassifierCV(scoring="accuracy", alphas=[1.0, 30.0, 1000.0]), "three words",
        counts_rows=True,
    ),
    Case(
        RidgeClassifierCV(scoring="f1_macro", class_weight="balanced"), "three classes",
        counts_rows=True,
    ),
    Case(RidgeClassifierCV(cv=3, alphas=[1.0, 100.0]), "two words", counts_rows=True),
    Case(
        RidgeClassifierCV(cv=4, scoring="balanced_accuracy", class_weight="balanced"),
        "three classes", counts_rows=True,
    ),
    Case(RidgeCV(store_cv_results=True), "regression", counts_rows=True),
    Case(RidgeCV(store_cv_results=True, scoring="r2"), "targets", weights=None),
    Case(
        RidgeClassifierCV(store_cv_results=True, class_weight="balanced"), "three words",
        counts_rows=True,
    ),
    Case(
        RidgeClassifierCV(class_weight="balanced", alphas=[1.0, 50.0]), "three classes",
        counts_rows=True,
    ),
    Case(RidgeClassifierCV(fit_intercept=False), "float classes", counts_rows=True),
    Case(RidgeClassifier(), "two classes"),
    Case(RidgeClassifier(alpha=3.0, fit_intercept=False), "three words"),
    Case(RidgeClassifier(class_weight="balanced"), "float classes", counts_rows=True),
    Case(RidgeClassifier(class_weight={1: 3.0, 3: 1.0, 5: 0.5}, solver="svd"), "three classes"),
    Case(RidgeClassifier(), "wide classes"),
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
    sparse_logistic("scaled classes", "liblinear"),
    sparse_logistic("scaled classes", "liblinear", fit_intercept=False),
    sparse_logistic("scaled classes", "liblinear", intercept_scaling=10.0, C=0.3),
    sparse_logistic("scaled classes", "liblinear", class_weight="balanced"),
    sparse_logistic("scaled classes", "liblinear", l1_ratio=1, C=0.05),
    sparse_logistic("scaled classes", "liblinear", l1_ratio=1, C=0.1, fit_intercept=False),
    sparse_logistic("scaled classes", "saga", l1_ratio=1, C=0.05),
    sparse_logistic("scaled classes", "saga", l1_ratio=0.4, C=0.05),
    sparse_logistic("scaled words", "saga", l1_ratio=1, C=0.05),
    sparse_logistic("scaled words", "saga", l1_ratio=0.5, C=0.1, class_weight="balanced"),
    logistic(warm_start=True),
    logistic_cv("two classes"),
    logistic_cv("two words", class_weight="balanced", cv=4),
    logistic_cv("three words", scoring="balanced_accuracy", legacy=True),
    logistic_cv("three classes", refit=False, legacy=True, fit_intercept=False),
    logistic_cv("scaled classes", "liblinear", intercept_scaling=3.0, cv=3),
    logistic_cv("scaled classes", "liblinear", l1_ratios=(1,), cv=3, legacy=True),
    logistic_cv("scaled classes", "saga", l1_ratios=(0, 0.5, 1), cv=3, Cs=[0.2, 0.5]),
    logistic_cv(
        "scaled classes", "saga", l1_ratios=np.array([0.2, 1]), cv=3, Cs=[0.1], refit=False,
        legacy=True,
    ),
    glm(PoissonRegressor, "counts"),
    glm(PoissonRegressor, "counts", alpha=0.0),
    glm(PoissonRegressor, "counts", alpha=0.01, fit_intercept=False),
    glm(PoissonRegressor, "counts", solver="lbfgs"),
    glm(GammaRegressor, "positive"),
    glm(GammaRegressor, "positive", alpha=0.01),
    glm(TweedieRegressor, "regression"),
    glm(TweedieRegressor, "counts", power=1.5),
    glm(TweedieRegressor, "positive", power=3, alpha=0.1),
    glm(TweedieRegressor, "positive", power=2, warm_start=True),
    glm(TweedieRegressor, "positive", power=0, link="log", alpha=0.1),
    quantile(),
    quantile(quantile=0.8, alpha=0.01),
    quantile(quantile=0.2, alpha=0.1, fit_intercept=False),
    huber(),
    huber(alpha=3.0, epsilon=2.0),
    huber(fit_intercept=False),
]  # fmt: skip
