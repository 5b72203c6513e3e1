"""TargetEncoder: categories in one pass, and what the target is within them in another.

Where it is applied to the rows that it is fitted on, by `fit_transform` or in a pipeline, every row
is encoded by the other folds, as scikit-learn does. Which folds there are follows from the first
pass, so the encodings of all of them come from the same two passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import preprocessing
from sklearn.model_selection import KFold, StratifiedKFold, check_cv

from skdask._sklearn import fit_categories
from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, ask
from skdask.passes.folds import merges_without_each
from skdask.routes.categories import category_request, category_values
from skdask.routes.cross_fit import CrossFit, keep_cross_fit
from skdask.routes.example import Example
from skdask.routes.fit_transform import fit_transform_lazily
from skdask.routes.fitting import fit_on_blocks, forget_report, remember_features
from skdask.routes.lazy import refuse_parameters
from skdask.routes.splits import check_split_fits
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.tables import (
    CategoryMoments,
    NumberedRows,
    RowFolds,
    RowNumbers,
    TargetKinds,
    TargetsOfCategories,
    TargetsOfFolds,
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
        return fit_transform_lazily(self, X, lambda: fit_on_blocks(self, X, y))


class TargetEncoder(_CrossFitting, preprocessing.TargetEncoder):
    """Encode categories by the target within them, on data of any size.

    Subclasses :class:`sklearn.preprocessing.TargetEncoder` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks are fitted in two passes.
    ``fit_transform`` encodes each row by the rows of the other folds, lazily; so does a pipeline
    or a search with the rows that what comes after it is fitted on. The folds are scikit-learn's
    for the same ``cv``; where they are drawn anew each time, as by default, so they are here.
    During the fit a byte a row is kept of them.

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
        requests = [
            self._category_request(view),
            Request(Example(), view.rows, "TargetEncoder"),
        ]
        if self.target_type != "continuous":
            requests.append(Request(TargetKinds(), view.rows, "TargetEncoder"))
        if view.applied:
            statistic = RowNumbers(self.target_type != "continuous")
            requests.append(Request(statistic, view.rows, "TargetEncoder"))
        return tuple(requests)

    def _category_request(self, view: View) -> Request:
        return category_request(view, "TargetEncoder", uniform=isinstance(self.categories, str))

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if view.facts.y_ndim == 2:
            raise DataError(
                "Unknown label type: the target has several columns; TargetEncoder takes one"
            )
        *_, last = yield self.first_requests(view)
        (columns,) = yield (self._category_request(view),)
        seen = yield from view.example("TargetEncoder")
        assert seen.first is not None
        kind, classes = "continuous", None
        if self.target_type != "continuous":
            kinds = yield from ask(TargetKinds(), view.rows, "TargetEncoder")
            kind, classes = _kind_of(
                kinds, None if self.target_type == "auto" else self.target_type
            )
        plain = plain_copy(self)
        fit_categories(plain, seen.first.X, category_values(view, columns), seen.count)
        plain.target_type_, plain.classes_ = kind, classes
        statistic = TargetsOfCategories(plain, classes)
        cross_fit = None
        if view.applied:
            folds = self._folds_of(last, kind)
            parts = yield from ask(TargetsOfFolds(statistic, folds), view.rows, "TargetEncoder")
            moments, cross_fit = self._cross_fit_of(statistic, folds, parts)
        else:
            moments = yield from ask(statistic, view.rows, "TargetEncoder")
        plain.encodings_ = statistic.encodings(moments, self.smooth)
        plain.target_mean_ = _mean_of(moments, kind)
        take_over(self, plain)
        remember_features(self, view)
        if cross_fit is not None:
            keep_cross_fit(self, cross_fit)
        return ()

    def _folds_of(self, rows: NumberedRows, kind: str) -> RowFolds:
        """scikit-learn's folds of the rows that it is fitted on."""
        n_rows, splitter = rows.n_rows, self._splitter(kind, rows)
        check_split_fits(splitter, n_rows, 0)
        numbers, times = np.zeros(n_rows, np.uint16), np.zeros(n_rows, np.uint16)
        n_folds = 0
        for _, test in splitter.split(np.zeros((n_rows, 1), np.uint8), rows.codes):
            numbers[test] = n_folds
            times[test] += 1
            n_folds += 1
        if (times != 1).any():
            raise ValueError(
                "Validation indices from `cv` must cover each sample index exactly once with no "
                "overlap. Pass a splitter with non-overlapping validation folds as `cv` or refer "
                "to the docs for other options."
            )
        return RowFolds(rows, numbers.astype(np.min_scalar_type(n_folds)), n_folds)

    def _splitter(self, kind: str, rows: NumberedRows) -> Any:
        """The splitter that scikit-learn would take."""
        cv = 5 if self.cv is None else self.cv
        if not isinstance(cv, int | np.integer):
            return check_cv(cv, rows.codes, classifier=kind != "continuous")
        shuffle = True if self.shuffle == "deprecated" else self.shuffle
        seed = None if self.random_state == "deprecated" or not shuffle else self.random_state
        splitter = KFold if kind == "continuous" else StratifiedKFold
        return splitter(n_splits=int(cv), shuffle=shuffle, random_state=seed)

    def _cross_fit_of(
        self, statistic: TargetsOfCategories, folds: RowFolds, parts: Sequence[CategoryMoments]
    ) -> tuple[CategoryMoments, CrossFit]:
        """The moments of all rows, and what each fold is encoded by."""
        rests = merges_without_each(parts, statistic.merge, statistic.zero())
        kind = statistic.encoder.target_type_
        cross_fit = CrossFit(
            folds,
            [statistic.encodings(rest, self.smooth) for rest in rests],
            [_mean_of(rest, kind) for rest in rests],
        )
        return reduce(statistic.merge, parts), cross_fit


def _mean_of(moments: CategoryMoments, kind: str) -> Any:
    """The mean of the target in all rows, as scikit-learn has it of this type of target."""
    return moments.mean[-1] if kind == "multiclass" else moments.mean[-1, 0]


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
