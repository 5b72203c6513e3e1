"""TargetEncoder: categories in one pass, and what the target is within them in another.

`fit_transform` encodes every row by the other folds, as scikit-learn does. Which fold a row is in
is known before the pass, so the encodings of all folds come from the same two passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask import delayed
from numpy.typing import NDArray
from sklearn import preprocessing
from sklearn.model_selection import KFold, StratifiedKFold

from skdask._sklearn import fit_categories, output_container
from skdask.blocks import Blocks, is_big
from skdask.blocks.columns import plain_text
from skdask.exceptions import DataError, UnsupportedError
from skdask.mixins.transformer import LazyProjector
from skdask.passes import ALL_ROWS, Algorithm, Request, RowSet, ask, run
from skdask.routes.categories import category_request
from skdask.routes.example import Example
from skdask.routes.fitting import (
    fit_on_blocks,
    forget_report,
    is_table,
    open_to_fit,
    remember_features,
)
from skdask.routes.lazy import refuse_parameters, refuse_polars
from skdask.routes.splits import numbers_of, split_rows
from skdask.routes.twins import plain_copy, settled, take_over, to_sklearn
from skdask.routes.view import View
from skdask.rows import is_frame
from skdask.tables import (
    CategoryMoments,
    TargetKinds,
    TargetsOfCategories,
)


class _CrossFitting(LazyProjector):
    """fit_transform outside of the class that scikit-learn wraps for `set_output`."""

    def fit_transform(self, X: Any, y: Any, **params: Any) -> Any:  # type: ignore[override]
        """Fit, and encode each row by the rows of the other folds.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
        **params : dict
            As in scikit-learn, for in-memory data.

        Returns
        -------
        ndarray, or a lazy Dask Array or DataFrame
        """
        if not is_big(X):
            forget_report(self)
            return super(LazyProjector, self).fit_transform(X, y, **params)  # type: ignore[misc]
        refuse_parameters("fit_transform", params)
        return self._fit_transform(X, y)  # type: ignore[attr-defined]


class TargetEncoder(_CrossFitting, preprocessing.TargetEncoder):
    """Encode categories by the target within them, on data of any size.

    Subclasses :class:`sklearn.preprocessing.TargetEncoder` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks are fitted in two passes.
    ``fit_transform`` encodes each row by the rows of the other folds, lazily; the folds are
    scikit-learn's for the same ``cv`` and ``random_state``. As a step of a pipeline on blocks it
    is refused: use its ``fit_transform`` first.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> from skdask.preprocessing import TargetEncoder
    >>> frame = pd.DataFrame({"city": ["a", "b", "a", "b"], "price": [1.0, 2.5, 3.0, 4.5]})
    >>> table = dd.from_pandas(frame, npartitions=2)
    >>> encoder = TargetEncoder(smooth=0.0).fit(table, "price")
    >>> encoder.encodings_
    [array([2. , 3.5])]
    """

    takes_tables = True

    def fit(self, X: Any, y: Any) -> TargetEncoder:
        """Learn the encoding of all categories from all rows.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            The target, or the name of its column.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y)
        return fit_on_blocks(self, X, y)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (
            category_request(view, "TargetEncoder"),
            Request(Example(), view.rows, "TargetEncoder"),
        )

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        yield from self._encode(view)
        return ()

    def _encode(self, view: View) -> Algorithm[TargetsOfCategories]:
        """Fit; what the encodings of other rows are made of in the same way."""
        if view.facts.y_ndim == 2:
            raise DataError(
                "Unknown label type: the target has several columns; TargetEncoder takes one"
            )
        given = self.target_type if self.target_type != "auto" else None
        requests = self.first_requests(view)
        if given != "continuous":
            requests = (*requests, Request(TargetKinds(), view.rows, "TargetEncoder"))
        yield requests
        (columns,) = yield (category_request(view, "TargetEncoder"),)
        seen = yield from view.example("TargetEncoder")
        assert seen.first is not None
        kind, classes = given or "continuous", None
        if given != "continuous":
            kinds = yield from ask(TargetKinds(), view.rows, "TargetEncoder")
            kind, classes = _kind_of(kinds, given)
        plain = plain_copy(self)
        fit_categories(plain, seen.first.X, [c.all_values() for c in columns], seen.count)
        statistic = TargetsOfCategories(plain, classes)
        moments = yield from ask(statistic, view.rows, "TargetEncoder")
        plain.target_type_, plain.classes_ = kind, classes
        self._set_encodings(plain, statistic, moments)
        take_over(self, plain)
        remember_features(self, view)
        return statistic

    def _fit_transform(self, X: Any, y: Any) -> Any:
        data = open_to_fit(self, X, y).counted()
        split = split_rows(self._splitter(data), data, classifier=False)
        view = View.whole(data)

        def fit_folds() -> Algorithm[tuple[TargetsOfCategories, tuple[CategoryMoments, ...]]]:
            statistic = yield from self._encode(view)
            rests = [RowSet(fold, rest=True) for fold in range(split.folds.n_folds)]
            moments = yield tuple(Request(statistic, rows, "TargetEncoder") for rows in rests)
            return statistic, moments

        done = run([fit_folds()], data, what="TargetEncoder", folds=split.folds, of=self)
        self.fit_report_ = done.report
        statistic, of_folds = done.results[0]
        encoders = [self._with(statistic, moments) for moments in of_folds]
        assert data.n_rows is not None
        numbers = numbers_of(split.folds, data.n_rows)
        if is_table(X):
            # the target among the columns is none of the features
            X = X[list(data.feature_names or ())] if isinstance(X, dd.DataFrame) else X
        lazy = X if isinstance(X, da.Array | dd.DataFrame) else data.to_dask()
        return _cross_fitted(encoders, numbers, lazy, _lengths_of(lazy, data))

    def _splitter(self, data: Blocks) -> Any:
        """The splitter that scikit-learn would take."""
        cv = 5 if self.cv is None else self.cv
        if not isinstance(cv, int | np.integer):
            return cv
        shuffle = True if self.shuffle == "deprecated" else self.shuffle
        seed = None if self.random_state == "deprecated" or not shuffle else self.random_state
        kind = self.target_type
        if kind == "auto":
            read = run([ask(TargetKinds(), ALL_ROWS, "TargetEncoder")], data, what="kind of target")
            kind, _ = _kind_of(read.results[0], None)
        splitter = KFold if kind == "continuous" else StratifiedKFold
        return splitter(n_splits=int(cv), shuffle=shuffle, random_state=seed)

    def _with(self, statistic: TargetsOfCategories, moments: CategoryMoments) -> Any:
        """The plain encoder as fitted to other rows."""
        plain = settled(to_sklearn(self), bare=not hasattr(self, "feature_names_in_"))
        self._set_encodings(plain, statistic, moments)
        return plain

    def _set_encodings(
        self, plain: Any, statistic: TargetsOfCategories, moments: CategoryMoments
    ) -> None:
        plain.encodings_ = statistic.encodings(moments, self.smooth)
        several = plain.target_type_ == "multiclass"
        plain.target_mean_ = moments.mean[-1] if several else moments.mean[-1, 0]


