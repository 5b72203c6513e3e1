"""Series of numbers taken from rows, each sorted: what ranks are counted of.

A series is a column, or a column within a class. It is copied out and sorted alone, a few columns
at a time, so that no more than a tile is held twice. Sparse columns are sorted by what they store;
their zeros are one value of much weight.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import array_token
from skdask.statistics.tiles import TILE_BYTES, feature_array, weights_of

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sorted:
    """One series of some rows.

    Attributes
    ----------
    values : ndarray of shape (n_values,)
        Ascending, without missing ones and those that have no weight.
    upto : ndarray of shape (n_values,) or None
        Weight up to each place; None where every value counts once.
    missing : int
        How many values are NaN.
    """

    values: Vector
    upto: Vector | None
    missing: int


class Columns(ABC):
    """Where the series come from; subclasses are frozen dataclasses."""

    @abstractmethod
    def width(self, n_columns: int) -> int:
        """Number of columns, for data of so many columns, target columns included."""

    @abstractmethod
    def tiles(self, rows: Rows) -> Iterator[NDArray[np.floating]]:
        """The columns of dense rows as the rows of arrays, a few at a time; copies."""

    def sparse(self, rows: Rows) -> sparse.csc_array | None:
        """The columns of sparse rows, where these are columns of them."""
        return None


@dataclass(frozen=True)
class Features(Columns):
    """The features, through a map.

    Parameters
    ----------
    through : Affine or None
    stored_only : bool
        Whether of sparse rows what is not stored is left out, rather than zero.
    """

    through: Affine | None = None
    stored_only: bool = False

    def width(self, n_columns: int) -> int:
        return n_columns if self.through is None else self.through.n_outputs

    def tiles(self, rows: Rows) -> Iterator[NDArray[np.floating]]:
        X = feature_array(rows)
        affine = self.through
        if is_sparse(X):
            X = X.toarray()
        if affine is not None:
            X = affine.apply(X)
        step = max(1, TILE_BYTES // (8 * max(1, rows.n_rows)))
        for start in range(0, X.shape[1], step):
            yield np.array(X[:, start : start + step].T, order="C")

    def sparse(self, rows: Rows) -> sparse.csc_array | None:
        X = feature_array(rows)
        if not is_sparse(X) or self.through is not None:
            return None
        return sparse.csc_array(X, dtype=np.float64)


@dataclass(frozen=True)
class Target(Columns):
    """The columns of the target."""

    def width(self, n_columns: int) -> int:
        return n_columns

    def tiles(self, rows: Rows) -> Iterator[NDArray[np.floating]]:
        if rows.y is None:
            raise ValueError("the statistic needs a target, but the rows have none")
        y = rows.y if rows.y.ndim == 2 else rows.y[:, np.newaxis]
        yield np.array(y.T, dtype=np.float64, order="C")


@dataclass(frozen=True)
class Series:
    """Which series are looked at; equal by contents.

    Parameters
    ----------
    columns : Columns
    weighted : bool
        Whether rows count by their sample weight.
    classes : ndarray of shape (n_classes,) or None
        Classes of the target, in sorted order, within which columns are looked at: the series are
        those of the first class, then those of the second.
    """

    columns: Columns = Features()
    weighted: bool = False
    classes: NDArray[np.generic] | None = field(default=None, compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.classes))

    @property
    def needs_features(self) -> bool:
        return not isinstance(self.columns, Target)

    def count(self, n_columns: int) -> int:
        """Number of series, for data of so many columns, target columns included."""
        return self.columns.width(n_columns) * (1 if self.classes is None else len(self.classes))

    def sorted(self, rows: Rows) -> list[Sorted]:
        """All series of some rows, each sorted."""
        weight = weights_of(rows, self.weighted)
        if self.classes is None:
            return _sorted_columns(self.columns, rows, weight)
        y = rows.y if rows.y is None or rows.y.ndim == 1 else rows.y[:, 0]
        assert y is not None
        found: list[Sorted] = []
        for label in self.classes:
            own = np.flatnonzero(y == label)
            found += _sorted_columns(
                self.columns, rows.take(own), None if weight is None else weight[own]
            )
        return found


def _sorted_columns(columns: Columns, rows: Rows, weight: Vector | None) -> list[Sorted]:
    thin = columns.sparse(rows)
    if thin is not None:
        stored_only = isinstance(columns, Features) and columns.stored_only
        return [_sorted_thin(thin, column, weight, stored_only) for column in range(thin.shape[1])]
    if weight is None:
        return [_without_nan(row) for tile in columns.tiles(rows) for row in _sorted_tile(tile)]
    return [_weighed(values, weight) for tile in columns.tiles(rows) for values in tile]


def _sorted_tile(tile: NDArray[np.floating]) -> NDArray[np.floating]:
    tile.sort(axis=1)
    return tile


def _without_nan(values: NDArray[np.floating]) -> Sorted:
    """Sorted values, of which NaN come last."""
    n_values = len(values)
    known = n_values
    if n_values and np.isnan(values[-1]):
        known = int(np.searchsorted(values, np.nan))
    return Sorted(values[:known].astype(np.float64), None, n_values - known)


def _weighed(values: NDArray[np.floating], weight: Vector) -> Sorted:
    known = ~np.isnan(values)
    missing = len(values) - int(known.sum())
    counted = known & (weight > 0.0)
    if not counted.all():
        values, weight = values[counted], weight[counted]
    order = np.argsort(values, kind="stable")
    return Sorted(values[order].astype(np.float64), np.cumsum(weight[order]), missing)


def _sorted_thin(
    thin: sparse.csc_array, column: int, weight: Vector | None, stored_only: bool
) -> Sorted:
    part = slice(thin.indptr[column], thin.indptr[column + 1])
    stored, rows = thin.data[part], thin.indices[part]
    weights = np.ones(len(stored)) if weight is None else weight[rows]
    if not stored_only:
        whole = float(thin.shape[0]) if weight is None else float(weight.sum())
        unstored = max(0.0, whole - float(weights.sum())) if len(stored) < thin.shape[0] else 0.0
        stored, weights = np.append(stored, 0.0), np.append(weights, unstored)
    return _weighed(stored, weights)
