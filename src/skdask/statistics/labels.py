"""The classes of a target, with their counts and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic
from skdask.statistics.tiles import weights_of


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Distinct labels in sorted order, each with its rows and their weight.

    ``classes``, ``counts`` and ``weights`` have shape (n_classes,).
    """

    classes: NDArray[Any]
    counts: NDArray[np.int64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Labels(Statistic[ClassTable | None, ClassTable]):
    """The distinct labels of y, their counts and weights.

    Parameters
    ----------
    weighted : bool
    column : int or None
        Which target, where there are several.

    Notes
    -----
    **Passes** 1, over the target only. **Cost** one sort of the labels of each block.
    **Error** none. A continuous target is refused as soon as it shows.
    """

    needs_features: ClassVar[bool] = False
    weighted: bool = False
    column: int | None = None

    def zero(self) -> ClassTable | None:
        return None

    def update(self, state: ClassTable | None, rows: Rows) -> ClassTable | None:
        if rows.n_rows == 0:
            return state
        y = label_array(rows, self.column)
        refuse_continuous(y)
        classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        weight = weights_of(rows, self.weighted)
        weights = counts.astype(np.float64) if weight is None else _sums(codes, weight, counts)
        return self.merge(state, ClassTable(classes, counts, weights))

    def merge(self, left: ClassTable | None, right: ClassTable | None) -> ClassTable | None:
        if left is None or right is None:
            return right if left is None else left
        classes, codes = np.unique(
            np.concatenate([left.classes, right.classes]), return_inverse=True
        )
        counts = np.zeros(len(classes), np.int64)
        np.add.at(counts, codes, np.concatenate([left.counts, right.counts]))
        weights = _sums(codes, np.concatenate([left.weights, right.weights]), counts)
        return ClassTable(classes, counts, weights)

    def value(self, state: ClassTable | None) -> ClassTable:
        if state is None:
            return ClassTable(np.empty(0), np.empty(0, np.int64), np.empty(0))
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 2**16


Tables = tuple[ClassTable | None, ...]


@dataclass(frozen=True)
class LabelTables(Statistic[Tables, tuple[ClassTable, ...]]):
    """The distinct labels of each column of y, as `Labels` of one.

    Notes
    -----
    **Passes**, **Cost** and **Error** as `Labels`, for each column.
    """

    needs_features: ClassVar[bool] = False
    weighted: bool = False

    def zero(self) -> Tables:
        return ()

    def update(self, state: Tables, rows: Rows) -> Tables:
        if rows.n_rows == 0 or rows.y is None:
            return state
        n_columns = 1 if rows.y.ndim == 1 else rows.y.shape[1]
        found = tuple(
            Labels(self.weighted, column).update(None, rows) for column in range(n_columns)
        )
        return self.merge(state, found)

    def merge(self, left: Tables, right: Tables) -> Tables:
        if not left or not right:
            return left or right
        labels = Labels(self.weighted)
        return tuple(labels.merge(one, other) for one, other in zip(left, right, strict=True))

    def value(self, state: Tables) -> tuple[ClassTable, ...]:
        return tuple(map(Labels(self.weighted).value, state))

    def state_bytes(self, n_columns: int) -> int:
        return 2**16 * max(1, n_columns)


@dataclass(frozen=True, slots=True)
class CodedRows:
    """The class of every row: ``classes`` of shape (n_classes,), ``codes`` (n_rows,) into it."""

    classes: NDArray[Any]
    codes: NDArray[np.int32]


@dataclass(frozen=True)
class Codes(Statistic[CodedRows | None, CodedRows]):
    """The class or the group of every row as a small number, in the order of the rows.

    The one statistic as long as the data; stratified and grouped folds need it.

    Parameters
    ----------
    of_groups : bool
        Whether the groups are looked at in place of the target.

    Notes
    -----
    **Passes** 1, over the target or the groups only. **Cost** four bytes a row.
    """

    reusable: ClassVar[bool] = False
    needs_features: ClassVar[bool] = False
    row_bytes: ClassVar[int] = 4
    of_groups: bool = False

    def zero(self) -> CodedRows | None:
        return None

    def update(self, state: CodedRows | None, rows: Rows) -> CodedRows | None:
        if rows.n_rows == 0:
            return state
        values = _group_array(rows) if self.of_groups else label_array(rows)
        if not self.of_groups:
            refuse_continuous(values)
        classes, codes = np.unique(values, return_inverse=True)
        return self.merge(state, CodedRows(classes, codes.astype(np.int32)))

    def merge(self, left: CodedRows | None, right: CodedRows | None) -> CodedRows | None:
        if left is None or right is None:
            return right if left is None else left
        classes = np.union1d(left.classes, right.classes)
        codes = [
            np.searchsorted(classes, part.classes).astype(np.int32)[part.codes]
            for part in (left, right)
        ]
        return CodedRows(classes, np.concatenate(codes))

    def value(self, state: CodedRows | None) -> CodedRows:
        return CodedRows(np.empty(0), np.empty(0, np.int32)) if state is None else state

    def state_bytes(self, n_columns: int) -> int:
        return 2**16


def _group_array(rows: Rows) -> NDArray[Any]:
    if rows.groups is None:
        raise ValueError("the statistic needs groups, but the rows have none")
    return rows.groups


def label_array(rows: Rows, column: int | None = None) -> NDArray[Any]:
    """The labels as one column: the only one, or this one of several."""
    if rows.y is None:
        raise ValueError("the statistic needs a target, but the rows have none")
    if rows.y.ndim == 1:
        return rows.y
    if column is not None:
        return rows.y[:, column]
    if rows.y.shape[1] != 1:
        raise ValueError(
            f"y should be a 1d array, got an array of shape {rows.y.shape} instead; "
            "a classifier takes one column of labels."
        )
    return rows.y[:, 0]


def codes_of(labels: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.intp]:
    """The position of each label among the sorted classes, where it must be.

    Every pass asks for them. A search among two classes takes a sixth of the time of a gradient
    of 50 columns, a comparison or a difference nearly none.
    """
    numbers = labels.dtype.kind in "biuf" and classes.dtype.kind in "biuf"
    if numbers and len(classes) == 2:
        return (labels != classes[0]).astype(np.intp)
    whole = labels.dtype.kind in "iu" and labels.dtype == classes.dtype and len(classes)
    if whole and int(classes[-1]) - int(classes[0]) == len(classes) - 1:
        codes: NDArray[np.intp] = (labels - classes[0]).astype(np.intp)
        return codes
    return np.searchsorted(classes, labels)


def _sums(
    codes: NDArray[np.intp], weights: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The weight of each class."""
    return np.bincount(codes, weights, len(counts)).astype(np.float64, copy=False)


def is_continuous(y: NDArray[Any]) -> bool:
    """Whether labels are numbers of which some have fractions, which are no classes."""
    return bool(y.dtype.kind == "f" and np.isfinite(y).all() and (y != np.floor(y)).any())


def refuse_continuous(y: NDArray[Any]) -> None:
    """Raise scikit-learn's error for a classifier that is given a continuous target."""
    if y.dtype.kind != "f":
        return
    if not np.isfinite(y).all():
        raise ValueError("Input y contains NaN or infinity.")
    if (y != np.floor(y)).any():
        raise ValueError(
            "Unknown label type: continuous. Maybe you are trying to fit a classifier, which "
            "expects discrete classes on a regression target with continuous values."
        )


def coded_labels(rows: Rows) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """The classes of some rows, sorted, and the number of the class of each row."""
    y = label_array(rows)
    refuse_continuous(y)
    classes, codes = np.unique(y, return_inverse=True)
    return classes, codes


def common_classes(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    """All classes of two states, sorted."""
    return left if np.array_equal(left, right) else np.union1d(left, right)


def among(values: NDArray[Any], own: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """What is known of some classes among more of them, zero for the others."""
    if len(own) == len(classes):
        return values
    wider = np.zeros((len(classes), *values.shape[1:]), values.dtype)
    wider[np.searchsorted(classes, own)] = values
    return wider
