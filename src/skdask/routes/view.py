"""What an algorithm sees of the data: a set of rows through the affine steps before it.

The statistics that a view gives are those of the mapped rows, made from the raw rows' wherever
algebra allows. So two candidates that scale differently ask for the same statistic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skdask.blocks import Blocks
from skdask.exceptions import DataError
from skdask.passes import ALL_ROWS, Algorithm, Request, RowSet, ask
from skdask.statistics import (
    Affine,
    ClassMoments,
    ClassSummary,
    ClassTable,
    ColumnMoments,
    ColumnSummary,
    Extremes,
    Factor,
    Labels,
    Moments,
    MomentSummary,
    Range,
)
from skdask.statistics.classes import Spread
from skdask.statistics.sample import Sample

# Solving from the scatter loses this factor of the float64 precision; above it the coefficients
# would differ from scikit-learn's in the ninth digit, so the QR form is read instead
ILL_CONDITIONED = 1e7


@dataclass(frozen=True)
class Facts:
    """What is known of the data before a pass.

    Attributes
    ----------
    n_features : int
        Of the raw rows.
    feature_names : tuple of str or None
    dtype : numpy.dtype
        float32 or float64: fitted attributes get it as in scikit-learn.
    y_ndim : int
        0 without a target.
    y_dtype : numpy.dtype or None
    weighted : bool
    sparse : bool
        Whether rows come as sparse arrays.
    n_rows : int or None
        Of all folds; None while it is unknown.
    """

    n_features: int
    feature_names: tuple[str, ...] | None
    dtype: np.dtype[Any]
    y_ndim: int
    y_dtype: np.dtype[Any] | None
    weighted: bool
    sparse: bool = False
    n_rows: int | None = None

    @classmethod
    def of(cls, blocks: Blocks) -> Facts:
        return cls(
            blocks.n_features,
            blocks.feature_names,
            blocks.dtype,
            blocks.y_ndim,
            blocks.y_dtype,
            blocks.has_weight,
            blocks.sparse,
            blocks.n_rows,
        )


@dataclass(frozen=True)
class View:
    """Some rows of the data through an affine map.

    Attributes
    ----------
    facts : Facts
    rows : RowSet
    affine : Affine
    weighted : bool
        Whether the rows count by their sample weight.
    output_names : tuple of str or None
        Names that the last step gave the mapped columns.
    n_folds : int
        Folds that the run was given for an estimator that validates within its fit; else 0.
    """

    facts: Facts
    rows: RowSet
    affine: Affine
    weighted: bool
    output_names: tuple[str, ...] | None = None
    n_folds: int = 0
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def whole(cls, blocks: Blocks, weighted: bool | None = None) -> View:
        facts = Facts.of(blocks)
        identity = Affine.identity(facts.n_features)
        return cls(facts, ALL_ROWS, identity, facts.weighted if weighted is None else weighted)

    @property
    def n_features(self) -> int:
        """Features of the mapped rows."""
        return self.affine.n_outputs

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the columns; a step loses them, as in scikit-learn, unless it gives new ones."""
        if self.output_names is not None:
            return self.output_names
        return self.facts.feature_names if self.affine.is_identity else None

    def weighing(self, weighted: bool) -> View:
        return View(self.facts, self.rows, self.affine, weighted, self.output_names, self.n_folds)

    def through(self, step: Affine, names: tuple[str, ...] | None = None) -> View:
        affine = self.affine.then(step)
        return View(self.facts, self.rows, affine, self.weighted, names, self.n_folds)

    def of_fold(self, fold: int, *, rest: bool = False) -> View:
        """The test rows, or the training rows, of a fold that the fit itself validates on."""
        rows, names = RowSet(fold, rest), self.output_names
        return View(self.facts, rows, self.affine, self.weighted, names, self.n_folds)

    def sample_request(self, most: int, seed: Any, asked_by: str) -> Request:
        """A uniform sample of the raw rows, or all of them where there are no more than that.

        Parameters
        ----------
        most : int
        seed : any
            A ``random_state``, of which only a number counts: what shares a pass must be asked
            for in the same words.
        asked_by : str
        """
        known = self.facts.n_rows
        size = most if known is None else min(most, known)
        seed = int(seed) if isinstance(seed, int | np.integer) else 0
        return Request(Sample(size, seed), self.rows, asked_by)

    def moments_request(self, with_target: bool, asked_by: str) -> Request:
        return Request(Moments(with_target, self.weighted), self.rows, asked_by)

    def moments(
        self, with_target: bool, asked_by: str, penalty: float | None = None, *, alike: bool = True
    ) -> Algorithm[MomentSummary]:
        """Moments of [X, y] or X; in their QR form where the scatter is too ill-conditioned.

        Parameters
        ----------
        with_target : bool
        asked_by : str
        penalty : float or None
            Ridge penalty of the least squares problem that is to be solved; None where the
            scatter is good enough whatever its condition.
        alike : bool
            Whether columns of other scales are as good, as they are to least squares and are not
            to a spectrum.
        """
        if with_target:
            self.check_numeric_target()
        key = (with_target, self.weighted)
        summary = yield from ask(Moments(with_target, self.weighted), self.rows, asked_by)
        if key not in self._kept:
            check_weight(summary.weight)
            self._kept[key] = summary.through(self.affine)
        mapped: MomentSummary = self._kept[key]
        if penalty is None or self._condition(mapped, key, penalty, alike) <= ILL_CONDITIONED:
            return mapped
        return (yield from self.factor(with_target, asked_by))

    def factor(self, with_target: bool, asked_by: str) -> Algorithm[MomentSummary]:
        """Moments of [X, y] or X in their QR form."""
        exact = yield from ask(Factor(with_target, self.weighted), self.rows, asked_by)
        check_weight(exact.weight)
        mapped: MomentSummary = exact.through(self.affine)
        return mapped

    def _condition(self, mapped: MomentSummary, key: Any, penalty: float, alike: bool) -> float:
        # one eigendecomposition for all candidates that see the same rows
        kept = (*key, penalty, alike)
        if kept not in self._kept:
            features = mapped.columns(slice(self.n_features))
            self._kept[kept] = features.condition(penalty, alike=alike)
        return float(self._kept[kept])

    def column_moments(self, asked_by: str) -> Algorithm[ColumnSummary]:
        if self.affine.by_column:
            raw = yield from ask(ColumnMoments(self.weighted), self.rows, asked_by)
            if raw.count.any():
                check_weight(raw.weight.max())
            summary: ColumnSummary = raw.through(self.affine)
            return summary
        moments = yield from self.moments(False, asked_by)
        count = np.full(self.n_features, moments.count, np.int64)
        weight = np.full(self.n_features, moments.weight)
        return ColumnSummary(count, weight, moments.mean, np.diagonal(moments.gram).copy())

    def extremes(self, asked_by: str) -> Algorithm[Range]:
        if self.affine.by_column:
            raw = yield from ask(Extremes(), self.rows, asked_by)
            found: Range = raw.through(self.affine)
            return found
        mapped: Range = yield from ask(Extremes(self.affine), self.rows, asked_by)
        return mapped

    def labels(self, asked_by: str) -> Algorithm[ClassTable]:
        table: ClassTable = yield from ask(Labels(self.weighted), self.rows, asked_by)
        check_weight(table.weights.sum())
        return table

    def class_moments(self, spread: Spread, asked_by: str) -> Algorithm[ClassSummary]:
        """Moments of the features within each class."""
        mixed = spread == "columns" and not self.affine.by_column
        asked = ClassMoments("each" if mixed else spread, self.weighted)
        raw: ClassSummary = yield from ask(asked, self.rows, asked_by)
        check_weight(raw.weights.sum())
        found = raw.through(self.affine)
        return found.of_columns() if mixed else found

    def check_numeric_target(self) -> None:
        dtype = self.facts.y_dtype
        if dtype is None:
            raise ValueError("requires y to be passed, but the target y is None")
        if dtype.kind not in "biuf":
            raise DataError(
                f"the target has dtype {dtype}, but a regressor needs numbers; use a classifier, "
                "or turn the target into numbers"
            )


def check_weight(weight: float) -> None:
    """Raise where no row counts."""
    if weight == 0.0:
        raise DataError(
            "Sample weights must contain at least one non-zero number. All weights of the rows to "
            "fit are zero."
        )
