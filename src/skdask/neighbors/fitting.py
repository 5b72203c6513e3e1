"""Fitting what looks up its training rows: they are held in memory, or stay on blocks.

Rows that take up to a quarter of the memory limit are held, and then the fit is scikit-learn's
own, trees included. More rows stay where they are: the fit only looks at the labels, and every
set of queries reads the rows once, by brute force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import is_classifier

from skdask import config
from skdask._sklearn import keep_no_rows, set_row_count
from skdask.blocks import Blocks, is_big
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import fit_on, forget_report, open_to_fit, remember_features
from skdask.routes.twins import ON_BLOCKS, plain_copy, take_over
from skdask.routes.view import View
from skdask.rows import Rows
from skdask.statistics import ClassTable
from skdask.statistics.gather import AllRows, Gather, GatherWithGaps
from skdask.statistics.labels import LabelTables

# Of the memory limit, the share that held rows may take: they are in memory once as they come and
# once in one array, of which a tree makes a copy of its own
_HELD_SHARE = 4

# Targets that a projection of memory allows for where there are several
_EXPECTED_TARGETS = 8

# Metrics that are made to measure for the rows unless their parameter is given
_FITTED_METRICS = {"seuclidean": "V", "mahalanobis": "VI"}


class TooManyRowsError(MemoryBudgetError):
    """The rows take more memory than may be held."""


def held_limit() -> int:
    """Bytes of rows up to which they are held in memory."""
    return config.get().budget // _HELD_SHARE


class HeldRows:
    """Fits scikit-learn's own estimator on all rows, gathered in one pass."""

    needs_target = False

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        if ON_BLOCKS in self.__dict__:
            return ()
        return (gather_request(self, view),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        rows = yield from held_rows(self, view)
        plain = plain_copy(self)
        fit_plain(plain, rows, view, with_target=self.needs_target)
        take_over(self, plain)
        remember_features(self, view)
        return (f"all rows are held in memory ({rows.n_rows:,}): the fit is scikit-learn's",)


class HeldOrOnBlocks(HeldRows):
    """The same, or by reference to blocks where the rows are too many to be held."""

    def fit(self, X: Any, y: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            The target, of a predictor. For a table, the name of its target column, or a list of
            them; None for Blocks that carry it. Others ignore it, but a column that it names is
            no feature.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            forget_blocks(self)
            return super().fit(X, y)  # type: ignore[misc]
        return fit_neighbors(self, X, y, needs_y=self.needs_target)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        blocks = self.__dict__.get(ON_BLOCKS)
        if blocks is None:
            return (yield from super().algorithm(view))
        return (yield from _refer_to(self, blocks, view, self.needs_target))


def fit_neighbors(
    estimator: Any, X: Any, y: Any = None, sample_weight: Any = None, *, needs_y: bool
) -> Any:
    """Fit an estimator of rows that are held, or else stay on blocks."""
    forget_blocks(estimator)
    data = open_to_fit(estimator, X, y, sample_weight, needs_y=needs_y)
    refuse_precomputed(estimator)
    if data.n_bytes is None or data.n_bytes <= held_limit():
        try:
            return fit_on(estimator, data, View.whole(data))
        except TooManyRowsError:
            if not isinstance(estimator, HeldOrOnBlocks):
                raise
    elif not isinstance(estimator, HeldOrOnBlocks):
        raise too_many(estimator, data.n_bytes, data.n_rows or 0)
    # the neighbours are told by the numbers of their rows
    data = data.counted()
    setattr(estimator, ON_BLOCKS, data)
    try:
        return fit_on(estimator, data, View.whole(data))
    except BaseException:
        forget_blocks(estimator)
        raise


def forget_blocks(estimator: Any) -> None:
    """Before another fit: what an earlier one has left to read is no longer true."""
    vars(estimator).pop(ON_BLOCKS, None)


def refuse_precomputed(estimator: Any) -> None:
    """Raise for distances of all pairs of rows, of which a block is no part."""
    if getattr(estimator, "metric", None) == "precomputed":
        raise UnsupportedError(
            f"{type(estimator).__name__} on blocks takes rows, not precomputed distances of all "
            "pairs of them."
        )


def gather_request(estimator: Any, view: View) -> Request:
    """All raw rows, if they may be held."""
    facts = view.facts
    width = 8 * (facts.n_features + facts.weighted)
    if facts.y_dtype is not None:
        width += max(8, facts.y_dtype.itemsize) * (1 if facts.y_ndim == 1 else _EXPECTED_TARGETS)
    kind = GatherWithGaps if getattr(estimator, "metric", None) == "nan_euclidean" else Gather
    return Request(kind(width, held_limit()), view.rows, type(estimator).__name__)


def held_rows(estimator: Any, view: View) -> Algorithm[Rows]:
    """All rows of a view, after its steps.

    Raises
    ------
    TooManyRowsError
        Where they take more memory than may be held.
    """
    refuse_precomputed(estimator)
    forget_blocks(estimator)
    request = gather_request(estimator, view)
    found: AllRows = yield from ask(request.statistic, view.rows, request.asked_by)
    if found.rows is None:
        raise too_many(estimator, found.n_bytes, found.count)
    rows, X = found.rows, found.rows.X
    if not view.affine.is_identity:
        X = np.ascontiguousarray(view.show(X))
    weight = rows.sample_weight if view.weighted else None
    return Rows(rows.n_rows, X, rows.y, weight)


def too_many(estimator: Any, n_bytes: int, n_rows: int) -> TooManyRowsError:
    """The error about rows that cannot be held."""
    return TooManyRowsError(
        f"{type(estimator).__name__} looks at all rows together, and {n_rows:,} rows of "
        f"{format_bytes(n_bytes)} are more than a quarter of the memory limit, "
        f"{format_bytes(held_limit())}, which they may take here: fit on a sample of them, use "
        "float32, or raise skdask.config.set(memory_limit=...)."
    )


def fit_plain(plain: Any, rows: Rows, view: View, *, with_target: bool) -> None:
    """Fit scikit-learn's estimator on rows in memory."""
    given: dict[str, Any] = {}
    if with_target:
        given["y"] = rows.y
    if rows.sample_weight is not None:
        given["sample_weight"] = rows.sample_weight
    plain.fit(rows.X, **given)


def _refer_to(
    estimator: Any, blocks: Blocks, view: View, with_target: bool
) -> Algorithm[tuple[str, ...]]:
    """Fit scikit-learn's estimator on stand-in rows that have all labels."""
    name = type(estimator).__name__
    needed = _FITTED_METRICS.get(str(estimator.metric))
    if needed is not None and needed not in (estimator.metric_params or {}):
        raise UnsupportedError(
            f"{name} with metric={estimator.metric!r} measures all rows first: give "
            f"metric_params={{{needed!r}: ...}}, as the rows are too many to be held in memory."
        )
    plain = plain_copy(estimator)
    tables: Sequence[ClassTable] = ()
    if with_target and is_classifier(estimator):
        tables = yield from ask(LabelTables(), view.rows, name)
        plain.fit(*_stand_in(blocks, _all_labels(tables)))
        _choose_outlier_labels(plain, tables)
    elif with_target:
        # that they are finite is seen with the rows
        view.check_numeric_target()
        shape = (2,) if view.facts.y_ndim == 1 else (2, blocks.n_targets)
        plain.fit(*_stand_in(blocks, np.zeros(shape, dtype=view.facts.y_dtype)))
    else:
        plain.fit(_stand_in(blocks, np.zeros(2))[0])
    keep_no_rows(plain)
    take_over(estimator, plain)
    set_row_count(estimator, blocks.n_rows or 0)
    remember_features(estimator, view)
    return refers_to(blocks)


def refers_to(blocks: Blocks) -> tuple[str, ...]:
    """The sentence of a fit that leaves the rows on their blocks."""
    size = format_bytes(blocks.n_bytes or 0)
    return (
        f"{blocks.n_rows:,} rows of {size} stay where they are, as they take more than a quarter "
        "of the memory limit: every set of queries reads them once, by brute force",
    )


def _stand_in(blocks: Blocks, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
    X = np.zeros((len(y), blocks.n_features), dtype=blocks.dtype)
    return (sparse.csr_array(X) if blocks.sparse else X), y


def _all_labels(tables: Sequence[ClassTable]) -> NDArray[Any]:
    """Few labels in which each one of each target is found."""
    most = max(len(table.classes) for table in tables)
    columns = [np.resize(table.classes, most) for table in tables]
    return columns[0] if len(columns) == 1 else np.column_stack(columns)


def _choose_outlier_labels(plain: Any, tables: Sequence[ClassTable]) -> None:
    chosen = getattr(plain, "outlier_label", None)
    if isinstance(chosen, str) and chosen == "most_frequent":
        plain.outlier_label_ = [table.classes[table.counts.argmax()] for table in tables]
