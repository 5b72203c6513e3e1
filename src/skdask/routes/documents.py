"""Documents: one column of text, dicts or other objects, which vectorizers turn into numbers.

scikit-learn's vectorizers take any iterable. On blocks documents are a table of one column, whose
partitions are frames like those of any table, so that they are read, counted by fold and sent to
workers in the same way. A Dask Series or Bag becomes such a table; a vectorizer that meets a frame
takes its column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer

from skdask.blocks import PolarsFrames
from skdask.blocks.dask_collections import is_dask_bag, is_dask_series
from skdask.exceptions import DataError

_OF_DOCUMENTS = (CountVectorizer, HashingVectorizer, DictVectorizer, FeatureHasher)


def takes_documents(estimator: Any) -> bool:
    """Whether an estimator takes documents, as a pipeline, a union or a search of such does."""
    parts = getattr(estimator, "steps", None) or getattr(estimator, "transformer_list", None)
    if parts:
        return takes_documents(parts[0][1])
    inner = getattr(estimator, "estimator", None)
    return isinstance(estimator, _OF_DOCUMENTS) or (
        isinstance(inner, BaseEstimator) and takes_documents(inner)
    )


def as_table(estimator: Any, X: Any, y: Any = None) -> tuple[Any, Any]:
    """Documents on Dask as a table of one column, and their labels; anything else as it is.

    Raises
    ------
    DataError
        Where a Bag is given to an estimator that takes no documents.
    """
    if isinstance(X, PolarsFrames):
        X = X.to_dask_dataframe()
    if is_dask_bag(y):
        y = _frame_of_bag(y, "y")["y"]
    if takes_documents(estimator):
        if is_dask_bag(X):
            return _frame_of_bag(X, "documents"), y
        if is_dask_series(X):
            return X.to_frame(name="documents" if X.name is None else X.name), y
    elif is_dask_bag(X):
        raise DataError(
            f"X is a Dask Bag, and {type(estimator).__name__} takes tables of numbers: put a "
            "vectorizer before it, such as skdask.feature_extraction.text.TfidfVectorizer"
        )
    return X, y


def documents_of(X: Any) -> Any:
    """The documents of a frame or an array of one column; anything else is documents already.

    Raises
    ------
    DataError
        Where there are several columns.
    """
    if getattr(X, "ndim", 1) != 2:
        return X
    if X.shape[1] != 1:
        names = f": {', '.join(map(repr, X.columns[:10]))}" if hasattr(X, "columns") else ""
        raise DataError(
            f"a vectorizer takes one column of documents, and X has {X.shape[1]} columns{names}. "
            "Give it one of them, X['text'], or name one in a ColumnTransformer."
        )
    return X.iloc[:, 0].tolist() if hasattr(X, "iloc") else X[:, 0].tolist()


def _frame_of_bag(bag: Any, name: str) -> Any:
    from dask.dataframe import from_graph

    # not from_delayed, which makes text of whatever objects there are
    frames = bag.map_partitions(_frame_of_items, name)
    graph = bag.__dask_optimize__(frames.dask, frames.__dask_keys__())
    divisions = [None] * (bag.npartitions + 1)
    return from_graph(graph, _frame_of_items((), name), divisions, frames.__dask_keys__(), "bag")


def _frame_of_items(items: Any, name: str) -> pd.DataFrame:
    items = list(items)
    column = np.empty(len(items), dtype=object)
    for position, item in enumerate(items):
        column[position] = item
    return pd.DataFrame({name: pd.Series(column, dtype=object)})


class _OfOneColumn:
    """A vectorizer that takes a frame of one column too."""

    def transform(self, X: Any) -> Any:
        return super().transform(documents_of(X))  # type: ignore[misc]

    def set_output(self, *, transform: str | None = None) -> Any:
        """Their rows are sparse, so they make no frames; a whole of which they are part asks."""
        return self


class _CountsOfColumn(_OfOneColumn, CountVectorizer):
    pass


class _TfidfOfColumn(_OfOneColumn, TfidfVectorizer):
    pass


class _HashesOfColumn(_OfOneColumn, HashingVectorizer):
    pass


class _DictsOfColumn(_OfOneColumn, DictVectorizer):
    pass


class _FeatureHashesOfColumn(_OfOneColumn, FeatureHasher):
    pass


_TWINS: dict[type, type] = {
    CountVectorizer: _CountsOfColumn,
    TfidfVectorizer: _TfidfOfColumn,
    HashingVectorizer: _HashesOfColumn,
    DictVectorizer: _DictsOfColumn,
    FeatureHasher: _FeatureHashesOfColumn,
}


def of_column(estimator: Any) -> Any:
    """A vectorizer that takes frames of one column too; anything else as it is."""
    kind: Any = _TWINS.get(type(estimator))
    if kind is None:
        return estimator
    twin = kind.__new__(kind)
    vars(twin).update(vars(estimator))
    return twin
