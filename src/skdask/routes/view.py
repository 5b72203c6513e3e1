"""What an algorithm sees of the data: a set of rows through the steps before it.

Steps that are not affine are a prefix, through which the rows themselves go; it belongs to the set
of rows that is asked for, so that no estimator need know of it. After it come affine steps.

The statistics that a view gives are those of the mapped rows, made from the raw rows' wherever
algebra allows. So two candidates that scale differently ask for the same statistic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from skdask.blocks import Blocks
from skdask.blocks.columns import frame_columns
from skdask.blocks.schema import feature_names, matrix_dtype
from skdask.exceptions import DataError, SparseDataError
from skdask.passes import ALL_ROWS, Algorithm, Request, RowSet, ask
from skdask.passes.prefix import Prefix, Step, bytes_of_row
from skdask.routes.example import Example, Seen
from skdask.routes.steps import Select, TargetAsRows, Transform
from skdask.rows import Rows, is_frame, is_sparse
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
    n_targets : int
    sparse : bool
        Whether rows come as sparse arrays.
    n_rows : int or None
        Of all folds; None while it is unknown.
    given_dtype : numpy.dtype or None
        The type of an array whose numbers `dtype` stands for.
    template : DataFrame or None
        Where rows come as frames, one without rows whose columns have the same types.
    """

    n_features: int
    feature_names: tuple[str, ...] | None
    dtype: np.dtype[Any]
    y_ndim: int
    y_dtype: np.dtype[Any] | None
    weighted: bool
    n_targets: int = 0
    sparse: bool = False
    n_rows: int | None = None
    given_dtype: np.dtype[Any] | None = None
    template: Any = field(default=None, compare=False)

    @classmethod
    def of(cls, blocks: Blocks) -> Facts:
        return cls(
            blocks.n_features,
            blocks.feature_names,
            blocks.dtype,
            blocks.y_ndim,
            blocks.y_dtype,
            blocks.has_weight,
            blocks.n_targets,
            blocks.sparse,
            blocks.n_rows,
            None if blocks.table else blocks.given_dtype,
            blocks.template if blocks.table else None,
        )

    def after(self, X: Any) -> Facts:
        """The facts of rows of which these are some, made of the same rows."""
        names, template = None, None
        if is_frame(X):
            names, template = feature_names(list(X.columns)), X.iloc[:0]
        return replace(
            self,
            n_features=int(X.shape[1]),
            feature_names=names,
            dtype=matrix_dtype(_number_types(X)),
            sparse=is_sparse(X),
            given_dtype=None,
            template=template,
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
    pending : tuple of transformers
        The steps that the affine map stands for; a step that maps rows comes after them.
    applied : bool
        Whether what is fitted will be applied to the same rows, for something to be fitted after
        it.
    """

    facts: Facts
    rows: RowSet
    affine: Affine
    weighted: bool
    output_names: tuple[str, ...] | None = None
    n_folds: int = 0
    pending: tuple[Any, ...] = ()
    applied: bool = False
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
        """The same rows, counting by their weight or not; what is kept names which."""
        return self if weighted == self.weighted else replace(self, weighted=weighted)

    def applying(self) -> View:
        """The same rows for what will be applied to them too."""
        return self if self.applied else replace(self, applied=True)

    def through(
        self, step: Affine, names: tuple[str, ...] | None = None, transformer: Any = None
    ) -> View:
        """The view after an affine step, which needs no rows."""
        pending = (*self.pending, transformer)
        affine = self.affine.then(step)
        return replace(self, affine=affine, output_names=names, pending=pending, _kept={})

    def of_fold(self, fold: int, *, rest: bool = False) -> View:
        """The test rows, or the training rows, of a fold that the fit itself validates on."""
        rows = RowSet(fold, rest, self.rows.prefix)
        return replace(self, rows=rows, _kept={})

    def example(self, asked_by: str) -> Algorithm[Seen]:
        """The first of these rows, after all steps."""
        seen: Seen = yield from ask(Example(), self.rows, asked_by)
        if seen.first is None:
            raise DataError(
                f"Found array with 0 sample(s) while a minimum of 1 is required by {asked_by}"
            )
        first = seen.first
        for step in self._pending_steps(is_frame(first.X)):
            first = step.apply(first)
        return Seen(first, seen.count)

    def mapped(
        self, transformer: Any, asked_by: str, fixed: bool = False, first: Rows | None = None
    ) -> Algorithm[View]:
        """The view after a fitted step that is not affine: its rows go through its transform.

        Parameters
        ----------
        transformer : fitted transformer
        asked_by : str
        fixed : bool
            Whether it is the same whatever rows it was fitted on.
        first : Rows, optional
            The first row as the view shows it, where that is known.
        """
        if first is None:
            first = (yield from self.example(asked_by)).first
        assert first is not None
        step = Transform(transformer, is_frame(first.X), fixed)
        return self._after(step, step.apply(first).X)

    def by_rows(self) -> View:
        """The same rows, which go through the affine steps one after the other.

        Where values are compared with a threshold, the one map that the steps make together is no
        substitute: its rounding is another, and what was zero need not be.
        """
        if len(self.pending) < 2:
            return self
        names = self.feature_names
        facts = replace(
            self.facts, n_features=self.n_features, feature_names=names, template=None, sparse=False
        )
        rows = replace(self.rows, prefix=self._pending_prefix())
        identity = Affine.identity(self.n_features)
        return View(facts, rows, identity, self.weighted, names, self.n_folds)

    def _pending_prefix(self) -> Prefix | None:
        prefix = self.rows.prefix
        for pending in self._pending_steps(self.facts.template is not None):
            prefix = Prefix(pending, prefix, self.n_features, 8 * self.n_features)
        return prefix

    def selecting(self, columns: Sequence[Any]) -> View:
        """The view of some of the columns, by name where rows are frames, else by position."""
        template = self.facts.template
        if template is not None and not self.pending:
            return self._after(Select(columns), template[list(columns)])
        facts, names = self.facts, self.feature_names
        view = self._after(Select(columns), np.empty((1, len(columns)), facts.dtype))
        own = None if names is None else tuple(names[position] for position in columns)
        given = facts.given_dtype if self.affine.is_identity else None
        shown = replace(view.facts, feature_names=own, sparse=facts.sparse, given_dtype=given)
        return replace(view, facts=shown)

    def of_target(self) -> View:
        """The view of the targets as features, unweighted."""
        facts, n_targets = self.facts, self.facts.n_targets
        dtype = np.dtype(np.float32 if facts.y_dtype == np.float32 else np.float64)
        own = Facts(n_targets, None, dtype, 0, None, False, n_rows=facts.n_rows)
        prefix = Prefix(TargetAsRows(), self.rows.prefix, n_targets, 8 * n_targets)
        rows = replace(self.rows, prefix=prefix)
        return View(own, rows, Affine.identity(n_targets), False, n_folds=self.n_folds)

    def with_target(self, step: Step) -> View:
        """This view with other targets, which a step makes while the features stay."""
        facts = replace(self.facts, y_dtype=np.dtype(np.float64))
        prefix = Prefix(step, self.rows.prefix, facts.n_features, 8 * facts.n_targets)
        return replace(self, facts=facts, rows=replace(self.rows, prefix=prefix), _kept={})

    def _pending_steps(self, frames: bool) -> Iterator[Step]:
        for position, transformer in enumerate(self.pending):
            yield Transform(transformer, frames and position == 0, fixed=False)

    def _after(self, step: Step, X: Any) -> View:
        """The view after a step that makes such rows as X."""
        prefix = Prefix(step, self._pending_prefix(), int(X.shape[1]), bytes_of_row(X))
        facts = self.facts.after(X)
        return View(
            facts,
            replace(self.rows, prefix=prefix),
            Affine.identity(facts.n_features),
            self.weighted,
            n_folds=self.n_folds,
            applied=self.applied,
        )

    def column_request(self, asked_by: str) -> Request:
        return Request(ColumnMoments(self.weighted), self.rows, asked_by)

    def sample_request(
        self,
        most: int,
        seed: Any,
        asked_by: str,
        *,
        by_weight: bool = False,
        with_missing: bool = False,
    ) -> Request:
        """A sample of the raw rows, or all of them where there are no more than that.

        Parameters
        ----------
        most : int
        seed : any
            A ``random_state``, of which only a number counts: what shares a pass must be asked
            for in the same words.
        asked_by : str
        by_weight : bool
            Whether rows are drawn in proportion to their weight; all alike otherwise.
        with_missing : bool
            Whether values may be NaN.
        """
        known = self.facts.n_rows
        size = most if known is None else min(most, known)
        seed = int(seed) if isinstance(seed, int | np.integer) else 0
        return Request(Sample(size, seed, by_weight, with_missing), self.rows, asked_by)

    def show(self, X: Any) -> Any:
        """Raw rows in memory as the view shows them: after its affine steps, in its dtype."""
        if not self.affine.is_identity:
            X = self._through_steps(X.toarray() if is_sparse(X) else X)
        return X.astype(self.facts.dtype, copy=False)

    def _through_steps(self, X: Any) -> Any:
        """Raw rows after the affine steps, each of which rounds as it does with all rows."""
        if not self.pending or any(step is None for step in self.pending):
            return self.affine.apply(X)
        rows = Rows(len(X), X)
        for step in self._pending_steps(frames=False):
            rows = step.apply(rows)
        return rows.X

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
            bound = features.condition_at_most(penalty) if alike else float("inf")
            enough = bound <= ILL_CONDITIONED
            self._kept[kept] = bound if enough else features.condition(penalty, alike=alike)
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
            raw: Range = yield from ask(Extremes(), self.rows, asked_by)
            return self._range_of(raw)
        view = self.by_rows()
        through = None if view.affine.is_identity else view.affine
        mapped: Range = yield from ask(Extremes(through), view.rows, asked_by)
        return mapped

    def _range_of(self, raw: Range) -> Range:
        """The range after steps that move each column by itself; what was an end stays one."""
        if raw.count == 0:
            return raw
        ends = np.asarray(self._through_steps(np.vstack([raw.smallest, raw.largest])), np.float64)
        return Range(raw.count, np.minimum(*ends), np.maximum(*ends))

    def labels(self, asked_by: str) -> Algorithm[ClassTable]:
        table: ClassTable = yield from ask(Labels(self.weighted), self.rows, asked_by)
        check_weight(table.weights.sum())
        return table

    def class_moments(
        self, spread: Spread, asked_by: str, kind: type[ClassMoments] = ClassMoments
    ) -> Algorithm[ClassSummary]:
        """Moments of the features within each class, by a kind of statistic."""
        mixed = spread == "columns" and not self.affine.by_column
        asked = kind("each" if mixed else spread, self.weighted)
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


def _number_types(X: Any) -> list[Any]:
    """The types of the columns that are numbers."""
    if is_frame(X):
        types = [column.feature_dtype for column in frame_columns(X)]
        return [dtype for dtype in types if dtype is not None]
    return [X.dtype] if X.dtype.kind in "biuf" else []


def check_least_rows(n_rows: int, n_features: int, least: int, asked_by: str) -> None:
    """Raise scikit-learn's error where there are fewer rows than an estimator needs."""
    if n_rows < least:
        raise DataError(
            f"Found array with {n_rows} sample(s) (shape=({n_rows}, {n_features})) while a minimum "
            f"of {least} is required by {asked_by}."
        )


def refuse_sparse(view: View, asked_by: str) -> None:
    """Raise scikit-learn's error for sparse rows."""
    if view.facts.sparse:
        raise SparseDataError(
            "Sparse data was passed for X, but dense data is required. Use '.toarray()' to "
            f"convert to a dense numpy array. {asked_by} takes dense rows only: for a Dask Array "
            "use X.map_blocks(lambda block: block.toarray()), where its chunks are small enough "
            "to be dense; in a pipeline let the step before make dense columns."
        )


def check_weight(weight: float) -> None:
    """Raise where no row counts."""
    if weight == 0.0:
        raise DataError(
            "Sample weights must contain at least one non-zero number. All weights of the rows to "
            "fit are zero."
        )
