"""Distinct scores with the weight of each label among them: what a curve of thresholds sees.

ROC and precision-recall curves, and quantiles of errors, depend on the order of the rows by one
number. Rows of equal score and label are one row with their weight; sorted tables merge. The
table is as long as there are distinct scores, so it is exact where that fits in memory. Where it
does not, scores are rounded to given thresholds: `binned` says by how much that can matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic
from skdask.statistics.tiles import feature_array, weights_of

# of a distinct score, its label and its weight, in two tables and in the one that they become
ROW_BYTES = 72


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Distinct pairs of score and label, sorted by score.

    ``scores`` (n_pairs,) float64, ``labels`` (n_pairs,) of the target's kind, or zeros without a
    target; ``weights`` (n_pairs,) counts of rows or sums of their weights.
    """

    scores: NDArray[np.float64]
    labels: NDArray[Any]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class ScoreTables(Statistic["tuple[ScoreTable, ...]", "tuple[ScoreTable, ...]"]):
    """One table for every column of X, a column of scores.

    Parameters
    ----------
    n_columns : int
    weighted : bool
    with_labels : bool
        Whether rows of one score are told apart by their target: its own column, where it has as
        many as X.
    probabilities : bool
        Whether each row of X has to sum to one.
    edges : ndarray of shape (n_edges,), optional
        Sorted; scores are replaced by the next edge below, so that the table stays short.

    Notes
    -----
    **Passes** 1. **Cost** a sort of each block, and merges of sorted tables. **Error** none
    without edges. The state grows with the rows.
    """

    reusable: ClassVar[bool] = False
    n_columns: int = 1
    weighted: bool = False
    with_labels: bool = True
    probabilities: bool = False
    edges: NDArray[np.float64] | None = field(default=None, compare=False)
    token: str = ""

    @property
    def row_bytes(self) -> int:  # type: ignore[override]
        return 0 if self.edges is not None else ROW_BYTES * self.n_columns

    def zero(self) -> tuple[ScoreTable, ...]:
        return ()

    def update(self, state: tuple[ScoreTable, ...], rows: Rows) -> tuple[ScoreTable, ...]:
        if rows.n_rows == 0:
            return state
        X = feature_array(rows)
        if self.probabilities and not np.allclose(1, X.sum(axis=1)):
            raise ValueError(
                "Target scores need to be probabilities for multiclass roc_auc, i.e. they should "
                "sum up to 1.0 over classes"
            )
        weight = weights_of(rows, self.weighted)
        weight = np.ones(rows.n_rows) if weight is None else weight
        found = tuple(
            _table(self._rounded(X[:, column]), self._labels(rows, column), weight)
            for column in range(self.n_columns)
        )
        return self.merge(state, found)

    def _rounded(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        scores = np.asarray(scores, dtype=np.float64)
        if self.edges is None or np.isnan(scores).any():
            return scores
        below = np.searchsorted(self.edges, scores, side="right") - 1
        rounded: NDArray[np.float64] = self.edges[np.maximum(below, 0)]
        return rounded

    def _labels(self, rows: Rows, column: int) -> NDArray[Any]:
        if not self.with_labels or rows.y is None:
            return np.zeros(rows.n_rows, dtype=np.int8)
        if rows.y.ndim == 1:
            return rows.y
        return rows.y[:, column if rows.y.shape[1] == self.n_columns else 0]

    def merge(
        self, left: tuple[ScoreTable, ...], right: tuple[ScoreTable, ...]
    ) -> tuple[ScoreTable, ...]:
        if not left or not right:
            return left or right
        return tuple(joined(pair) for pair in zip(left, right, strict=True))

    def value(self, state: tuple[ScoreTable, ...]) -> tuple[ScoreTable, ...]:
        # rows of weight zero do not count
        return tuple(_held(table) for table in state) if self.weighted else state

    def state_bytes(self, n_columns: int) -> int:
        n_rows = 0 if self.edges is None else 2 * len(self.edges)
        return ROW_BYTES * self.n_columns * n_rows

    def suspect(self, state: tuple[ScoreTable, ...]) -> bool:
        # what is missing or infinite is sorted to the ends
        return not all(np.isfinite(table.scores[[0, -1]]).all() for table in state)


def _held(table: ScoreTable) -> ScoreTable:
    held = table.weights > 0
    return ScoreTable(table.scores[held], table.labels[held], table.weights[held])


def joined(tables: tuple[ScoreTable, ...]) -> ScoreTable:
    """One table of the rows of several."""
    return _table(
        np.concatenate([table.scores for table in tables]),
        np.concatenate([table.labels for table in tables]),
        np.concatenate([table.weights for table in tables]),
    )


def _table(
    scores: NDArray[np.float64], labels: NDArray[Any], weights: NDArray[np.float64]
) -> ScoreTable:
    """Rows of equal score and label as one; their weights add up in the order of the rows."""
    kinds, codes = np.unique(labels, return_inverse=True)
    # stable sorts find the runs that are sorted already, so a merge is about linear
    order = np.argsort(scores, kind="stable")
    if len(kinds) > 1:
        order = order[_by_code(scores[order], codes[order])]
    scores, codes, weights = scores[order], codes[order], weights[order]
    starts = np.ones(len(scores), dtype=bool)
    starts[1:] = (scores[1:] != scores[:-1]) | (codes[1:] != codes[:-1])
    (first,) = np.nonzero(starts)
    return ScoreTable(scores[first], kinds[codes[first]], np.add.reduceat(weights, first))


def _by_code(scores: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """The order by label within runs of equal score, for scores that are sorted."""
    equal = scores[1:] == scores[:-1]
    if not equal.any():
        return np.arange(len(scores))
    run = np.concatenate([[0], np.cumsum(~equal)])
    return np.lexsort((codes, run))
