"""What the target is within every category: the sums that a target encoding is made of.

Which kind of target it is, and which classes it has, is seen in a first look at the target; the
moments of the target within each category in a second, once the categories are known. They merge,
so the rows of all folds but one are the merge of the other folds: of a run's folds, or of an
encoder's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask._sklearn import ordinal_codes
from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.labels import ClassTable, Labels, is_continuous, label_array
from skdask.tables.row_folds import RowFolds

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetKind:
    """Whether a target has fractions, and otherwise its classes."""

    continuous: bool
    table: ClassTable | None


@dataclass(frozen=True)
class TargetKinds(Statistic[TargetKind, TargetKind]):
    """Whether the target is continuous, as scikit-learn infers it, and else its classes.

    Notes
    -----
    **Passes** 1, over the target only. **Cost** and **Error** as `Labels`.
    """

    needs_features: ClassVar[bool] = False

    def zero(self) -> TargetKind:
        return TargetKind(False, None)

    def update(self, state: TargetKind, rows: Rows) -> TargetKind:
        if state.continuous or rows.n_rows == 0:
            return state
        if is_continuous(label_array(rows)):
            return TargetKind(True, None)
        return TargetKind(False, Labels().update(state.table, rows))

    def merge(self, left: TargetKind, right: TargetKind) -> TargetKind:
        if left.continuous or right.continuous:
            return TargetKind(True, None)
        return TargetKind(False, Labels().merge(left.table, right.table))

    def value(self, state: TargetKind) -> TargetKind:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 2**16


@dataclass(frozen=True, slots=True)
class CategoryMoments:
    """Moments of the target within each category of each column, and of all rows at last.

    Attributes
    ----------
    count : ndarray of shape (n_categories + 1,)
    mean : ndarray of shape (n_categories + 1, n_targets)
    scatter : ndarray of shape (n_categories + 1, n_targets)
        Sums of squared deviations.
    """

    count: Array
    mean: Array
    scatter: Array


@dataclass(frozen=True)
class TargetsOfCategories(Statistic[CategoryMoments, CategoryMoments]):
    """Count, mean and squared deviations of the target in every category of every column.

    Parameters
    ----------
    encoder : encoder of scikit-learn's
        With its categories.
    classes : ndarray of shape (n_classes,) or None
        Of which each is a target of zeros and ones, two being one; None for a continuous target.

    Notes
    -----
    **Passes** 1. **Cost** a search of each value among the categories. **Error** as `Moments`.
    **Source** Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical
    attributes in classification and prediction problems.
    """

    accepts_nan: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    encoder: Any = field(compare=False, repr=False)
    classes: NDArray[Any] | None = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        categories = [np.asarray(values) for values in self.encoder.categories_]
        object.__setattr__(self, "token", array_token(self.classes, *categories))

    @property
    def starts(self) -> NDArray[np.intp]:
        """Where the categories of each column begin, and where all of them end."""
        return np.cumsum([0, *(len(values) for values in self.encoder.categories_)])

    @property
    def n_targets(self) -> int:
        return 1 if self.classes is None or len(self.classes) <= 2 else len(self.classes)

    def zero(self) -> CategoryMoments:
        shape = (int(self.starts[-1]) + 1, self.n_targets)
        return CategoryMoments(np.zeros(shape[0]), np.zeros(shape), np.zeros(shape))

    def update(self, state: CategoryMoments, rows: Rows) -> CategoryMoments:
        if rows.n_rows == 0:
            return state
        codes, _ = ordinal_codes(self.encoder, rows.X)
        return self.merge(state, self._moments(codes, self._targets(label_array(rows))))

    def _moments(self, codes: NDArray[np.int64], targets: Array) -> CategoryMoments:
        """The moments of rows whose categories are known by number."""
        starts = self.starts
        found = self.zero()
        count, mean, scatter = found.count, found.mean, found.scatter
        for column in range(codes.shape[1]):
            code, values = codes[:, column], targets
            # where categories are given, scikit-learn counts all others for the first of them
            own = code >= 0
            if not own.all():
                code, values = code[own], values[own]
            part = slice(starts[column], starts[column + 1])
            size = int(starts[column + 1] - starts[column])
            count[part] = np.bincount(code, minlength=size)
            for target, mine in enumerate(values.T):
                sums = np.bincount(code, mine, size)
                mean[part, target] = sums / np.maximum(count[part], 1)
                deviations = (mine - mean[part, target][code]) ** 2
                scatter[part, target] = np.bincount(code, deviations, size)
        count[-1] = len(targets)
        mean[-1] = targets.mean(axis=0)
        scatter[-1] = ((targets - mean[-1]) ** 2).sum(axis=0)
        return CategoryMoments(count, mean, scatter)

    def of_folds(
        self, rows: Rows, folds: NDArray[np.int32]
    ) -> Iterator[tuple[int, CategoryMoments]]:
        """The moments of the rows of each fold that there are rows of."""
        codes, _ = ordinal_codes(self.encoder, rows.X)
        targets = self._targets(label_array(rows))
        for fold in np.unique(folds[folds >= 0]).tolist():
            own = np.flatnonzero(folds == fold)
            yield fold, self._moments(codes[own], targets[own])

    def _targets(self, y: NDArray[Any]) -> Array:
        if self.classes is None:
            return np.asarray(y, dtype=np.float64)[:, np.newaxis]
        if self.n_targets == 1:
            return (y == self.classes[-1]).astype(np.float64)[:, np.newaxis] * (
                len(self.classes) > 1
            )
        return (y[:, np.newaxis] == self.classes).astype(np.float64)

    def merge(self, left: CategoryMoments, right: CategoryMoments) -> CategoryMoments:
        count = left.count + right.count
        share = (right.count / np.maximum(count, 1))[:, np.newaxis]
        gap = right.mean - left.mean
        # without rows on the left the right mean stands as it is, rounding and all
        alone = (left.count == 0)[:, np.newaxis]
        mean = np.where(alone, right.mean, left.mean + gap * share)
        weight = left.count[:, np.newaxis] * share
        return CategoryMoments(count, mean, left.scatter + right.scatter + gap * gap * weight)

    def value(self, state: CategoryMoments) -> CategoryMoments:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * (int(self.starts[-1]) + 1) * (1 + 2 * self.n_targets)

    def suspect(self, state: CategoryMoments) -> bool:
        return not np.isfinite(state.scatter).all()

    def encodings(self, state: CategoryMoments, smooth: Any) -> list[Array]:
        """The encoding of every category, column by column and target by target.

        Parameters
        ----------
        state : CategoryMoments
        smooth : float or "auto"
            By how many rows of the mean of all a category is moved; "auto" weighs by variances.
        """
        count = state.count[:-1, np.newaxis]
        whole = state.mean[-1]
        with np.errstate(all="ignore"):
            if smooth == "auto":
                variance = state.scatter[-1] / state.count[-1]
                within = state.scatter[:-1] / count
                share = variance * count / (variance * count + within)
            else:
                share = count / (count + smooth)
            share = np.where(np.isnan(share), 0.0, share)
        found = np.where(count > 0, share * state.mean[:-1] + (1 - share) * whole, whole)
        starts = self.starts
        return [
            np.ascontiguousarray(found[starts[column] : starts[column + 1], target])
            for column in range(len(starts) - 1)
            for target in range(self.n_targets)
        ]


@dataclass(frozen=True)
class TargetsOfFolds(Statistic[tuple[CategoryMoments, ...], tuple[CategoryMoments, ...]]):
    """The same moments of the rows of each fold of an encoder's own.

    Parameters
    ----------
    targets : TargetsOfCategories
    folds : RowFolds

    Notes
    -----
    **Passes** 1. **Cost** and **Error** as `TargetsOfCategories`; as many states as folds.
    """

    reusable: ClassVar[bool] = False
    accepts_nan: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    targets: TargetsOfCategories
    folds: RowFolds = field(compare=False, repr=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", self.folds.token)

    def zero(self) -> tuple[CategoryMoments, ...]:
        return (self.targets.zero(),) * self.folds.n_folds

    def update(self, state: tuple[CategoryMoments, ...], rows: Rows) -> tuple[CategoryMoments, ...]:
        if rows.n_rows == 0:
            return state
        assert rows.numbers is not None
        found = list(state)
        for fold, moments in self.targets.of_folds(rows, self.folds.of(rows.numbers)):
            found[fold] = self.targets.merge(found[fold], moments)
        return tuple(found)

    def merge(
        self, left: tuple[CategoryMoments, ...], right: tuple[CategoryMoments, ...]
    ) -> tuple[CategoryMoments, ...]:
        return tuple(map(self.targets.merge, left, right))

    def value(self, state: tuple[CategoryMoments, ...]) -> tuple[CategoryMoments, ...]:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return self.folds.n_folds * self.targets.state_bytes(n_columns)

    def suspect(self, state: tuple[CategoryMoments, ...]) -> bool:
        return any(map(self.targets.suspect, state))
