"""The steps of a prefix: scikit-learn's own transform, columns picked out, the target as rows.

A block is mapped by the plain fitted object, as `transform` would do it, so that what a later
estimator is fitted on is what scikit-learn would have fitted it on.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Hashable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import joblib
import numpy as np
from scipy import sparse

from skdask._sklearn import output_container
from skdask.passes.prefix import Step
from skdask.routes.cross_fit import has_cross_fit, of_rows, without_cross_fits
from skdask.routes.twins import settled, to_sklearn
from skdask.rows import Rows, is_frame, is_sparse


class Transform(Step):
    """A fitted transformer's transform.

    Parameters
    ----------
    transformer : fitted transformer
    frames : bool
        Whether it meets frames; else it does not miss the names that arrays have not.
    fixed : bool
        Whether it is the same whatever rows it was fitted on.
    """

    def __init__(self, transformer: Any, frames: bool, fixed: bool) -> None:
        self.transformer = settled(to_sklearn(transformer), bare=not frames)
        if output_container(self.transformer) == "polars":
            # what follows is fitted with the same names
            self.transformer.set_output(transform="pandas")
        self.fixed = fixed
        self.token = content_token("transform", self.transformer)
        self._cross_fitted = has_cross_fit(self.transformer)

    def apply(self, rows: Rows) -> Rows:
        if rows.n_rows == 0 or rows.X is None:
            return replace(rows, X=None) if rows.X is None else rows
        transformer = self.transformer
        if self._cross_fitted:
            transformer = of_rows(transformer, rows.numbers)
        return replace(rows, X=settled_rows(transformer.transform(rows.X)))

    def of_new_rows(self) -> Transform:
        """What it does to rows that it was not fitted on."""
        if not self._cross_fitted:
            return self
        other = copy(self)
        other.transformer = without_cross_fits(self.transformer)
        other.token = content_token("transform", other.transformer)
        other._cross_fitted = False
        return other


class Select(Step):
    """Some of the columns, by name of a frame and by position of an array."""

    fixed = True

    def __init__(self, columns: Sequence[Hashable]) -> None:
        self.columns = list(columns)
        self.token = content_token("select", self.columns)

    def apply(self, rows: Rows) -> Rows:
        X = rows.X
        if X is None:
            return rows
        return replace(rows, X=X[self.columns] if is_frame(X) else X[:, self.columns])


class TargetAsRows(Step):
    """The targets in the place of the features, for what transforms targets."""

    fixed = True
    token = "target as rows"

    def apply(self, rows: Rows) -> Rows:
        if rows.y is None or rows.n_rows == 0:
            return replace(rows, X=None, y=None)
        targets = _columns_of(rows.y)
        if targets.dtype.kind == "f" and not np.isfinite(targets).all():
            what = "NaN" if np.isnan(targets).any() else "infinity"
            raise ValueError(f"Input y contains {what}.")
        return replace(rows, X=targets, y=None)


class TransformTarget(Step):
    """The targets through a fitted transformer; the features stay as they are.

    Parameters
    ----------
    transformer : fitted transformer
    fixed : bool
        Whether it is the same whatever rows it was fitted on.
    """

    def __init__(self, transformer: Any, fixed: bool) -> None:
        self.transformer = settled(to_sklearn(transformer), bare=True)
        self.fixed = fixed
        self.token = content_token("transform the target", self.transformer)

    def apply(self, rows: Rows) -> Rows:
        if rows.y is None or rows.n_rows == 0:
            return rows
        found = np.asarray(self.transformer.transform(_columns_of(rows.y)))
        if rows.y.ndim == 1 and found.ndim == 2:
            if found.shape[1] > 1:
                raise ValueError(
                    f"the transformer makes {found.shape[1]} columns of the one of the target; "
                    "on blocks it must make one"
                )
            found = found[:, 0]
        return replace(rows, y=found)


def _columns_of(y: Any) -> Any:
    """Targets as columns of numbers, as a regressor's transformer meets them."""
    columns = np.asarray(y).reshape(len(y), -1)
    return columns if columns.dtype.kind == "f" else columns.astype(np.float64)


def settled_rows(X: Any) -> Any:
    """What a transformer gave, in the forms that statistics take."""
    if is_sparse(X):
        rows = sparse.csr_array(X)
        return rows if rows.dtype.kind == "f" else rows.astype(np.float64)
    if is_frame(X):
        return X.reset_index(drop=True)
    X = np.asarray(X)
    return X.astype(np.float64) if X.dtype.kind in "biu" else X


def content_token(*parts: Any) -> str:
    """A digest of contents, by which steps are told apart."""
    try:
        return str(joblib.hash(parts))
    except (pickle.PicklingError, AttributeError, TypeError):
        # functions written in a session travel by value
        import cloudpickle

        return hashlib.blake2b(cloudpickle.dumps(parts), digest_size=16).hexdigest()
