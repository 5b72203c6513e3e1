"""Cases of skdask.compose: columns by their own transformers, targets through one."""

from __future__ import annotations

import numpy as np

from skdask.compose import ColumnTransformer, TransformedTargetRegressor
from skdask.decomposition import PCA
from skdask.impute import SimpleImputer
from skdask.linear_model import Lasso, LinearRegression, Ridge, RidgeCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    StandardScaler,
)
from tests.cases.base import Case
from tests.cases.linear_model import GAP

_BRANCHES = [
    ("scaled", StandardScaler(), [0, 2]),
    ("gone", "drop", [4]),
    ("same", "passthrough", [1]),
]

CASES = [
    Case(ColumnTransformer(_BRANCHES), "rows", weights=None),
    Case(ColumnTransformer(_BRANCHES, remainder=MinMaxScaler()), "missing", weights=None),
    Case(
        ColumnTransformer(
            [("a", MaxAbsScaler(), [0, 3]), ("b", StandardScaler(with_mean=False), slice(1, 3))],
            sparse_threshold=1.0,
        ),
        # the oracle sees dense rows
        "rows", weights=None, sparse=True, skip=("sparse_output_",),
    ),
    Case(
        ColumnTransformer(
            [
                ("filled", make_pipeline(SimpleImputer(), StandardScaler()), [0, 1, 2]),
                ("coded", OneHotEncoder(handle_unknown="ignore"), [3]),
            ],
            remainder=OrdinalEncoder(),
        ),
        "missing", weights=None,
    ),
    Case(
        make_pipeline(ColumnTransformer(_BRANCHES, remainder="passthrough"), PCA(2), Ridge()),
        "regression", weights="ridge__sample_weight",
    ),
    Case(TransformedTargetRegressor(), "regression"),
    Case(TransformedTargetRegressor(func=np.log1p, inverse_func=np.expm1), "positive"),
    Case(
        TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp), "positive",
    ),
    # as in scikit-learn, the transformer counts rows once
    Case(
        TransformedTargetRegressor(Ridge(), transformer=StandardScaler()), "targets",
        counts_rows=True,
    ),
    Case(TransformedTargetRegressor(transformer=PowerTransformer()), "positive", tol=1e-6,
         counts_rows=True),
    Case(
        TransformedTargetRegressor(Lasso(alpha=0.1), transformer=MinMaxScaler((0, 10))),
        "whole targets", skip=GAP,
    ),
    Case(
        TransformedTargetRegressor(
            make_pipeline(StandardScaler(), PCA(3), LinearRegression()),
            func=np.log, inverse_func=np.exp,
        ),
        "positive", weights="linearregression__sample_weight", counts_rows=True,
    ),
    Case(
        make_pipeline(
            StandardScaler(),
            TransformedTargetRegressor(RidgeCV(), func=np.log, inverse_func=np.exp),
        ),
        "positive", weights="transformedtargetregressor__sample_weight",
    ),
]  # fmt: skip
