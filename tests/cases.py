"""The table of cases: every estimator in its variants, and what it is fitted on.

A new estimator joins all oracle tests by adding a line to `CASES`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from skdask.decomposition import PCA
from skdask.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from skdask.pipeline import make_pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler
from skdask.routes.twins import to_sklearn


@dataclass(frozen=True)
class Data:
    """Rows in memory: what the oracle sees, and from which the arrangements are made."""

    X: np.ndarray
    y: np.ndarray | None = None
    sample_weight: np.ndarray | None = None

    def in_dtype(self, dtype: str) -> Data:
        return replace(self, X=self.X.astype(dtype))

    def repeated(self) -> Data:
        """Every row as often as its weight says, without weights."""
        assert self.sample_weight is not None
        rows = np.repeat(np.arange(len(self.X)), self.sample_weight.astype(int))
        return Data(self.X[rows], None if self.y is None else self.y[rows])


@cache
def data(kind: str) -> Data:
    """The rows of a kind: small numbers that are whole in every dtype, but not round in y."""
    random = np.random.default_rng(7)
    X = random.integers(-40, 41, (203, 5)) * np.array([1, 2, 5, 1, 3]) + [0, 10, -300, 2, 0]
    X[:, 3] += X[:, 0]  # correlated columns
    X = X.astype(np.float64)
    standard = (X - X.mean(axis=0)) / X.std(axis=0)
    noise = random.standard_normal((203, 3))
    weight = random.integers(0, 4, 203).astype(np.float64)
    signal = standard @ random.standard_normal((5, 3)) + 0.4 * noise
    match kind:
        case "rows":
            y = None
        case "missing":
            X[random.random(X.shape) < 0.1] = np.nan
            y = None
        case "wide":
            X = random.standard_normal((20, 30))
            y = X[:, :3].sum(axis=1) + noise[:20, 0]
            weight = weight[:20] + 1.0
        case "wide classes":
            X = random.standard_normal((20, 30))
            y = (X[:, 0] + noise[:20, 0] > 0).astype(np.int64)
            weight = weight[:20] + 1.0
        case "far away":
            X += [1e7, 0, -1e6, 0, 1e8]
            y = signal[:, 0] * 10 + 1e6
        case "collinear":
            X[:, 4] = X[:, 0] + X[:, 1] + 1e-4 * noise[:, 2]
            y = signal[:, 0] * 10 + 100
        case "constant":
            X[:, 1] = 3.0
            X[:, 4] = 1e5
            y = signal[:, 0] * 10 + 100
        case "regression":
            y = signal[:, 0] * 10 + 100
        case "targets":
            y = signal * [1, 10, 100] + [0, 50, -20]
        case "one column":
            y = signal[:, :1]
        case "whole targets":
            y = np.round(signal[:, 0] * 10).astype(np.int64)
        case "two classes":
            y = (signal[:, 0] + 1.5 * noise[:, 1] > 0.3).astype(np.int64)
        case "two words":
            y = np.where(signal[:, 0] + 1.5 * noise[:, 1] > 0.3, "yes", "no")
        case "three classes":
            y = (2 * (signal + 2 * noise).argmax(axis=1) + 1).astype(np.int64)
        case "three words":
            y = np.array(["low", "middle", "high"])[(signal + 2 * noise).argmax(axis=1)]
        case "float classes":
            y = (signal + 2 * noise).argmax(axis=1).astype(np.float64)
        case _:
            raise ValueError(kind)
    return Data(X, y, weight)


@dataclass(frozen=True)
class Case:
    """An estimator of ours and the kind of data it is fitted on.

    Attributes
    ----------
    estimator : estimator
    kind : str
        Of `data`.
    oracle : dict
        Parameters of the scikit-learn estimator that differ, so that it finds the exact answer.
    weights : str or None
        The fit parameter that takes sample weights; None where there is none.
    skip : tuple of str
        Fitted attributes that depend on the solver's path.
    tol : float
        Largest relative difference of a fitted attribute.
    unscored : bool
        Whether `score` has no meaning on blocks.
    """

    estimator: Any
    kind: str
    oracle: dict[str, Any] = field(default_factory=dict)
    weights: str | None = "sample_weight"
    skip: tuple[str, ...] = ()
    tol: float = 1e-8

    def __str__(self) -> str:
        short = " ".join(repr(self.estimator).split())
        return f"{short} on {self.kind}"

    @property
    def is_transformer(self) -> bool:
        return hasattr(self.estimator, "transform")

    def ours(self) -> Any:
        return clone(self.estimator)

    def theirs(self) -> BaseEstimator:
        """scikit-learn's own estimator, unfitted."""
        return to_sklearn(clone(self.estimator)).set_params(**self.oracle)

    def fit_params(self, weight: Any) -> dict[str, Any]:
        if weight is None or self.weights is None:
            return {}
        return dict.fromkeys(self.weights.split(), weight)


def logistic(kind: str = "two classes", **params: Any) -> Case:
    """LogisticRegression converged far beyond its default."""
    estimator = LogisticRegression(tol=1e-11, max_iter=200, **params)
    oracle = {"solver": "newton-cholesky", "tol": 1e-13}
    return Case(estimator, kind, oracle, skip=("n_iter_",), tol=1e-7)


def pipeline(
    *steps: Any, kind: str, weights: str | None = None, oracle: dict[str, Any] | None = None,
    skip: tuple[str, ...] = (), tol: float = 1e-8,
) -> Case:  # fmt: skip
    return Case(make_pipeline(*steps), kind, oracle or {}, weights, skip, tol)


