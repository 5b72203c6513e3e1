"""The fits that need nothing but the statistics of a pass: on blocks, else scikit-learn's own.

A class takes the one that has the arguments of its scikit-learn parent's fit, ahead of that parent.
"""

from __future__ import annotations

from typing import Any, Self

from skdask.blocks import is_big
from skdask.routes.fitting import fit_on_blocks, forget_report


class FeaturesFit:
    """A fit that learns of the features alone."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from the features.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            super().fit(X, y)  # type: ignore[misc]
            return self
        fit_on_blocks(self, X, y, needs_y=False)
        return self


class WeightedFeaturesFit:
    """A fit that learns of the features and weighs the rows."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from the features.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            super().fit(X, y, sample_weight)  # type: ignore[misc]
            return self
        fit_on_blocks(self, X, y, sample_weight, needs_y=False)
        return self


class TargetFit:
    """A fit that learns of a target."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column, or a list of them; None for Blocks that
            carry it.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            super().fit(X, y)  # type: ignore[misc]
            return self
        fit_on_blocks(self, X, y)
        return self


class WeightedTargetFit:
    """A fit that learns of a target and weighs the rows."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column, or a list of them; None for Blocks that
            carry it.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            super().fit(X, y, sample_weight)  # type: ignore[misc]
            return self
        fit_on_blocks(self, X, y, sample_weight)
        return self
