"""Cases of skdask.preprocessing."""

from __future__ import annotations

from skdask.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from tests.cases.base import Case

CASES = [
    Case(StandardScaler(), "rows"),
    Case(StandardScaler(), "missing"),
    Case(StandardScaler(), "constant"),
    Case(StandardScaler(), "far away"),
    Case(StandardScaler(with_mean=False), "rows", sparse=True),
    Case(StandardScaler(with_mean=False), "missing", sparse=True),
    Case(StandardScaler(with_std=False), "rows"),
    Case(StandardScaler(with_mean=False, with_std=False), "rows", weights=None),
    Case(MinMaxScaler(), "rows", weights=None),
    Case(MinMaxScaler(), "missing", weights=None),
    Case(MinMaxScaler(), "constant", weights=None),
    Case(MinMaxScaler(feature_range=(-2, 5)), "rows", weights=None),
    Case(MinMaxScaler(clip=True), "rows", weights=None),
    Case(MaxAbsScaler(), "rows", weights=None, sparse=True),
    Case(MaxAbsScaler(), "missing", weights=None, sparse=True),
    Case(RobustScaler(), "rows", weights=None),
    Case(RobustScaler(), "missing", weights=None),
    Case(RobustScaler(), "constant", weights=None),
    Case(RobustScaler(quantile_range=(10, 70.5), unit_variance=True), "rows", weights=None),
    Case(RobustScaler(with_centering=False), "missing", weights=None, sparse=True),
    Case(RobustScaler(with_scaling=False), "rows", weights=None),
    Case(QuantileTransformer(n_quantiles=50), "rows", weights=None),
    Case(QuantileTransformer(n_quantiles=50, subsample=None), "missing", weights=None),
    Case(
        QuantileTransformer(n_quantiles=20, output_distribution="normal", subsample=None),
        "rows",
        weights=None,
    ),
    Case(QuantileTransformer(n_quantiles=50), "missing", weights=None),
    Case(KBinsDiscretizer(quantile_method="averaged_inverted_cdf", encode="onehot-dense"), "rows"),
    Case(KBinsDiscretizer(4, quantile_method="hazen", encode="ordinal"), "rows", weights=None),
    Case(
        KBinsDiscretizer([2, 3, 4, 5, 6], strategy="uniform", subsample=None, encode="ordinal"),
        "rows",
    ),
    Case(KBinsDiscretizer(3, strategy="kmeans", encode="ordinal"), "rows"),
    Case(
        KBinsDiscretizer(
            [2, 3, 4, 5, 6], quantile_method="inverted_cdf", subsample=None, encode="onehot-dense"
        ),
        "rows",
    ),
    Case(
        KBinsDiscretizer(quantile_method="linear", subsample=None, encode="ordinal"),
        "constant",
        weights=None,
    ),
    Case(OneHotEncoder(), "missing", weights=None),
    Case(OneHotEncoder(drop="first", sparse_output=False), "missing", weights=None),
    Case(
        OneHotEncoder(min_frequency=4, max_categories=6, handle_unknown="infrequent_if_exist"),
        "missing",
        weights=None,
    ),
    Case(OrdinalEncoder(), "missing", weights=None),
    Case(OrdinalEncoder(min_frequency=4, encoded_missing_value=-1), "missing", weights=None),
    Case(TargetEncoder(target_type="continuous"), "regression", weights=None),
    Case(TargetEncoder(smooth=3.0), "two words", weights=None),
    Case(TargetEncoder(), "three classes", weights=None),
    Case(SplineTransformer(), "rows"),
    Case(SplineTransformer(knots="quantile", degree=2), "rows"),
    Case(SplineTransformer(extrapolation="periodic", include_bias=False), "constant"),
    # scikit-learn's exponents are right to seven digits
    Case(PowerTransformer(), "rows", weights=None, tol=1e-6),
    Case(PowerTransformer(standardize=False), "missing", weights=None, tol=1e-6),
    Case(PowerTransformer(), "constant", weights=None, tol=1e-6),
    Case(PowerTransformer("box-cox"), "positive features", weights=None, tol=1e-6),
]
