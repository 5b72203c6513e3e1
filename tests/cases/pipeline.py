"""Cases of skdask.pipeline: steps of several modules together."""

from __future__ import annotations

from typing import Any

from skdask.decomposition import PCA
from skdask.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from skdask.pipeline import FeatureUnion, make_pipeline, make_union
from skdask.preprocessing import MaxAbsScaler, MinMaxScaler, SplineTransformer, StandardScaler
from tests.cases.base import Case
from tests.cases.linear_model import GAP


def pipeline(
    *steps: Any, kind: str, weights: str | None = None, oracle: dict[str, Any] | None = None,
    skip: tuple[str, ...] = (), tol: float = 1e-8, sparse: bool = False,
) -> Case:  # fmt: skip
    return Case(make_pipeline(*steps), kind, oracle or {}, weights, skip, tol, sparse)


def _logistic_pipeline(*steps: Any, kind: str, weights: str | None = None) -> Case:
    oracle = {
        "logisticregression__solver": "newton-cholesky",
        "logisticregression__tol": 1e-13,
    }
    last = LogisticRegression(tol=1e-11, max_iter=200)
    return pipeline(
        *steps, last, kind=kind, weights=weights, oracle=oracle, skip=("n_iter_",), tol=1e-7
    )


CASES = [
    pipeline(StandardScaler(), MinMaxScaler(), kind="rows"),
    pipeline(StandardScaler(), PCA(n_components=2), kind="rows"),
    pipeline(StandardScaler(), Ridge(), kind="regression"),
    pipeline(StandardScaler(), Ridge(), kind="constant"),
    pipeline(StandardScaler(), Ridge(), kind="regression", weights="ridge__sample_weight"),
    pipeline(
        StandardScaler(), Ridge(), kind="targets",
        weights="ridge__sample_weight standardscaler__sample_weight",
    ),
    pipeline(StandardScaler(with_mean=False), Ridge(), kind="regression", sparse=True),
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
    Case(make_union(StandardScaler(), MinMaxScaler()), "rows", weights=None),
    Case(make_union(MaxAbsScaler(), StandardScaler(with_mean=False)), "missing", weights=None,
         sparse=True),
    Case(
        FeatureUnion(
            [("a", StandardScaler()), ("no", "drop"), ("b", StandardScaler(with_std=False))],
            transformer_weights={"b": 2.0},
        ),
        "rows",
    ),
    pipeline(make_union(PCA(n_components=2), "passthrough"), Ridge(), kind="regression"),
    pipeline(
        make_union(StandardScaler(), SplineTransformer(n_knots=4)), Ridge(), kind="targets",
    ),
    pipeline(
        make_union(StandardScaler(), make_pipeline(StandardScaler(), PCA(n_components=2))),
        Ridge(), kind="regression", weights="ridge__sample_weight",
    ),
    _logistic_pipeline(StandardScaler(), kind="two classes"),
    _logistic_pipeline(
        StandardScaler(), kind="three words", weights="logisticregression__sample_weight"
    ),
    _logistic_pipeline(MinMaxScaler(), PCA(n_components=3), kind="three classes"),
    _logistic_pipeline(PCA(n_components=4, whiten=True), kind="two words"),
]  # fmt: skip
