"""A transformer's methods: lazy on Dask collections, Blocks and paths."""

from __future__ import annotations

from functools import partial
from typing import Any

from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.routes.fit_transform import fit_transform_lazily
from skdask.routes.fitting import forget_report
from skdask.routes.lazy import apply_lazily, inverse_lazily
from skdask.routes.twins import to_sklearn


class LazyProjector:
    """transform that stays lazy on Dask collections, of a class that cannot undo it."""

    def transform(self, X: Any) -> Any:
        """Transform X: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        if is_big(X):
            return apply_lazily(self, "transform", X)
        return super().transform(X)  # type: ignore[misc]

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, then transform the same rows: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            if y is not None:
                fit_params["y"] = y
            fit = partial(self.fit, X, **fit_params)  # type: ignore[attr-defined]
            return fit_transform_lazily(self, X, fit)
        forget_report(self)
        return super().fit_transform(X, y, **fit_params)  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)


class LazyTransformer(LazyProjector):
    """transform and inverse_transform that stay lazy on Dask collections."""

    def inverse_transform(self, X: Any) -> Any:
        """Undo transform: lazily for Dask collections, else as scikit-learn."""
        if is_big(X):
            return inverse_lazily(self, X)
        return super().inverse_transform(X)  # type: ignore[misc]


def refuse_partial_fit(estimator: Any, X: Any) -> None:
    """Raise for data that `fit` itself takes block by block."""
    if is_big(X):
        raise UnsupportedError(
            f"{type(estimator).__name__}.partial_fit takes in-memory data; fit streams Dask "
            "collections and files block by block already."
        )
    forget_report(estimator)
