"""Transformers that are fitted on a target and applied to the same rows.

What comes after an encoder of targets must not be fitted on rows that are encoded by their own
target. So the encoder, when it is told that it will be applied to the rows it is fitted on
(`View.applied`), encodes each of them by the folds that the row is not in, as scikit-learn's
`fit_transform` does. The encodings of the folds stay with it until the step after it is fitted;
rows that are none of the training rows, such as the test rows of a search, get the full ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.preprocessing import TargetEncoder

from skdask._sklearn import encoder_of_folds
from skdask.routes.twins import with_inner
from skdask.tables import RowFolds

# Where an encoder keeps the encodings of its folds while they are needed
_KEPT = "_cross_fit"


@dataclass(frozen=True)
class CrossFit:
    """The encodings of an encoder's own folds.

    Attributes
    ----------
    folds : RowFolds
    encodings : list of list of ndarray
        Of each fold those that the rows of all others gave, column by column.
    means : list of float or ndarray
        Of the target in all other folds.
    """

    folds: RowFolds
    encodings: list[list[NDArray[np.float64]]]
    means: list[Any]


def cross_fits(estimator: Any) -> bool:
    """Whether an encoder of targets is among an estimator's parts, or is the estimator."""
    return isinstance(estimator, TargetEncoder) or has_cross_fitting_part(estimator)


def has_cross_fitting_part(estimator: Any) -> bool:
    """Whether an encoder of targets is among an estimator's parts."""
    params = estimator.get_params(deep=True) if isinstance(estimator, BaseEstimator) else {}
    return any(isinstance(value, TargetEncoder) for value in params.values())


def keep_cross_fit(encoder: Any, found: CrossFit) -> None:
    """Leave the encodings of its folds with an encoder."""
    setattr(encoder, _KEPT, found)


def has_cross_fit(transformer: Any) -> bool:
    """Whether encodings of folds are kept somewhere in a fitted transformer."""
    return any(_KEPT in vars(part) for part in _parts(transformer))


def forget_cross_fits(transformer: Any) -> None:
    """Drop the encodings of folds, once nothing more is fitted on the training rows."""
    for part in _parts(transformer):
        vars(part).pop(_KEPT, None)


def without_cross_fits(plain: Any) -> Any:
    """A copy of a plain transformer without the encodings of folds."""
    twin = with_inner(plain, without_cross_fits)
    vars(twin).pop(_KEPT, None)
    return twin


def of_rows(plain: Any, numbers: range | NDArray[np.int64] | None) -> Any:
    """A copy of a plain transformer that encodes rows of these numbers by their folds."""
    if numbers is None:
        raise ValueError("rows are encoded by their folds, which needs their numbers")
    found: CrossFit | None = vars(plain).get(_KEPT)
    if found is not None:
        return encoder_of_folds(plain, found.folds.of(numbers), found.encodings, found.means)
    return with_inner(plain, lambda inner: of_rows(inner, numbers))


def _parts(transformer: Any) -> Iterator[Any]:
    """The transformer and all within it."""
    if not isinstance(transformer, BaseEstimator):
        return
    yield transformer
    for kept in ("steps", "transformer_list", "transformers_"):
        for part in getattr(transformer, kept, ()):
            yield from _parts(part[1])
