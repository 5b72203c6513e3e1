"""Applying a fitted estimator to Dask collections, lazily: scikit-learn's own method per block.

The plain scikit-learn object is what travels in the graph. Names and number of features are
checked once, when the graph is made, with scikit-learn's own errors; its answer for one made-up
row gives the result's dtype and shape.

The mixins stand before scikit-learn's class in the bases: methods defined here are not wrapped
by its `set_output` machinery, which would not know what to do with a Dask result.
"""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skdask import blocks as block_room
from skdask._sklearn import output_container
from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.routes.fitting import open_for
from skdask.routes.twins import to_sklearn


def apply_lazily(estimator: Any, method: str, X: Any) -> Any:
    """The method's result on a Dask collection, Blocks or path, as a lazy Dask collection."""
    check_is_fitted(estimator)
    plain = to_sklearn(estimator)
    if not isinstance(X, da.Array | dd.DataFrame):
        X = open_for(estimator, X).to_dask()
    if isinstance(X, dd.DataFrame):
        return _on_frame(plain, method, X)
    result = _on_array(plain, method, X)
    if method == "transform" and output_container(plain) != "default":
        _refuse_polars(plain)
        return dd.from_dask_array(result, columns=list(plain.get_feature_names_out()))
    return result


def _on_array(plain: Any, method: str, X: da.Array) -> da.Array:
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead. Reshape your data using "
            "X.reshape(-1, 1) if it has a single feature."
        )
    row = np.ones((1, X.shape[1]), dtype=X.dtype)
    sample = np.asarray(getattr(_default_output(plain), method)(row))
    nameless = _without_names(plain)
    if X.numblocks[1] > 1:
        X = X.rechunk({1: -1})
    shape: dict[str, Any] = {"drop_axis": 1}
    if sample.ndim == 2:
        shape = {"chunks": (X.chunks[0], (sample.shape[1],))}
    return X.map_blocks(
        _method_on_block, nameless, method, sample[:0], dtype=sample.dtype, meta=sample[:0], **shape
    )


def _on_frame(plain: Any, method: str, X: dd.DataFrame) -> Any:
    columns = getattr(plain, "feature_names_in_", None)
    example = X._meta_nonempty.iloc[:1]
    if columns is None:
        plain = _without_names(plain)
    if method == "transform" and output_container(plain) != "default":
        _refuse_polars(plain)
        meta = getattr(plain, method)(example).iloc[:0]
        return X.map_partitions(_method_on_frame, plain, method, meta, meta=meta)
    plain = _default_output(plain)
    sample = np.asarray(getattr(plain, method)(example))
    return X.map_partitions(_method_on_block, plain, method, sample[:0], meta=sample[:0])


def _method_on_block(block: Any, plain: Any, method: str, empty: np.ndarray) -> np.ndarray:
    if len(block) == 0:
        return empty
    return np.asarray(getattr(plain, method)(block))


def _method_on_frame(part: pd.DataFrame, plain: Any, method: str, empty: pd.DataFrame) -> Any:
    if len(part) == 0:
        return empty
    return getattr(plain, method)(part)


def _without_names(plain: Any) -> Any:
    """A copy that does not miss the column names which arrays have not: one warning is enough."""
    nameless = _copy(plain)
    nameless.__dict__.pop("feature_names_in_", None)
    steps = nameless.__dict__.get("steps")
    if steps:
        name, first = steps[0]
        if hasattr(first, "__dict__"):
            nameless.steps = [(name, _without_names(first)), *steps[1:]]
    return _default_output(nameless)


def bare_predictor(estimator: Any) -> Any:
    """The plain scikit-learn estimator for blocks, which are arrays without column names."""
    return _without_names(to_sklearn(estimator))


def _default_output(plain: Any) -> Any:
    """A copy whose transform returns arrays, whatever `set_output` says."""
    if output_container(plain) == "default" or not hasattr(plain, "set_output"):
        return plain
    return _copy(plain).set_output(transform="default")


def _copy(plain: Any) -> Any:
    kind: Any = type(plain)
    twin = kind.__new__(kind)
    twin.__dict__.update(plain.__dict__)
    return twin


def _refuse_polars(plain: Any) -> None:
    if output_container(plain) == "polars":
        raise UnsupportedError(
            'set_output(transform="polars") on Dask collections: Dask has no polars DataFrame. '
            'Use set_output(transform="pandas").'
        )


class LazyTransformer:
    """transform and inverse_transform that stay lazy on Dask collections."""

    def transform(self, X: Any, *args: Any, **kwargs: Any) -> Any:
        """Transform X: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        if is_big(X):
            return apply_lazily(self, "transform", X)
        return super().transform(X, *args, **kwargs)  # type: ignore[misc]

    def inverse_transform(self, X: Any, *args: Any, **kwargs: Any) -> Any:
        """Undo transform: lazily for Dask collections, else as scikit-learn."""
        if is_big(X):
            return _inverse_lazily(self, X)
        return super().inverse_transform(X, *args, **kwargs)  # type: ignore[misc]

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Fit, then transform the same rows: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            if y is not None:
                fit_params["y"] = y
            return self.fit(X, **fit_params).transform(X)  # type: ignore[attr-defined]
        return super().fit_transform(X, y, **fit_params)  # type: ignore[misc]

    def partial_fit(self, X: Any, *args: Any, **kwargs: Any) -> Any:
        """As scikit-learn, for in-memory data."""
        if is_big(X):
            raise UnsupportedError(
                f"{type(self).__name__}.partial_fit takes in-memory data; fit streams Dask "
                "collections and files block by block already."
            )
        return super().partial_fit(X, *args, **kwargs)  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)


def _inverse_lazily(estimator: Any, X: Any) -> da.Array:
    """Column names and number are those of the outputs here, so only blocks are looked at."""
    check_is_fitted(estimator)
    if not isinstance(X, da.Array | dd.DataFrame):
        X = block_room.open(X).to_dask()
    if isinstance(X, dd.DataFrame):
        X = X.to_dask_array()
    return _on_array(to_sklearn(estimator), "inverse_transform", X)


class LazyPredictor:
    """predict that stays lazy on Dask collections, Blocks and paths."""

    def predict(self, X: Any, **params: Any) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict", X)
        return super().predict(X, **params)  # type: ignore[misc]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R^2 of a regressor or accuracy of a classifier; one pass over data on blocks."""
        if is_big(X):
            from skdask.metrics.scoring import default_score

            return default_score(self, X, y, sample_weight)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(super().score(X, y, **weights))  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)


class LazyClassifier(LazyPredictor):
    """A classifier's predictions, lazily on Dask collections, Blocks and paths."""

    def predict_proba(self, X: Any) -> Any:
        """Class probabilities of shape (n_rows, n_classes)."""
        if is_big(X):
            return apply_lazily(self, "predict_proba", X)
        return super().predict_proba(X)  # type: ignore[misc]

    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the class probabilities."""
        if is_big(X):
            return apply_lazily(self, "predict_log_proba", X)
        return super().predict_log_proba(X)  # type: ignore[misc]

    def decision_function(self, X: Any) -> Any:
        """Confidence scores of the classes."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)  # type: ignore[misc]
