"""Moments of the features within each class.

What discriminants, naive Bayes and least squares on labels see of the data. The means are always
those of each class; the spread about them is kept in the form that is asked for: of each column,
pooled over the classes, or a matrix for each class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.labels import among, coded_labels, codes_of, common_classes, label_array
from skdask.statistics.summary import MomentSummary
from skdask.statistics.tiles import feature_array, tile_height, weights_of

Matrix = NDArray[np.float64]
Spread = Literal["columns", "pooled", "each"]

# Classes that a projection of memory allows for before any are known
_EXPECTED_CLASSES = 8
# Up to so many a product with all classes is quicker than sums of each
_FEW_CLASSES = 16


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """Counts, weights, means and spread of the classes, in sorted order of their labels.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    counts, weights : ndarray of shape (n_classes,)
    means : ndarray of shape (n_classes, n_features)
    spread : ndarray
        Weighted sums of squared deviations from the class's mean, of shape (n_classes,
        n_features) for columns; sums of products, of shape (n_features, n_features) where they
        are pooled and (n_classes, n_features, n_features) for each.
    form : {"columns", "pooled", "each"}
    """

    classes: NDArray[Any]
    counts: NDArray[np.int64]
    weights: Matrix
    means: Matrix
    spread: Matrix
    form: Spread

    def through(self, affine: Affine) -> ClassSummary:
        """The summary after a map; the spread of columns must not be mixed."""
        if affine.by_column:
            means = self.means * affine.factor + affine.offset
            factor = affine.factor
            spread = self.spread * (
                factor**2 if self.form == "columns" else np.outer(factor, factor)
            )
        else:
            means = self.means @ affine.factor + affine.offset
            spread = affine.factor.T @ self.spread @ affine.factor
        return replace(self, means=means, spread=spread)

    def of_columns(self) -> ClassSummary:
        """The summary with the spread of the columns alone, from that of each class."""
        spread = np.diagonal(self.spread, axis1=-2, axis2=-1).copy()
        return replace(self, spread=spread, form="columns")

    def summaries(self) -> Iterator[MomentSummary]:
        """The moments of each class; where the spread is pooled, its share of that."""
        for number in range(len(self.classes)):
            weight = float(self.weights[number])
            if self.form == "each":
                scatter = self.spread[number]
            else:
                scatter = self.spread * (weight / self.weights.sum())
            count = int(self.counts[number])
            yield MomentSummary(count, weight, self.means[number], scatter=scatter)


@dataclass(frozen=True)
class ClassMoments(Statistic[ClassSummary | None, ClassSummary]):
    """Count, weight, mean and spread of the features within each class.

    Parameters
    ----------
    spread : {"columns", "pooled", "each"}
    weighted : bool

    Notes
    -----
    **Passes** 1. **Cost** per row k p multiply-adds for up to 16 classes k and p columns, p for
    more of them, and p**2 more but for columns; state of 8 k p bytes and 8 p**2, or 8 k p**2 for
    each.
    **Error** and **Source** as `Moments`; classes are pooled one by one, never as a difference.
    """

    accepts_sparse: ClassVar[bool] = False
    spread: Spread = "columns"
    weighted: bool = False

    def zero(self) -> ClassSummary | None:
        return None

    def update(self, state: ClassSummary | None, rows: Rows) -> ClassSummary | None:
        if rows.n_rows == 0:
            return state
        classes, codes = coded_labels(rows)
        X, weight = feature_array(rows), weights_of(rows, self.weighted)
        height = self._height(X.shape[1], len(classes))
        for start in range(0, rows.n_rows, height):
            tile = slice(start, min(start + height, rows.n_rows))
            own = None if weight is None else weight[tile]
            state = self.merge(state, self._of_tile(_dense(X[tile]), codes[tile], own, classes))
        return state

    def _height(self, n_features: int, n_classes: int) -> int:
        # merging costs as much as a sweep over the state
        widest = max(n_features, n_classes if n_classes <= _FEW_CLASSES else 0)
        state = {"columns": 0, "pooled": 3, "each": 3 * n_classes}[self.spread] * n_features
        return max(tile_height(widest), state)

    def _of_tile(
        self, X: Any, codes: NDArray[np.intp], weight: Matrix | None, classes: NDArray[Any]
    ) -> ClassSummary:
        n_classes = len(classes)
        # the shift takes large offsets out before any sum
        first = X[0].astype(np.float64)
        columns = np.subtract(X, first, dtype=np.float64)
        counts = np.bincount(codes, minlength=n_classes)
        member = _membership(codes, weight, n_classes)
        weights = counts.astype(np.float64)
        if weight is not None:
            weights = np.bincount(codes, weight, n_classes).astype(np.float64)
        divisor = np.where(weights > 0.0, weights, 1.0)[:, np.newaxis]
        offsets = (member.T @ columns) / divisor
        columns -= offsets[codes]
        means = np.where(weights[:, np.newaxis] > 0.0, first + offsets, 0.0)
        spread = self._spread_of(columns, codes, weight, member)
        return ClassSummary(classes, counts, weights, means, spread, self.spread)

    def _spread_of(
        self, columns: Matrix, codes: NDArray[np.intp], weight: Matrix | None, member: Any
    ) -> Matrix:
        """The spread of centred rows, which are overwritten."""
        if self.spread == "columns":
            return np.asarray(member.T @ np.square(columns, out=columns))
        if weight is not None:
            columns *= np.sqrt(weight)[:, np.newaxis]
        if self.spread == "pooled":
            return np.asarray(columns.T @ columns)
        n_features = columns.shape[1]
        spread = np.empty((member.shape[1], n_features, n_features))
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(1, len(spread)))
        for code, own in enumerate(np.split(order, ends)):
            part = columns[own]
            np.matmul(part.T, part, out=spread[code])
        return spread

    def merge(self, left: ClassSummary | None, right: ClassSummary | None) -> ClassSummary | None:
        if left is None or right is None:
            return right if left is None else left
        classes = common_classes(left.classes, right.classes)
        left, right = self._among(left, classes), self._among(right, classes)
        weights = left.weights + right.weights
        share = np.divide(right.weights, weights, out=np.zeros_like(weights), where=weights > 0.0)
        both = ((left.weights > 0.0) & (right.weights > 0.0))[:, np.newaxis]
        gap = np.where(both, right.means - left.means, 0.0)
        alone = np.where(left.weights[:, np.newaxis] > 0.0, left.means, right.means)
        means = np.where(both, left.means + gap * share[:, np.newaxis], alone)
        scaled = gap * np.sqrt(left.weights * share)[:, np.newaxis]
        spread = left.spread + right.spread
        if self.spread == "columns":
            spread += np.square(scaled)
        elif self.spread == "pooled":
            spread += scaled.T @ scaled
        else:
            spread += scaled[:, :, np.newaxis] * scaled[:, np.newaxis, :]
        counts = left.counts + right.counts
        return ClassSummary(left.classes, counts, weights, means, spread, self.spread)

    def _among(self, state: ClassSummary, classes: NDArray[Any]) -> ClassSummary:
        """The state among more classes, of which it has no rows."""

        def spaced(values: NDArray[Any]) -> NDArray[Any]:
            return among(values, state.classes, classes)

        spread = state.spread if self.spread == "pooled" else spaced(state.spread)
        counts, weights, means = map(spaced, (state.counts, state.weights, state.means))
        return ClassSummary(classes, counts, weights, means, spread, self.spread)

    def value(self, state: ClassSummary | None) -> ClassSummary:
        if state is None:
            none = np.empty((0, 0))
            counts = np.empty(0, np.int64)
            return ClassSummary(np.empty(0), counts, np.empty(0), none, none, self.spread)
        return state

    def state_bytes(self, n_columns: int) -> int:
        matrices = {"columns": 0, "pooled": 1, "each": _EXPECTED_CLASSES}[self.spread]
        return 8 * n_columns * (2 * _EXPECTED_CLASSES + matrices * n_columns)

    def held_bytes(self, state: ClassSummary | None) -> int:
        if state is None:
            return 0
        return state.counts.nbytes + state.weights.nbytes + state.means.nbytes + state.spread.nbytes

    def suspect(self, state: ClassSummary | None) -> bool:
        if state is None:
            return False
        squares = state.spread
        if self.spread != "columns":
            squares = np.diagonal(squares, axis1=-2, axis2=-1)
        return not (np.isfinite(state.means).all() and np.isfinite(squares).all())


def _membership(codes: NDArray[np.intp], weight: Matrix | None, n_classes: int) -> Any:
    """The weight of each row in each class: sparse where most of it would be zeros."""
    n_rows = len(codes)
    values = np.ones(n_rows) if weight is None else weight
    if n_classes > _FEW_CLASSES:
        return sparse.csr_array((values, codes, np.arange(n_rows + 1)), shape=(n_rows, n_classes))
    member = np.zeros((n_rows, n_classes))
    member[np.arange(n_rows), codes] = values
    return member


@dataclass(frozen=True)
class ClassMomentsOfAny(ClassMoments):
    """The same of sparse rows too, a dense tile at a time: for who centres them anyway."""

    accepts_sparse: ClassVar[bool] = True


def _dense(tile: Any) -> Any:
    return tile.toarray() if is_sparse(tile) else tile


@dataclass(frozen=True)
class FourthMoments(Statistic[Matrix, Matrix]):
    """For each class the sum of the fourth powers of the distances from its centre.

    What Ledoit and Wolf's shrinkage needs beside the covariance.

    Parameters
    ----------
    centres, scales : ndarray of shape (n_classes, n_features)
        Columns are divided by the scales.
    classes : ndarray of shape (n_classes,) or None
        None where all rows are of one class and the target is not looked at.
    through : Affine or None
        A map that is applied to the rows first.

    Notes
    -----
    **Passes** 1, after the one that finds the centres. **Cost** two multiply-adds a value.
    """

    reusable: ClassVar[bool] = False
    centres: Matrix = field(compare=False)
    scales: Matrix = field(compare=False)
    classes: NDArray[Any] | None = field(default=None, compare=False)
    through: Affine | None = None
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.centres, self.scales, self.classes))

    def zero(self) -> Matrix:
        return np.zeros(len(self.centres))

    def update(self, state: Matrix, rows: Rows) -> Matrix:
        if rows.n_rows == 0:
            return state
        X, codes = feature_array(rows), np.zeros(rows.n_rows, np.intp)
        if self.classes is not None:
            codes = codes_of(label_array(rows), self.classes)
        state = state.copy()
        height = tile_height(X.shape[1])
        for start in range(0, rows.n_rows, height):
            tile = slice(start, start + height)
            own = codes[tile]
            columns = X[tile] if self.through is None else self.through.apply(X[tile])
            columns = (columns - self.centres[own]) / self.scales[own]
            distances = np.einsum("ij,ij->i", columns, columns)
            state += np.bincount(own, np.square(distances), len(state))
        return state

    def merge(self, left: Matrix, right: Matrix) -> Matrix:
        return left + right

    def value(self, state: Matrix) -> Matrix:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * len(self.centres)
