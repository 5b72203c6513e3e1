"""cross_val_predict: each row predicted by the model that did not see it, lazily.

The models of all folds are fitted in shared passes; what they predict is made block by block, of
the rows of a block those of each fold by its own model, so no prediction is ever held.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
from numpy.typing import NDArray
from sklearn import model_selection
from sklearn.base import clone, is_classifier
from sklearn.pipeline import Pipeline

from skdask import blocks as block_room
from skdask.blocks import Blocks, is_big
from skdask.blocks.dask_collections import is_dask_frame
from skdask.exceptions import DataError, UnsupportedError
from skdask.model_selection.chosen_rows import lengths_of
from skdask.model_selection.evaluate import check_target
from skdask.passes import RowSet, run
from skdask.passes.checkpoint import count_rows
from skdask.pipeline.weights import open_weighted
from skdask.routes.fitting import fit_together
from skdask.routes.lazy import fitted_columns, on_pieces
from skdask.routes.splits import Split, held, numbers_of, split_rows
from skdask.routes.twins import adopt, has_twin
from skdask.routes.view import View


def cross_val_predict(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: Any = "2*n_jobs",
    method: str = "predict",
) -> Any:
    """Predictions of every row by a model that was fitted without it.

    Parameters
    ----------
    estimator : estimator
        Ours, or a scikit-learn class that ours stand for.
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    y : array-like or Dask collection, or str
        For a table, the name of its target column.
    groups, cv, params, method
        As in :func:`sklearn.model_selection.cross_val_predict`. On blocks `params` may hold sample
        weights.
    n_jobs, verbose, pre_dispatch
        For in-memory data, which scikit-learn predicts.

    Returns
    -------
    ndarray, or for blocks a lazy Dask Array
        The models are fitted at once, in the passes of one fit.

    Raises
    ------
    ValueError
        Where the test sets are no partition of the rows.
    UnsupportedError
        On blocks, for an estimator that cannot be fitted there.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import cross_val_predict
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> cross_val_predict(Ridge(), X, X.sum(axis=1), cv=4)
    dask.array<concatenate, shape=(100,), dtype=float64, chunksize=(25,), chunktype=numpy.ndarray>
    """
    if not is_big(X):
        return model_selection.cross_val_predict(
            estimator,
            X,
            y,
            groups=groups,
            cv=cv,
            n_jobs=n_jobs,
            verbose=verbose,
            params=params,
            pre_dispatch=pre_dispatch,
            method=method,
        )
    if not has_twin(estimator):
        raise UnsupportedError(
            f"cross_val_predict: {type(estimator).__name__} cannot be fitted on blocks. Predict on "
            "a sample of the rows that fits in memory."
        )
    data, weighted = open_weighted(estimator, X, y, dict(params or {}), groups)
    check_target(data, estimator)
    counted, _ = count_rows(data)
    split = _partition(split_rows(cv, counted, is_classifier(estimator), overlapping=True))
    models = _fitted(estimator, counted, split, weighted)
    lazy = X if isinstance(X, da.Array | dd.DataFrame) else block_room.open(X).to_dask()
    numbers = numbers_of(held(split, counted).folds, counted.n_rows or 0)
    return _of_others(models, method, fitted_columns(models[0], lazy), numbers)


def _partition(split: Split) -> Split:
    if len(split.folds.layers) > 1 or split.n_splits < split.folds.n_folds:
        raise ValueError("cross_val_predict only works for partitions")
    return split


def _fitted(estimator: Any, data: Blocks, split: Split, weighted: frozenset[str]) -> list[Any]:
    """A model a fold, of the rows of the other folds."""
    models = [adopt(clone(estimator)) for _ in split.tests]
    whole = View.whole(data, weighted="" in weighted)
    views = []
    for fold, model in zip(split.tests, models, strict=True):
        if isinstance(model, Pipeline):
            model.check_steps(has_y=data.has_y)
            model.weigh_steps(weighted)
        views.append(View(whole.facts, RowSet(fold, rest=True), whole.affine, whole.weighted))
    run(
        [fit_together(models, views)],
        data,
        what="cross_val_predict",
        of={"the estimator": estimator, "weighted": sorted(weighted)},
        folds=split.folds,
    )
    return models


def _of_others(models: Sequence[Any], method: str, X: Any, numbers: NDArray[Any]) -> da.Array:
    """What the model of each row's fold says of it."""
    (lengths,) = lengths_of([X])
    if sum(lengths) != len(numbers):
        raise DataError(f"X has {sum(lengths)} rows, and had {len(numbers)} when it was fitted")
    if not is_dask_frame(X) and X.numblocks[1] > 1:
        X = X.rechunk({1: -1})
    columns = _columns(models, method)
    empty = _empty(models, method, X, columns)
    says = [on_pieces(model, method, X, _own_empty(model, method, X)) for model in models]
    predict = dask.delayed(_Predict(says, columns, method, empty), traverse=False)
    bounds = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    parts = [
        da.from_delayed(
            predict(piece, numbers[start:stop]), (stop - start, *empty.shape[1:]), meta=empty
        )
        for piece, (start, stop) in zip(np.ravel(X.to_delayed()), pairwise(bounds), strict=True)
    ]
    return da.concatenate(parts)


