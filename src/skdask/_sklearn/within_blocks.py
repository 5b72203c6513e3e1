"""What does the same as scikit-learn's, within a block and in less time.

Encoders look each distinct value up once; branches run one after the other, since blocks are what
runs in parallel.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, _transform_one
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder
from sklearn.utils import Bunch, _safe_indexing

from skdask.levels import level_rows


def ordinal_codes(encoder: BaseEstimator, X: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The number of each value's category in its column, and whether it has one."""
    options = {"handle_unknown": "ignore", "ensure_all_finite": "allow-nan"}
    return by_levels(encoder)._transform(X, **options)


class _ByLevels:
    """An encoder that looks up each distinct value of a column, and no other."""

    def _transform(self, X: Any, **options: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        if len(getattr(X, "shape", ())) != 2 or not X.shape[0] or sparse.issparse(X):
            # for scikit-learn to refuse
            return super()._transform(X, **options)  # type: ignore[misc]
        levels, codes = level_rows(X)
        found, known = super()._transform(levels, **options)  # type: ignore[misc]
        n_rows, n_columns = X.shape
        numbers = np.empty((n_rows, n_columns), found.dtype)
        for column, code in enumerate(codes):
            numbers[:, column] = found[code, column]
        if known.all():
            return numbers, np.ones((n_rows, n_columns), dtype=bool)
        return numbers, np.column_stack([known[code, j] for j, code in enumerate(codes)])


class _LevelOneHotEncoder(_ByLevels, OneHotEncoder):
    pass


class _LevelOrdinalEncoder(_ByLevels, OrdinalEncoder):
    pass


class _LevelTargetEncoder(_ByLevels, TargetEncoder):
    pass


class _TargetEncoderOfFolds(_LevelTargetEncoder):
    """Encodes each row by the encodings of its fold; those of no fold as ever."""

    _folds: NDArray[np.int32]
    _of_folds: tuple[list[Any], list[Any]]

    def transform(self, X: Any) -> NDArray[np.float64]:
        codes, known = self._transform(X, handle_unknown="ignore", ensure_all_finite="allow-nan")
        found = np.empty((len(codes), len(self.encodings_)))
        for fold in np.unique(self._folds).tolist():
            own = self._folds == fold
            encodings, mean = self.encodings_, self.target_mean_
            if fold >= 0:
                # scikit-learn gives what has no category the mean of the last fold, in all folds
                encodings, mean = self._of_folds[0][fold], self._of_folds[1][-1]
            unknown = ~known & own[:, np.newaxis]
            self._transform_X_ordinal(found, codes, unknown, own, encodings, mean)
        return found


def encoder_of_folds(
    encoder: BaseEstimator, folds: NDArray[np.int32], encodings: list[Any], means: list[Any]
) -> Any:
    """A fitted TargetEncoder for rows of these folds, each with encodings and a mean of its own.

    Rows of fold -1 are encoded as by the encoder itself.
    """
    twin: Any = _TargetEncoderOfFolds.__new__(_TargetEncoderOfFolds)
    vars(twin).update(vars(encoder))
    twin._folds, twin._of_folds = folds, (encodings, means)
    return twin


class _SerialColumnTransformer(ColumnTransformer):
    """Branches one after the other: blocks are what runs in parallel.

    scikit-learn's own way sets the filters of warnings anew for every branch, which threads share.
    """

    def _call_func_on_transformers(
        self, X: Any, y: Any, func: Any, column_as_labels: bool, routed_params: Any
    ) -> list[Any]:
        branches = self._iter(
            fitted=True,
            column_as_labels=column_as_labels,
            skip_drop=True,
            skip_empty_columns=True,
        )
        return [
            func(
                transformer=transformer,
                X=_safe_indexing(X, columns, axis=1),
                y=y,
                weight=weight,
                params=routed_params[name],
            )
            for name, transformer, columns, weight in branches
        ]


class _SerialFeatureUnion(FeatureUnion):
    """Transformers one after the other, as the branches of `_SerialColumnTransformer`."""

    def transform(self, X: Any) -> Any:
        nothing = Bunch(transform={})
        parts = [
            _transform_one(transformer, X, None, weight, params=nothing)
            for _, transformer, weight in self._iter()
        ]
        return self._hstack(parts) if parts else np.zeros((X.shape[0], 0))


_IN_BLOCKS: dict[type, Any] = {
    OneHotEncoder: _LevelOneHotEncoder,
    OrdinalEncoder: _LevelOrdinalEncoder,
    TargetEncoder: _LevelTargetEncoder,
    ColumnTransformer: _SerialColumnTransformer,
    FeatureUnion: _SerialFeatureUnion,
}


def by_levels(estimator: Any) -> Any:
    """What gives the same in less time on blocks in many threads; anything else as it is."""
    kind = _IN_BLOCKS.get(type(estimator))
    if kind is None:
        return estimator
    twin = kind.__new__(kind)
    vars(twin).update(vars(estimator))
    return twin