def _kind_of(found: Any, given: str | None) -> tuple[str, NDArray[Any] | None]:
    """The type of the target, and its classes."""
    if found.continuous:
        if given is not None:
            raise DataError(
                f"Unknown label type: continuous. The target has fractions, but target_type is "
                f"{given!r}."
            )
        return "continuous", None
    classes = found.table.classes
    kind = given or ("binary" if len(classes) <= 2 else "multiclass")
    if kind == "binary" and len(classes) > 2:
        raise UnsupportedError(
            f"TargetEncoder(target_type='binary') on blocks: the target has {len(classes)} classes"
        )
    return kind, classes


def _lengths_of(lazy: Any, data: Blocks) -> list[int]:
    """Rows of each partition."""
    if isinstance(lazy, da.Array) and not any(np.isnan(lazy.chunks[0])):
        return [int(length) for length in lazy.chunks[0]]
    lengths = data.piece_lengths()
    parts = lazy.npartitions if isinstance(lazy, dd.DataFrame) else lazy.numblocks[0]
    if len(lengths) == parts:
        return list(lengths)
    if isinstance(lazy, dd.DataFrame):
        return list(lazy.map_partitions(len).compute())
    return list(lazy[:, 0].map_blocks(lambda part: np.array([len(part)])).compute())


def _cross_fitted(
    encoders: Sequence[Any], numbers: NDArray[Any], lazy: Any, lengths: Sequence[int]
) -> Any:
    """Every row encoded by the encoder of its fold, lazily."""
    if isinstance(lazy, da.Array) and lazy.numblocks[1] > 1:
        lazy = lazy.rechunk({1: -1})
    parts = lazy.to_delayed()
    if isinstance(lazy, da.Array):
        parts = parts[:, 0]
    plain = encoders[0]
    width = len(plain.encodings_)
    shared = delayed(list(encoders), pure=True)
    stops = np.cumsum(lengths)
    pieces = [
        (delayed(_encode_part)(shared, part, numbers[stop - length : stop]), length)
        for part, stop, length in zip(parts, stops, lengths, strict=True)
    ]
    empty = np.empty((0, width))
    whole = da.concatenate(
        [da.from_delayed(part, (length, width), meta=empty) for part, length in pieces]
    )
    if output_container(plain) == "default":
        return whole
    refuse_polars(plain)
    return dd.from_dask_array(whole, columns=list(plain.get_feature_names_out()))


def _encode_part(encoders: Sequence[Any], part: Any, numbers: NDArray[Any]) -> NDArray[np.float64]:
    found = np.empty((part.shape[0], len(encoders[0].encodings_)))
    if is_frame(part):
        part = plain_text(part)
    for fold in np.unique(numbers):
        own = np.flatnonzero(numbers == fold)
        rows = part.iloc[own] if isinstance(part, pd.DataFrame) else part[own]
        if not hasattr(encoders[fold], "feature_names_in_") and isinstance(rows, pd.DataFrame):
            rows = rows.to_numpy()
        found[own] = np.asarray(encoders[fold].transform(rows))
    return found
