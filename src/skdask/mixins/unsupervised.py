"""Transformers that learn of the features alone: their fit, on blocks and in memory."""

from __future__ import annotations

from typing import Any

from skdask.blocks import is_big
from skdask.mixins.transformer import LazyProjector, LazyTransformer
from skdask.routes.fitting import fit_on_blocks, forget_report


class UnsupervisedProjector(LazyProjector):
    """A transformer that cannot be undone, whose fit takes no weights."""

    def fit(self, X: Any, y: Any = None) -> Any:
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
            return super().fit(X, y)  # type: ignore[misc]
        return fit_on_blocks(self, X, y, needs_y=False)


class UnsupervisedTransformer(UnsupervisedProjector, LazyTransformer):
    """A transformer whose fit takes no weights."""


class WeightedTransformer(LazyTransformer):
    """A transformer whose fit takes weights."""

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Learn from the features.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, sample_weight)  # type: ignore[misc]
        return fit_on_blocks(self, X, y, sample_weight, needs_y=False)
