"""Ranks of values: from a summary of each series to the cells in which wanted values lie.

The first pass summarises whole series (`Ranks`). What it leaves open is looked at again
(`RankCells`): at edges ranks are counted exactly, and of the cells between them that hold a wanted
value a summary is made, which for a small cell is everything in it. So an exact quantile of any
data takes two passes mostly, and one where the data are few or repeat.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.rank_summary import RankSummary, joined, of_sorted, thinned
from skdask.statistics.series import Series, Sorted

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ranked:
    """What is known of the ranks of some series.

    Attributes
    ----------
    summary : RankSummary or None
        Of all values, or of those in wanted cells; None while there are no rows.
    below : ndarray of shape (n_series, n_edges)
        Weight below each edge.
    upto : ndarray of shape (n_series, n_edges)
        Weight up to each edge.
    missing : ndarray of shape (n_series,)
        How many values are NaN.
    finite : bool
        Whether no value is infinite.
    """

    summary: RankSummary | None
    below: Vector
    upto: Vector
    missing: NDArray[np.int64]
    finite: bool


_NOTHING = np.empty((0, 0))


class _OfSeries(Statistic[Ranked, Ranked]):
    """What both have in common: a summary of bounded size and the values left out of it."""

    accepts_sparse: ClassVar[bool] = True
    series: Series
    points: int
    with_missing: bool

    @property
    def accepts_nan(self) -> bool:  # type: ignore[override]
        return self.with_missing

    @property
    def needs_features(self) -> bool:  # type: ignore[override]
        return self.series.needs_features or self.series.classes is not None

    @property
    def weighted(self) -> bool:
        return self.series.weighted

    def zero(self) -> Ranked:
        return Ranked(None, _NOTHING, _NOTHING, np.empty(0, np.int64), True)

    def merge(self, left: Ranked, right: Ranked) -> Ranked:
        if left.summary is None or right.summary is None:
            return right if left.summary is None else left
        summary = joined(left.summary, right.summary)
        if summary.n_points > self.points:
            # to a half, so that two of its kind can be joined without another loss
            summary = thinned(summary, max(2, self.points // 2))
        return Ranked(
            summary,
            left.below + right.below,
            left.upto + right.upto,
            left.missing + right.missing,
            left.finite and right.finite,
        )

    def value(self, state: Ranked) -> Ranked:
        return state

    def suspect(self, state: Ranked) -> bool:
        return not state.finite or (not self.with_missing and bool(state.missing.any()))

    def _of_points(self, parts: list[tuple[Vector, Vector | None]]) -> RankSummary:
        few = max((len(values) for values, _ in parts), default=0) <= self.points
        return of_sorted(parts, self.points if few else max(2, self.points // 2))


@dataclass(frozen=True)
class Ranks(_OfSeries):
    """A summary of every series, with bounds of ranks.

    Parameters
    ----------
    series : Series
    points : int
        Most points of a series that a state holds.
    with_missing : bool
        Whether values may be missing, which are left out.

    Notes
    -----
    **Passes** 1. **Cost** a sort of each series of a block. **Error** none up to so many values
    or distinct values. Beyond, a rank is known within about ``log2(n_blocks) / points`` of all,
    and how well is part of the value. **Source** Greenwald, Khanna (2004), Power-conserving
    computation of order-statistics over sensor networks; Chen, Guestrin (2016), XGBoost, for
    weights.
    """

    series: Series = Series()  # noqa: RUF009, it is a value
    points: int = 4096
    with_missing: bool = True

    def update(self, state: Ranked, rows: Rows) -> Ranked:
        return self.take(state, self.series.sorted(rows)) if rows.n_rows else state

    def take(self, state: Ranked, series: list[Sorted]) -> Ranked:
        """The state after sorted series."""
        none = np.empty((len(series), 0))
        found = self._of_points([(each.values, each.upto) for each in series])
        missing = np.array([each.missing for each in series], np.int64)
        return self.merge(state, Ranked(found, none, none, missing, _all_finite(series)))

    def state_bytes(self, n_columns: int) -> int:
        return self.series.count(n_columns) * (32 * self.points + 32)


@dataclass(frozen=True)
class RankCells(_OfSeries):
    """Weights below and up to edges, and a summary of the values in wanted cells between them.

    Parameters
    ----------
    series : Series
    edges : ndarray of shape (n_series, n_edges)
        Ascending; infinite after the last edge of a series.
    wanted : ndarray of bool of shape (n_series, n_edges)
        Whether what lies between an edge and the next one is wanted.
    points : int
        Most points of a series that a state holds.
    with_missing : bool

    Notes
    -----
    **Passes** 1. **Cost** and **Source** as `Ranks`. **Error** none where no more values than
    points lie in the wanted cells of a series.
    """

    reusable: ClassVar[bool] = False
    series: Series
    edges: Vector = field(compare=False)
    wanted: NDArray[np.bool_] = field(compare=False)
    points: int
    with_missing: bool = True
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.edges, self.wanted))

    def update(self, state: Ranked, rows: Rows) -> Ranked:
        return self.take(state, self.series.sorted(rows)) if rows.n_rows else state

    @classmethod
    def update_many(cls, statistics, states, rows):  # type: ignore[no-untyped-def]
        """Sort once for all that look at the same series."""
        if rows.n_rows == 0:
            return list(states)
        known: dict[Series, list[Sorted]] = {}
        after = []
        for statistic, state in zip(statistics, states, strict=True):
            if statistic.series not in known:
                known[statistic.series] = statistic.series.sorted(rows)
            after.append(statistic.take(state, known[statistic.series]))
        return after

    def take(self, state: Ranked, series: list[Sorted]) -> Ranked:
        """The state after sorted series."""
        below, upto = np.zeros(self.edges.shape), np.zeros(self.edges.shape)
        parts = []
        for row, each in enumerate(series):
            edges = self.edges[row]
            first = np.searchsorted(each.values, edges, "left")
            after = np.searchsorted(each.values, edges, "right")
            below[row], upto[row] = _weight(each, first), _weight(each, after)
            parts.append(self._inside(row, each, first, after))
        missing = np.array([each.missing for each in series], np.int64)
        found = self._of_points(parts)
        return self.merge(state, Ranked(found, below, upto, missing, _all_finite(series)))

    def _inside(
        self, row: int, each: Sorted, first: NDArray[np.intp], after: NDArray[np.intp]
    ) -> tuple[Vector, Vector | None]:
        """The values in wanted cells, and the weight up to each of them."""
        cells = np.flatnonzero(self.wanted[row, :-1])
        starts, lengths = after[cells], first[cells + 1] - after[cells]
        held = np.cumsum(lengths)
        if not len(held) or held[-1] == 0:
            return np.empty(0), None if each.upto is None else np.empty(0)
        places = np.arange(held[-1]) + np.repeat(starts - held + lengths, lengths)
        if each.upto is None:
            return each.values[places], None
        weight = np.diff(each.upto, prepend=0.0)
        return each.values[places], np.cumsum(weight[places])

    def state_bytes(self, n_columns: int) -> int:
        n_series, n_edges = self.edges.shape
        return n_series * (32 * self.points + 32 + 16 * n_edges)


def _weight(each: Sorted, places: NDArray[np.intp]) -> Vector:
    """Weight of the values before each place."""
    if each.upto is None:
        return places.astype(np.float64)
    if not len(each.upto):
        return np.zeros(len(places))
    return np.where(places > 0, each.upto[places - 1], 0.0)


def _all_finite(series: list[Sorted]) -> bool:
    ends = [each.values[[0, -1]] for each in series if len(each.values)]
    return bool(np.isfinite(ends).all())
