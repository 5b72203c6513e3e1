"""LabelEncoder, LabelBinarizer, MultiLabelBinarizer: transformers of a target alone, on Dask.

A target is a Dask Series, a Dask Array, or of sets of labels a Series or a Bag. What it holds is
seen in one pass, and every partition is then turned by scikit-learn's own object, lazily.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
from dask import delayed, is_dask_collection
from numpy.typing import NDArray
from sklearn import preprocessing
from sklearn.utils.validation import check_is_fitted

from skdask import blocks as block_room
from skdask._sklearn import validate_params
from skdask.exceptions import DataError, UnsupportedError
from skdask.passes import ask, run
from skdask.routes.fitting import forget_report
from skdask.routes.twins import plain_copy, take_over, to_sklearn
from skdask.tables import Categories


class _OfTarget:
    """What they share: methods that take a target on Dask too."""

    def fit(self, y: Any) -> Any:
        """Learn the labels.

        Parameters
        ----------
        y : array-like, Dask Array, Series or one-column DataFrame
            Of MultiLabelBinarizer a Series or a Bag of iterables.

        Returns
        -------
        self
        """
        if not is_dask_collection(y):
            forget_report(self)
            return super().fit(y)  # type: ignore[misc]
        validate_params(self)
        self._fit_on_dask(y)
        return self

    def fit_transform(self, y: Any) -> Any:
        """Fit, then transform the same target: lazily on Dask."""
        if is_dask_collection(y):
            return self.fit(y).transform(y)
        forget_report(self)
        return super().fit_transform(y)  # type: ignore[misc]

    def transform(self, y: Any) -> Any:
        """Transform a target: lazily on Dask."""
        if is_dask_collection(y):
            check_is_fitted(self)
            return _by_partition(to_sklearn(self).transform, _target_of(y), self._some_rows())
        return super().transform(y)  # type: ignore[misc]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)

    def _some_rows(self) -> NDArray[Any]:
        """A target of one row that transform takes."""
        classes: NDArray[Any] = self.classes_  # type: ignore[attr-defined]
        if getattr(self, "y_type_", "").startswith("multilabel"):
            return np.ones((1, len(classes)), np.int64)
        return classes[:1]

    def _fit_on_dask(self, y: Any) -> None:
        y = _target_of(y)
        name = type(self).__name__
        rows = y if y.ndim == 2 else _one_column(y)
        data = block_room.open(rows)
        done = run([ask(Categories(), asked_by=name)], data.as_tables(), what=name, of=self)
        take_over(self, plain_copy(self).fit(_example(done.results[0], y)))
        self.fit_report_ = done.report


class LabelEncoder(_OfTarget, preprocessing.LabelEncoder):
    """Encode labels as whole numbers, of a target of any size.

    Subclasses :class:`sklearn.preprocessing.LabelEncoder` and has its attributes. Targets on Dask
    are seen in one pass and encoded lazily.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on Dask.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import LabelEncoder
    >>> y = da.from_array([7, 5, 7], chunks=2)
    >>> LabelEncoder().fit_transform(y).compute()
    array([1, 0, 1])
    """

    def inverse_transform(self, y: Any) -> Any:
        """The labels of codes: lazily on Dask."""
        if is_dask_collection(y):
            check_is_fitted(self)
            undo = to_sklearn(self).inverse_transform
            return _by_partition(undo, _target_of(y), np.zeros(1, np.int64))
        return super().inverse_transform(y)


class LabelBinarizer(_OfTarget, preprocessing.LabelBinarizer):
    """Turn labels into a column a class, of a target of any size.

    Subclasses :class:`sklearn.preprocessing.LabelBinarizer` and has its parameters and
    attributes. Targets on Dask are seen in one pass and turned lazily.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on Dask.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import LabelBinarizer
    >>> y = da.from_array([7, 5, 6], chunks=2)
    >>> LabelBinarizer().fit_transform(y).compute()
    array([[0, 0, 1],
           [1, 0, 0],
           [0, 1, 0]])
    """

    def inverse_transform(self, Y: Any, threshold: float | None = None) -> Any:
        """The labels of columns: lazily on Dask."""
        if is_dask_collection(Y):
            check_is_fitted(self)
            undo = partial(to_sklearn(self).inverse_transform, threshold=threshold)
            plain = to_sklearn(self)
            return _by_partition(undo, _target_of(Y), plain.transform(self._some_rows()))
        return super().inverse_transform(Y, threshold)


class MultiLabelBinarizer(_OfTarget, preprocessing.MultiLabelBinarizer):
    """Turn sets of labels into a column a class, of a target of any size.

    Subclasses :class:`sklearn.preprocessing.MultiLabelBinarizer` and has its parameters and
    attributes. A Dask Series or Bag of iterables is seen in one pass, by Dask itself and so without
    a ``fit_report_``, and turned lazily.

    Examples
    --------
    >>> import dask.bag as db
    >>> from skdask.preprocessing import MultiLabelBinarizer
    >>> y = db.from_sequence([{"a"}, {"b", "a"}], npartitions=2)
    >>> MultiLabelBinarizer().fit_transform(y).compute()
    array([[1, 0],
           [1, 1]])
    """

    def _fit_on_dask(self, y: Any) -> None:
        found: Iterable[set[Any]] = [set()]
        if self.classes is None:
            found = dask.compute(*[delayed(_labels_of)(part) for part in _parts_of_sets(y)])
        labels = set().union(*found)
        # the classes are all that it looks at
        take_over(self, plain_copy(self).fit([labels]))

    def transform(self, y: Any) -> Any:
        """Columns of a target of sets: lazily on Dask."""
        if not is_dask_collection(y):
            return preprocessing.MultiLabelBinarizer.transform(self, y)
        check_is_fitted(self)
        plain = to_sklearn(self)
        empty = plain.transform([[]])[:0]
        shape = (np.nan, len(self.classes_))
        parts = [
            da.from_delayed(delayed(_columns_of)(plain, part), shape, meta=empty)
            for part in _parts_of_sets(y)
        ]
        return da.concatenate(parts, allow_unknown_chunksizes=True)

    def inverse_transform(self, yt: Any) -> Any:
        """Sets of labels of columns in memory: their number follows the rows."""
        if is_dask_collection(yt):
            raise UnsupportedError(
                "MultiLabelBinarizer.inverse_transform makes a list of tuples, which Dask does not "
                "hold; call it on a part in memory: inverse_transform(yt[:1000].compute())"
            )
        return super().inverse_transform(yt)


def _target_of(y: Any) -> Any:
    """The target as a Dask Array or Series."""
    if isinstance(y, dd.DataFrame):
        if len(y.columns) == 1:
            return y[y.columns[0]]
        return y.to_dask_array()
    if isinstance(y, da.Array | dd.Series):
        if isinstance(y, da.Array) and y.ndim == 2 and y.shape[1] == 1:
            return y[:, 0]
        return y
    raise DataError(
        f"y is a {type(y).__name__}; a target on Dask is a Dask Array, a Series or a DataFrame of "
        "one column"
    )


def _one_column(y: Any) -> Any:
    if isinstance(y, dd.Series):
        return y.to_frame(name="y")
    if y.dtype.kind in "biuf":
        return y[:, np.newaxis]
    return dd.from_dask_array(y, columns="y").to_frame(name="y")


def _example(columns: Any, y: Any) -> NDArray[Any]:
    """Rows with all values of each column, which scikit-learn takes for what all rows are."""
    values = [column.all_values() for column in columns]
    if y.ndim == 1:
        (found,) = values
        kind = np.dtype(y.dtype) if isinstance(y.dtype, np.dtype) else None
        if kind is not None and kind.kind in "biuU":
            return np.asarray(found).astype(kind if kind.kind != "U" else np.str_)
        return np.asarray(found)
    height = max(len(each) for each in values)
    # each column's values in turn, so that no row has more of them than it may
    return np.column_stack([np.resize(each, height) for each in values]).astype(y.dtype)


def _by_partition(method: Callable[[Any], Any], y: Any, example: Any) -> da.Array:
    """A method of each partition of a target, lazily."""
    if isinstance(y, dd.Series):
        y = y.to_dask_array()
    if y.ndim == 2 and y.numblocks[1] > 1:
        y = y.rechunk({1: -1})
    sample = method(example)
    empty = sample[:0]
    on_block = partial(_on_part, method=method, empty=empty)
    if sample.ndim == 1:
        drop = {"drop_axis": 1} if y.ndim == 2 else {}
        return y.map_blocks(on_block, dtype=sample.dtype, meta=empty, **drop)
    width = (sample.shape[1],)
    if y.ndim == 2:
        return y.map_blocks(on_block, dtype=sample.dtype, meta=empty, chunks=(y.chunks[0], width))
    return y.map_blocks(
        on_block, dtype=sample.dtype, meta=empty, new_axis=1, chunks=(y.chunks[0], width)
    )


def _on_part(part: Any, method: Callable[[Any], Any], empty: Any) -> Any:
    return empty if part.shape[0] == 0 else method(part)


def _parts_of_sets(y: Any) -> Any:
    if not hasattr(y, "to_delayed"):
        raise DataError(f"y is a {type(y).__name__}; sets of labels on Dask are a Series or a Bag")
    if isinstance(y, dd.Series) and y.dtype != object:
        raise DataError(
            f"the Series has {y.dtype}, not objects: Dask turns sets of labels into text unless "
            'it is made within dask.config.set({"dataframe.convert-string": False}); or use a Bag'
        )
    return np.ravel(y.to_delayed())


def _labels_of(part: Any) -> set[Any]:
    return set(chain.from_iterable(part))


def _columns_of(plain: Any, part: Any) -> Any:
    return plain.transform(list(part))
