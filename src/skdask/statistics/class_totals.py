"""Totals of features within each class, and counts of their categories: discrete naive Bayes.

Sums alone, so nothing is centred: what is summed are counts, or zeros and ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic
from skdask.statistics.labels import among, coded_labels, common_classes
from skdask.statistics.tiles import feature_array, tile_height, tile_slices, weights_of

Matrix = NDArray[np.float64]

# Classes, and categories of a column, that a projection of memory allows for
_EXPECTED_CLASSES = 32
_EXPECTED_CATEGORIES = 64


@dataclass(frozen=True, slots=True)
class ClassSums:
    """Sums within classes, in sorted order of their labels.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    weights : ndarray of shape (n_classes,)
    totals : ndarray of shape (n_classes, n_features)
    """

    classes: NDArray[Any]
    weights: Matrix
    totals: Matrix


@dataclass(frozen=True)
class ClassTotals(Statistic[ClassSums | None, ClassSums]):
    """Weight of each class and the weighted total of each column within it.

    Parameters
    ----------
    weighted : bool
    threshold : float or None
        Count values above it in the place of adding values up.
    for_counts : str
        Who takes no negative values, for the error; empty where they may be.
    through : Affine or None
        A map that is applied to the rows first.

    Notes
    -----
    **Passes** 1. **Cost** k multiply-adds a value for k classes, one for sparse rows; state of 8 k
    bytes a column. **Error** that of sums, in float64.
    """

    accepts_sparse: ClassVar[bool] = True
    weighted: bool = False
    threshold: float | None = None
    for_counts: str = ""
    through: Affine | None = None

    @property
    def reusable(self) -> bool:  # type: ignore[override]
        """Not of mapped rows: a map learnt from some rows may make others negative."""
        return self.through is None

    def zero(self) -> ClassSums | None:
        return None

    def update(self, state: ClassSums | None, rows: Rows) -> ClassSums | None:
        if rows.n_rows == 0:
            return state
        classes, codes = coded_labels(rows)
        weight, X = weights_of(rows, self.weighted), feature_array(rows)
        weights = np.bincount(codes, weight, len(classes)).astype(np.float64)
        if is_sparse(X) and self.through is None and (self.threshold or 0.0) >= 0.0:
            totals = self._of_sparse(X, codes, weight, len(classes))
        else:
            totals = self._of_tiles(X, codes, weight, len(classes))
        return self.merge(state, ClassSums(classes, weights, totals))

    def _of_sparse(
        self, X: Any, codes: NDArray[np.intp], weight: Matrix | None, n_classes: int
    ) -> Matrix:
        values = self._counted(X.data)
        counted = sparse.csr_array((values, X.indices, X.indptr), shape=X.shape)
        member = _membership(codes, weight, n_classes)
        return np.asarray((member @ counted).toarray(), dtype=np.float64)

    def _of_tiles(
        self, X: Any, codes: NDArray[np.intp], weight: Matrix | None, n_classes: int
    ) -> Matrix:
        width = X.shape[1] if self.through is None else self.through.n_outputs
        totals = np.zeros((n_classes, width))
        for tile in tile_slices(len(codes), max(X.shape[1], width)):
            part = X[tile].toarray() if is_sparse(X) else X[tile]
            if self.through is not None:
                part = self.through.apply(part)
            own = None if weight is None else weight[tile]
            totals += class_sums(self._counted(part), codes[tile], own, n_classes)
        return totals

    def _counted(self, values: NDArray[Any]) -> NDArray[Any]:
        if self.for_counts and values.size and values.min() < 0:
            raise ValueError(f"Negative values in data passed to {self.for_counts}.")
        if self.threshold is None:
            return values
        if not np.isfinite(values.sum()):
            # a comparison would hide it from the check of the pass
            raise ValueError("Input X contains NaN or infinity.")
        return (values > self.threshold).astype(np.float64)

    def merge(self, left: ClassSums | None, right: ClassSums | None) -> ClassSums | None:
        if left is None or right is None:
            return right if left is None else left
        classes = common_classes(left.classes, right.classes)

        def both(one: Matrix, other: Matrix) -> Matrix:
            return among(one, left.classes, classes) + among(other, right.classes, classes)

        return ClassSums(
            classes, both(left.weights, right.weights), both(left.totals, right.totals)
        )

    def value(self, state: ClassSums | None) -> ClassSums:
        if state is None:
            return ClassSums(np.empty(0), np.empty(0), np.empty((0, 0)))
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * _EXPECTED_CLASSES * (n_columns + 2)

    def suspect(self, state: ClassSums | None) -> bool:
        return state is not None and not np.isfinite(state.totals).all()


@dataclass(frozen=True, slots=True)
class CategorySums:
    """Weights of the categories of each column within classes.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    weights : ndarray of shape (n_classes,)
    columns : tuple of ndarray of shape (n_classes, n_categories)
        One for each column; categories are numbers from 0, up to the last that has weight.
    counts : ndarray of shape (n_features,)
        Categories of each column, those without weight included.
    """

    classes: NDArray[Any]
    weights: Matrix
    columns: tuple[Matrix, ...]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class ClassCategories(Statistic[CategorySums | None, CategorySums]):
    """Weight of each category of each column within each class.

    Parameters
    ----------
    asked_by : str
        Who takes no negative values, for the error.
    weighted : bool
    through : Affine or None
        A map that is applied to the rows first.

    Notes
    -----
    **Passes** 1. **Cost** one addition a value; state of 8 bytes a class and category.
    **Error** that of sums, in float64.
    """

    asked_by: str
    weighted: bool = False
    through: Affine | None = None

    def zero(self) -> CategorySums | None:
        return None

    def update(self, state: CategorySums | None, rows: Rows) -> CategorySums | None:
        if rows.n_rows == 0:
            return state
        classes, codes = coded_labels(rows)
        X, weight = feature_array(rows), weights_of(rows, self.weighted)
        if self.through is not None:
            X = self.through.apply(X)
        weights = np.bincount(codes, weight, len(classes)).astype(np.float64)
        if not np.isfinite(X.sum()):
            raise ValueError("Input X contains NaN or infinity.")
        if X.min() < 0:
            raise ValueError(f"Negative values in data passed to {self.asked_by}.")
        columns = []
        for column in range(X.shape[1]):
            # as scikit-learn makes whole numbers of them
            kinds = X[:, column].astype(np.int64)
            n_kinds = int(kinds.max()) + 1
            kinds += codes * n_kinds
            cells = np.bincount(kinds, weight, len(classes) * n_kinds)
            columns.append(cells.reshape(len(classes), n_kinds).astype(np.float64))
        counts = np.array([cells.shape[1] for cells in columns], dtype=np.int64)
        return self.merge(state, CategorySums(classes, weights, tuple(columns), counts))

    def merge(self, left: CategorySums | None, right: CategorySums | None) -> CategorySums | None:
        if left is None or right is None:
            return right if left is None else left
        classes = common_classes(left.classes, right.classes)
        columns = []
        for one, other in zip(left.columns, right.columns, strict=True):
            cells = np.zeros((len(classes), max(one.shape[1], other.shape[1])))
            cells[:, : one.shape[1]] += among(one, left.classes, classes)
            cells[:, : other.shape[1]] += among(other, right.classes, classes)
            columns.append(cells)
        weights = among(left.weights, left.classes, classes)
        weights = weights + among(right.weights, right.classes, classes)
        counts = np.maximum(left.counts, right.counts)
        return CategorySums(classes, weights, tuple(columns), counts)

    def value(self, state: CategorySums | None) -> CategorySums:
        if state is None:
            return CategorySums(np.empty(0), np.empty(0), (), np.empty(0, np.int64))
        return replace(state, columns=tuple(map(_with_weight, state.columns)))

    def state_bytes(self, n_columns: int) -> int:
        return 8 * _EXPECTED_CLASSES * (_EXPECTED_CATEGORIES * n_columns + 2)


def _with_weight(cells: Matrix) -> Matrix:
    """The categories up to the last that has weight."""
    found = np.flatnonzero(cells.any(axis=0))
    return cells[:, : int(found[-1]) + 1 if len(found) else 0]


def class_sums(
    tile: NDArray[Any], codes: NDArray[np.intp], weight: Matrix | None, n_classes: int
) -> Matrix:
    """The weighted sum of the rows of each class: a product, as classes are few."""
    if n_classes > tile_height(1) // max(1, len(codes)):
        return np.asarray(_membership(codes, weight, n_classes) @ tile, dtype=np.float64)
    member = np.zeros((n_classes, len(codes)))
    member[codes, np.arange(len(codes))] = 1.0 if weight is None else weight
    return np.asarray(member @ tile, dtype=np.float64)


def _membership(codes: NDArray[np.intp], weight: Matrix | None, n_classes: int) -> sparse.csr_array:
    """For each class its rows, with their weight."""
    values = np.ones(len(codes)) if weight is None else weight
    places = np.arange(len(codes))
    return sparse.csr_array((values, (codes, places)), shape=(n_classes, len(codes)))
