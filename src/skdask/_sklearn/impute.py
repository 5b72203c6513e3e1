"""Masks of missing values, and the rounds of an iterative imputer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.impute._iterative import _ImputerTriplet
from sklearn.utils import check_random_state
from sklearn.utils._mask import _get_mask


def missing_mask(X: Any, missing_values: Any) -> Any:
    """Which values are missing, of an array or of what a sparse one stores."""
    return _get_mask(X, missing_values)


def set_indicator(imputer: Any, gaps: NDArray[np.bool_]) -> None:
    """Give an imputer the indicator of the columns that have gaps, where it adds one."""
    imputer._fit_indicator(gaps[np.newaxis])


class Rounds:
    """The parts of an IterativeImputer's fit and transform that know no rows but those given."""

    def __init__(self, imputer: Any, initial: Any, empty: NDArray[np.bool_]) -> None:
        self.imputer = imputer
        imputer.random_state_ = check_random_state(imputer.random_state)
        imputer.initial_imputer_ = initial
        imputer.imputation_sequence_ = []
        imputer._is_empty_feature = empty
        for end in ("min", "max"):
            limit = imputer._validate_limit(
                getattr(imputer, f"{end}_value"),
                end,
                len(empty),
                empty,
                imputer.keep_empty_features,
            )
            setattr(imputer, f"_{end}_value", limit)
        if not (imputer._max_value > imputer._min_value).all():
            raise ValueError("One (or more) features have min_value >= max_value.")

    def order(self, shares: NDArray[np.float64]) -> list[int]:
        """In which order features are imputed, by the shares of their rows that miss them."""
        return [int(feature) for feature in self.imputer._get_ordered_idx(shares[np.newaxis])]

    def add(self, feature: int, others: NDArray[np.intp], estimator: Any) -> None:
        """Go on with a fitted estimator of a feature."""
        self.imputer.imputation_sequence_.append(_ImputerTriplet(feature, others, estimator))


def filled_rows(
    imputer: Any, X: NDArray[np.floating], steps: Any
) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """Rows after some steps of an IterativeImputer, and which of their values are missing."""
    _, filled, gaps, _ = imputer._initial_imputation(X.copy(order="F"), in_fit=False)
    return _after_steps(imputer, filled, gaps, steps), gaps


def _after_steps(imputer: Any, filled: Any, gaps: Any, steps: Any) -> Any:
    for step in steps:
        filled, _ = imputer._impute_one_feature(
            filled, gaps, step.feat_idx, step.neighbor_feat_idx, step.estimator, fit_mode=False
        )
    return filled


def change_of_rows(
    imputer: Any, X: NDArray[np.floating], before: Any, after: Any
) -> NDArray[np.floating]:
    """By how much some more steps change each row, summed over its values."""
    filled, gaps = filled_rows(imputer, X, before)
    start = filled.copy()
    return np.abs(_after_steps(imputer, filled, gaps, after) - start).sum(axis=1)
