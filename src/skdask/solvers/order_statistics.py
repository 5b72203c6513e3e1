"""Order statistics of series: the values at given ranks, exactly, in few passes.

A first pass bounds the ranks of some values of each series. A wanted rank is then met by one of
them, or by something between two. What lies between is looked at in the next pass, with exact
counts at its ends, and so on: what is open shrinks by some hundred times a pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import ALL_ROWS, Algorithm, Request, RowSet, ask
from skdask.statistics.ranks import RankCells, Ranked, Ranks
from skdask.statistics.series import Series

Vector = NDArray[np.float64]

# What the states of one pass may take, beyond which more passes are taken
_STATE_BYTES = 2**25
_FEWEST_POINTS = 256


@dataclass(frozen=True)
class _Known:
    """Values of one series and what is known of their ranks; ascending, of shape (n_values,)."""

    values: Vector
    least: Vector  # weight below, at least
    most: Vector  # weight up to, at most
    low: Vector  # weight below, at most
    high: Vector  # weight up to, at least


def first_ranks(
    series: Series,
    n_features: int,
    n_ranks: int,
    rows: RowSet = ALL_ROWS,
    asked_by: str = "",
    *,
    with_missing: bool = True,
) -> Request:
    """The request of the first pass, for so many ranks of each series."""
    enough = 4096 if n_ranks < 512 else 16384
    allowed = _STATE_BYTES // (32 * max(1, series.count(n_features)))
    # with fewer points than ranks little would be learnt of any of them
    points = max(min(enough, allowed), _FEWEST_POINTS, 4 * n_ranks)
    return Request(Ranks(series, points, with_missing), rows, asked_by)


def order_statistics(
    first: Request, wanted: Callable[[Ranked], Vector]
) -> Algorithm[tuple[Vector, Ranked]]:
    """The value of each series at which the weight up to it first exceeds each wanted weight.

    Parameters
    ----------
    first : Request
        Of `first_ranks`.
    wanted : callable
        From what the first pass found, such as the weight of each series, to the wanted weights,
        of shape (n_series, n_wanted). An order statistic of values that count once is wanted by
        its number, from 0.

    Returns
    -------
    values : ndarray of shape (n_series, n_wanted)
        NaN where a series has no values.
    ranked : Ranked
        What the first pass found.

    Notes
    -----
    **Passes** 1 where a series has no more values, or distinct ones, than the first summary has
    points; mostly 2; more for a thousand ranks of many million rows. **Cost** a sort of each
    series a pass. **Error** none. **Source** Munro, Paterson (1980), Selection and sorting with
    limited storage.
    """
    statistic = first.statistic
    assert isinstance(statistic, Ranks)
    (ranked,) = yield (first,)
    assert ranked.summary is not None
    ranks = wanted(ranked)
    n_series = len(ranks)
    edges = np.empty((n_series, 0))
    cells = np.empty((n_series, 0), np.bool_)
    found = np.full(ranks.shape, np.nan)
    now = ranked
    while True:
        open_cells: list[tuple[Vector, NDArray[np.bool_], float]] = []
        for row in range(n_series):
            known = _known(now, edges[row], cells[row], row)
            found[row], own = _met(known, ranks[row], found[row])
            open_cells.append(own)
        most_inside = max(inside for *_, inside in open_cells)
        if not any(len(own) for own, *_ in open_cells):
            return found, ranked
        edges, cells = _side_by_side(open_cells)
        points = _points_for(most_inside, n_series, statistic)
        request = RankCells(statistic.series, edges, cells, points, statistic.with_missing)
        now = yield from ask(request, first.rows, first.asked_by)


def _points_for(most_inside: float, n_series: int, first: Ranks) -> int:
    """Points that hold all that is open, as far as memory allows."""
    most = max(first.points, _STATE_BYTES // (32 * n_series))
    if first.weighted:
        return most  # how many values there are, weights do not tell
    return int(np.clip(most_inside + 1.0, _FEWEST_POINTS, most))


def _known(ranked: Ranked, edges: Vector, cells: NDArray[np.bool_], row: int) -> _Known:
    """All that is known of the ranks of a series, those in the whole series."""
    summary = ranked.summary
    assert summary is not None
    n_points = int((summary.mass[row] > 0.0).sum())
    values, least, most, mass = (
        array[row, :n_points]
        for array in (summary.values, summary.least, summary.most, summary.mass)
    )
    if summary.whole[row]:
        # sums in the order of the values, which no rounding sets apart
        upto = np.cumsum(mass)
        least, most = np.concatenate([[0.0], upto[:-1]])[:n_points], upto
        low, high = least, most
    else:
        low, high = most - mass, least + mass
    n_edges = int(np.isfinite(edges).sum())
    if n_edges == 0:
        return _Known(values, least, most, low, high)
    below, upto = ranked.below[row, :n_edges], ranked.upto[row, :n_edges]
    edges, cells = edges[:n_edges], cells[: n_edges - 1]
    widths = np.where(cells, below[1:] - upto[:-1], 0.0)
    before = np.cumsum(widths) - widths
    cell = np.searchsorted(edges, values, "right") - 1
    shift = (upto[:-1] - before)[cell] if n_points else np.empty(0)
    floor, ceiling = upto[cell], below[np.minimum(cell + 1, n_edges - 1)]
    bounds = [
        np.clip(part + shift, floor, ceiling) if n_points else part
        for part in (least, most, low, high)
    ]
    order = np.argsort(np.concatenate([edges, values]), kind="stable")
    merged = [
        np.concatenate(pair)[order]
        for pair in zip((edges, below, upto, below, upto), (values, *bounds), strict=True)
    ]
    return _Known(*merged)


def _met(
    known: _Known, ranks: Vector, before: Vector
) -> tuple[Vector, tuple[Vector, NDArray[np.bool_], float]]:
    """The values that are certain, and what lies around the others: edges, cells, most weight."""
    none = np.empty(0), np.empty(0, np.bool_), 0.0
    found = before.copy()
    open_ranks = np.flatnonzero(np.isnan(before))
    n_values = len(known.values)
    if n_values == 0 or len(open_ranks) == 0:
        return found, none
    wanted = ranks[open_ranks]
    at = np.searchsorted(np.maximum.accumulate(known.high), wanted, "right")
    certain = (at < n_values) & (known.low[np.minimum(at, n_values - 1)] <= wanted)
    found[open_ranks[certain]] = known.values[at[certain]]
    wanted = wanted[~certain]
    if len(wanted) == 0:
        return found, none
    start = np.searchsorted(np.maximum.accumulate(known.most), wanted, "right") - 1
    stop = np.searchsorted(np.maximum.accumulate(known.least), wanted, "right")
    start, stop = np.maximum(start, 0), np.minimum(stop, n_values - 1)
    # sums of weights that are equal up to rounding leave nothing between
    equal = start >= stop
    places = open_ranks[~certain]
    found[places[equal]] = known.values[np.minimum(at[~certain], n_values - 1)][equal]
    start, stop = start[~equal], stop[~equal]
    if len(start) == 0:
        return found, none
    # cells between neighbouring values; those of all open ranks together
    depth = np.zeros(n_values + 1, np.int64)
    np.add.at(depth, start, 1)
    np.add.at(depth, stop, -1)
    cells = np.cumsum(depth)[:n_values] > 0
    edges = cells.copy()
    edges[1:] |= cells[:-1]
    places = np.flatnonzero(edges)
    # runs of neighbouring cells: what lies in each of them, at most
    ends = np.diff(cells.astype(np.int8), prepend=0, append=0)
    first, last = np.flatnonzero(ends == 1), np.flatnonzero(ends == -1)
    inside = known.most[np.minimum(last, n_values - 1)] - known.least[first]
    return found, (known.values[places], cells[places], float(inside.sum()))


def _side_by_side(
    open_cells: list[tuple[Vector, NDArray[np.bool_], float]],
) -> tuple[Vector, NDArray[np.bool_]]:
    """Edges and cells of all series in one array, infinite after the last edge."""
    width = max(len(own) for own, *_ in open_cells)
    edges = np.full((len(open_cells), width), np.inf)
    cells = np.zeros((len(open_cells), width), np.bool_)
    for row, (own, inside, _) in enumerate(open_cells):
        edges[row, : len(own)], cells[row, : len(own)] = own, inside
    return edges, cells
