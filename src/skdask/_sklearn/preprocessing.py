"""Scalers, splines and encoders: rules for constants, and fits from what is already known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.preprocessing import OneHotEncoder
from sklearn.preprocessing._data import _handle_zeros_in_scale, _is_constant_feature


def scale_of_columns(
    variance: NDArray[np.float64], mean: NDArray[np.float64], n_samples: Any
) -> NDArray[np.float64]:
    """Standard deviations, with one in the place of those of (nearly) constant columns."""
    constant = _is_constant_feature(variance, mean, n_samples)
    return _handle_zeros_in_scale(np.sqrt(variance), copy=False, constant_mask=constant)


def scale_without_zeros(scale: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scales with one in the place of those of (nearly) zero."""
    return _handle_zeros_in_scale(scale, copy=False)


def is_constant(
    variance: NDArray[np.float64], mean: NDArray[np.float64], n_samples: Any
) -> NDArray[np.bool_]:
    """Which columns do not vary, up to rounding."""
    return _is_constant_feature(variance, mean, n_samples)


def fit_splines(splines: BaseEstimator, X: Any, base_knots: NDArray[np.floating]) -> None:
    """Fit a SplineTransformer with the knots that it would have found in all rows."""
    vars(splines)["_get_base_knot_positions"] = lambda *_, **__: base_knots
    try:
        splines.fit(X)
    finally:
        del vars(splines)["_get_base_knot_positions"]


def bins_of_columns(discretizer: BaseEstimator, n_features: int) -> NDArray[np.int64]:
    """How many bins each column gets; an error where the parameter does not say so."""
    return discretizer._validate_n_bins(n_features)


def encoder_columns(X: Any) -> list[NDArray[Any]]:
    """The columns of a frame or an array as scikit-learn's encoders take them, checked."""
    columns, _, _ = OneHotEncoder()._check_X(X, ensure_all_finite="allow-nan")
    return list(columns)


def fit_encoder(
    encoder: BaseEstimator,
    X: Any,
    values: list[NDArray[Any]],
    count_of: Callable[[int, NDArray[Any]], NDArray[np.int64]],
    n_samples: int,
) -> None:
    """Fit an encoder as if on rows with these values.

    ``X`` has the names of the columns; ``count_of`` says how often categories of a column occur.
    """
    infrequent = encoder._fit_infrequent_category_mapping

    def with_counts(n_rows: int, _: Any, missing: Any) -> None:
        counts = [count_of(column, kinds) for column, kinds in enumerate(encoder.categories_)]
        infrequent(n_rows, counts, missing)

    own = vars(encoder)
    own["_check_X"] = lambda X, ensure_all_finite=True: (values, n_samples, len(values))
    own["_fit_infrequent_category_mapping"] = with_counts
    try:
        encoder.fit(X)
    finally:
        del own["_check_X"], own["_fit_infrequent_category_mapping"]


def fit_categories(
    encoder: BaseEstimator, X: Any, values: list[NDArray[Any]], n_samples: int
) -> None:
    """Let a TargetEncoder find its categories as if on rows with these values."""
    vars(encoder)["_check_X"] = lambda X, ensure_all_finite=True: (values, n_samples, len(values))
    try:
        encoder._fit(X, handle_unknown="ignore", ensure_all_finite="allow-nan")
    finally:
        del vars(encoder)["_check_X"]