def _own_empty(model: Any, method: str, X: Any) -> NDArray[Any]:
    said = getattr(model, method)(X)
    # what stands for no rows of a Dask Array has none of its columns either
    return np.empty((0, *said.shape[1:]), dtype=said.dtype)


def _empty(models: Sequence[Any], method: str, X: Any, columns: Any) -> NDArray[Any]:
    """The result for no rows."""
    found = [_own_empty(model, method, X) for model in models]
    kind = np.result_type(*found)
    width = found[0].shape[1:]
    if columns is not None and len(width) == 1:
        width = (columns.n_classes,)
    return np.empty((0, *width), dtype=kind)


class _Columns:
    """Where the classes of each model are among all classes."""

    def __init__(self, n_classes: int, places: list[NDArray[np.intp]]) -> None:
        self.n_classes = n_classes
        self.places = places


def _columns(models: Sequence[Any], method: str) -> _Columns | None:
    if method == "predict" or not all(hasattr(model, "classes_") for model in models):
        return None
    own = [np.asarray(model.classes_) for model in models]
    classes = np.unique(np.concatenate(own))
    places = [np.searchsorted(classes, found) for found in own]
    if any(len(found) < len(classes) for found in places):
        if method == "decision_function":
            raise UnsupportedError(
                "decision_function where a fold's training rows lack a class: use predict_proba, "
                "or a splitter that stratifies"
            )
        warnings.warn(
            f"Number of classes in training fold ({min(map(len, places))}) does not match total "
            f"number of classes ({len(classes)}). Results may not be appropriate for your use "
            "case. To fix this, use a cross-validation technique resulting in properly "
            "stratified folds",
            RuntimeWarning,
            stacklevel=3,
        )
    return _Columns(len(classes), places)


class _Predict:
    """Predictions of one piece, by the model of each row's fold."""

    def __init__(
        self,
        says: Sequence[Callable[[Any], Any]],
        columns: _Columns | None,
        method: str,
        empty: NDArray[Any],
    ) -> None:
        self._says = says
        self._columns = columns
        self._empty = empty
        # what scikit-learn gives for a class that a model never met
        self._absent = 0.0 if method == "predict_proba" else np.finfo(np.float64).min

    def __call__(self, piece: Any, numbers: NDArray[Any]) -> NDArray[Any]:
        found = np.empty((len(numbers), *self._empty.shape[1:]), dtype=self._empty.dtype)
        for fold in np.unique(numbers).tolist():
            mine = np.flatnonzero(numbers == fold)
            rows = piece.iloc[mine] if hasattr(piece, "iloc") else piece[mine]
            said = np.asarray(self._says[fold](rows))
            if self._columns is None or said.ndim == 1:
                found[mine] = said
            else:
                found[mine] = self._absent
                found[mine[:, np.newaxis], self._columns.places[fold]] = said
        return found
