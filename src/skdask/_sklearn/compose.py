"""Branches of a column transformer, and the fit of what transforms a target."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._indexing import _get_column_indices
from sklearn.utils.validation import validate_data


def column_branches(transformer: BaseEstimator, X: Any) -> list[tuple[str, Any, list[int]]]:
    """The branches of a ColumnTransformer on such an X that have columns, with their positions."""
    validate_data(transformer, X=X, skip_check_array=True)
    transformer._validate_transformers()
    transformer._validate_column_callables(X)
    transformer._validate_remainder(X)
    branches = transformer._iter(
        fitted=False, column_as_labels=False, skip_drop=True, skip_empty_columns=True
    )
    positions = transformer._transformer_to_input_indices
    return [(name, inner, list(positions[name])) for name, inner, _, _ in branches]


def column_positions(X: Any, columns: Any) -> list[int]:
    """The positions of columns that are given in any of the ways that a ColumnTransformer takes."""
    return list(_get_column_indices(X, columns))


class _AsFitted:
    """A fitted transformer of targets, as a transformer that a fit leaves as it is."""

    def __init__(self, fitted: Any) -> None:
        self._fitted = fitted
        self.transform = fitted.transform
        self.inverse_transform = fitted.inverse_transform

    def __sklearn_clone__(self) -> _AsFitted:
        return self

    def fit(self, _: Any) -> _AsFitted:
        return self


def fit_target_transformer(
    regressor: BaseEstimator, y: NDArray[Any], fitted: BaseEstimator | None = None
) -> None:
    """Let a TransformedTargetRegressor fit its transformer on targets, and check that it inverts.

    A transformer that is fitted already is only checked.
    """
    if fitted is None:
        regressor._fit_transformer(y)
        return
    regressor.transformer = _AsFitted(fitted)
    regressor._fit_transformer(y)
    regressor.transformer_ = fitted