def _logistic_pipeline(*steps: Any, kind: str, weights: str | None = None) -> Case:
    oracle = {
        "logisticregression__solver": "newton-cholesky",
        "logisticregression__tol": 1e-13,
    }
    last = LogisticRegression(tol=1e-11, max_iter=200)
    return pipeline(
        *steps, last, kind=kind, weights=weights, oracle=oracle, skip=("n_iter_",), tol=1e-7
    )


EXACT_PCA = {"svd_solver": "full"}
DIRECT = {"solver": "cholesky"}
GAP = ("dual_gap_",)

CASES = [
    Case(StandardScaler(), "rows"),
    Case(StandardScaler(), "missing"),
    Case(StandardScaler(), "constant"),
    Case(StandardScaler(), "far away"),
    Case(StandardScaler(with_mean=False), "rows"),
    Case(StandardScaler(with_std=False), "rows"),
    Case(StandardScaler(with_mean=False, with_std=False), "rows", weights=None),
    Case(MinMaxScaler(), "rows", weights=None),
    Case(MinMaxScaler(), "missing", weights=None),
    Case(MinMaxScaler(), "constant", weights=None),
    Case(MinMaxScaler(feature_range=(-2, 5)), "rows", weights=None),
    Case(MinMaxScaler(clip=True), "rows", weights=None),
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
    Case(LinearRegression(), "regression"),
    Case(LinearRegression(), "far away"),
    Case(LinearRegression(), "collinear", tol=1e-7),
    Case(LinearRegression(), "wide"),
    Case(LinearRegression(), "targets"),
    Case(LinearRegression(), "one column"),
    Case(LinearRegression(), "whole targets"),
    Case(LinearRegression(fit_intercept=False), "regression"),
    Case(LinearRegression(fit_intercept=False), "targets"),
    Case(LinearRegression(positive=True), "regression"),
    Case(LinearRegression(positive=True), "targets"),
    Case(Ridge(), "regression"),
    Case(Ridge(alpha=0.0), "regression"),
    Case(Ridge(), "wide"),
    Case(Ridge(), "far away"),
    Case(Ridge(alpha=30.0, fit_intercept=False), "regression"),
    Case(Ridge(alpha=np.array([0.1, 10.0, 1000.0])), "targets"),
    Case(Ridge(alpha=3.0), "constant"),
    Case(Ridge(alpha=3.0), "one column"),
    Case(Ridge(alpha=3.0), "whole targets"),
    Case(Ridge(alpha=30.0, positive=True, tol=1e-13), "regression", skip=("n_iter_",), tol=1e-6),
    Case(Ridge(alpha=3.0, solver="svd"), "regression"),
    Case(Ridge(alpha=3.0, solver="cholesky"), "targets"),
    Case(Ridge(alpha=3.0, solver="lsqr", tol=1e-14), "regression", skip=("n_iter_",), tol=1e-7),
    Case(Ridge(solver="sparse_cg", tol=1e-14), "regression", skip=("n_iter_",), tol=1e-7),
    Case(Ridge(alpha=3.0, solver="sag"), "regression", DIRECT, skip=("n_iter_", "solver_")),
    Case(Ridge(alpha=3.0, solver="saga"), "targets", DIRECT, skip=("n_iter_", "solver_")),
    Case(Lasso(alpha=0.5), "regression", skip=GAP),
    Case(Lasso(alpha=0.5, fit_intercept=False), "regression", skip=GAP),
    Case(Lasso(alpha=0.5, positive=True), "regression", skip=GAP),
    Case(Lasso(alpha=0.5), "targets", skip=GAP),
    Case(Lasso(alpha=0.5, precompute=True), "regression", skip=GAP),
    Case(Lasso(alpha=0.1), "wide", skip=GAP),
    Case(Lasso(alpha=0.5), "constant", skip=GAP),
    Case(ElasticNet(alpha=0.5), "regression", skip=GAP),
    Case(ElasticNet(alpha=0.1, l1_ratio=0.9), "targets", skip=GAP),
    Case(ElasticNet(alpha=0.1, fit_intercept=False), "whole targets", skip=GAP),
    Case(ElasticNet(alpha=0.1, warm_start=True), "one column", skip=GAP),
    logistic(),
    logistic("two words"),
    logistic("three classes"),
    logistic("three words"),
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
    pipeline(StandardScaler(), MinMaxScaler(), kind="rows"),
    pipeline(StandardScaler(), PCA(n_components=2), kind="rows"),
    pipeline(StandardScaler(), Ridge(), kind="regression"),
    pipeline(StandardScaler(), Ridge(), kind="constant"),
    pipeline(StandardScaler(), Ridge(), kind="regression", weights="ridge__sample_weight"),
    pipeline(
        StandardScaler(), Ridge(), kind="targets",
        weights="ridge__sample_weight standardscaler__sample_weight",
    ),
    pipeline(MinMaxScaler(), LinearRegression(), kind="targets"),
    pipeline(
        StandardScaler(), PCA(n_components=3, whiten=True), LinearRegression(), kind="regression",
    ),
    pipeline(StandardScaler(), PCA(n_components=0.8), MinMaxScaler(), Ridge(), kind="regression"),
    pipeline(PCA(n_components=3), StandardScaler(), Lasso(), kind="regression", skip=GAP),
    pipeline(
        "passthrough", StandardScaler(), None, ElasticNet(alpha=0.1), kind="regression", skip=GAP,
    ),
    pipeline(make_pipeline(StandardScaler(), PCA(2)), Ridge(), kind="regression"),
    _logistic_pipeline(StandardScaler(), kind="two classes"),
    _logistic_pipeline(
        StandardScaler(), kind="three words", weights="logisticregression__sample_weight"
    ),
    _logistic_pipeline(MinMaxScaler(), PCA(n_components=3), kind="three classes"),
    _logistic_pipeline(PCA(n_components=4, whiten=True), kind="two words"),
]  # fmt: skip
