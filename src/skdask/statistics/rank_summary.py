"""Summaries of sorted values with bounds of their ranks: they merge, and forget within a bound.

Of each series (a column, or a column within a class) some values are kept, and of each of them how
much weight lies below it at least, how much up to it at most, and how much weight is its own at
least. Two summaries merge without loss. When there are too many values, those next to equally
spaced ranks are kept; the bounds of what is kept stay true, so that whatever is asked later is
either answered exactly or known to lie between two values. While nothing had to be forgotten the
summary is the data, sorted.

All series have one array, filled up with infinity, so that NumPy sweeps them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RankSummary:
    """Some of the distinct values of each series, ascending, with bounds of their ranks.

    Attributes
    ----------
    values : ndarray of shape (n_series, n_points)
        Infinite after the last value of a series.
    least : ndarray of shape (n_series, n_points)
        Weight below the value, at least.
    most : ndarray of shape (n_series, n_points)
        Weight up to the value, at most.
    mass : ndarray of shape (n_series, n_points)
        Weight of the value itself, at least; 0 after the last value.
    total : ndarray of shape (n_series,)
        Weight of all values.
    whole : ndarray of bool of shape (n_series,)
        Whether no value was forgotten.
    """

    values: Vector
    least: Vector
    most: Vector
    mass: Vector
    total: Vector
    whole: NDArray[np.bool_]

    @property
    def n_points(self) -> int:
        return self.values.shape[1]


def of_sorted(series: Sequence[tuple[Vector, Vector | None]], n_points: int) -> RankSummary:
    """The summary of sorted values in at most so many points.

    Parameters
    ----------
    series : sequence of (values, upto)
        Ascending values, and the weight up to each of them, or None where every value counts once.
    n_points : int
    """
    picked = [_points(values, upto, n_points) for values, upto in series]
    width = max((len(values) for values, *_ in picked), default=0)
    arrays = [np.full((len(series), width), fill) for fill in (np.inf, 0.0, 0.0, 0.0)]
    total = np.zeros(len(series))
    for row, ((values, upto), points) in enumerate(zip(series, picked, strict=True)):
        if len(values):
            total[row] = len(values) if upto is None else upto[-1]
        arrays[1][row, len(points[0]) :] = arrays[2][row, len(points[0]) :] = total[row]
        for array, found in zip(arrays, points, strict=True):
            array[row, : len(found)] = found
    values, least, upto_most, mass = arrays
    whole = np.array([len(values) <= n_points for values, _ in series], np.bool_)
    return RankSummary(values, least, upto_most, mass, total, whole)


def _points(
    values: Vector, upto: Vector | None, n_points: int
) -> tuple[Vector, Vector, Vector, Vector]:
    """Values, weight below, weight up to and own weight of points of sorted values."""
    n_values = len(values)
    if n_values <= n_points:
        places = np.arange(n_values)
    elif upto is None:
        places = np.rint(np.linspace(0, n_values - 1, n_points)).astype(np.intp)
    else:
        ranks = np.linspace(0.0, upto[-1], n_points)
        places = np.minimum(np.searchsorted(upto, ranks), n_values - 1)
        places[0], places[-1] = 0, n_values - 1
    found = values[places]
    fresh = np.ones(len(found), np.bool_)
    fresh[1:] = found[1:] != found[:-1]
    found, places = found[fresh], places[fresh]
    first, after = places.copy(), places + 1
    # a search costs more than the sort did, so only for values with equal neighbours
    tied = values[np.maximum(places - 1, 0)] == found
    tied |= values[np.minimum(places + 1, n_values - 1)] == found
    first[tied] = np.searchsorted(values, found[tied], "left")
    after[tied] = np.searchsorted(values, found[tied], "right")
    if upto is None:
        below, most = first.astype(np.float64), after.astype(np.float64)
    else:
        below = np.where(first > 0, upto[first - 1], 0.0)
        most = upto[after - 1]
    return found, below, most, most - below


def joined(left: RankSummary, right: RankSummary) -> RankSummary:
    """The summary of the values of both, which forgets nothing.

    A value that only one of them has kept has, in the other, a rank between those of its
    neighbours there.
    """
    if left.n_points == 0 or right.n_points == 0:
        some = right if left.n_points == 0 else left
        return RankSummary(
            some.values,
            some.least,
            some.most,
            some.mass,
            left.total + right.total,
            left.whole & right.whole,
        )
    both = np.concatenate([left.values, right.values], axis=1)
    order = np.argsort(both, axis=1, kind="stable")  # which merges sorted runs in one sweep
    from_left = order < left.n_points

    def together(name: str) -> Vector:
        parts = np.concatenate([getattr(left, name), getattr(right, name)], axis=1)
        return np.take_along_axis(parts, order, axis=1)

    values = np.take_along_axis(both, order, axis=1)
    least, most, mass = together("least"), together("most"), together("mass")
    # a value of both comes from the left first
    twice = np.zeros(values.shape, np.bool_)
    twice[:, :-1] = values[:, 1:] == values[:, :-1]
    twice[:, :-1] &= from_left[:, :-1] & ~from_left[:, 1:]
    low, high = least + mass, most - mass
    other_low = np.where(
        from_left, _largest_before(low, ~from_left), _largest_before(low, from_left)
    )
    other_high = np.where(
        from_left,
        _smallest_after(high, ~from_left, right.total),
        _smallest_after(high, from_left, left.total),
    )
    pair = np.zeros_like(twice)
    pair[:, 1:] = twice[:, :-1]
    new_least, new_most, new_mass = least + other_low, most + other_high, mass.copy()
    at, after = np.nonzero(twice)
    new_least[at, after] = least[at, after] + least[at, after + 1]
    new_most[at, after] = most[at, after] + most[at, after + 1]
    new_mass[at, after] = mass[at, after] + mass[at, after + 1]
    merged = RankSummary(
        values, new_least, new_most, new_mass, left.total + right.total, left.whole & right.whole
    )
    return _keeping(merged, ~pair & (values < np.inf))


def _largest_before(numbers: Vector, chosen: NDArray[np.bool_]) -> Vector:
    """The largest number of the chosen places before each place, 0 before the first."""
    running = np.maximum.accumulate(np.where(chosen, numbers, 0.0), axis=1)
    before = np.zeros_like(running)
    before[:, 1:] = running[:, :-1]
    return before


def _smallest_after(numbers: Vector, chosen: NDArray[np.bool_], total: Vector) -> Vector:
    """The smallest number of the chosen places after each place, the total after the last."""
    backwards = np.where(chosen, numbers, np.inf)[:, ::-1]
    running = np.minimum.accumulate(backwards, axis=1)[:, ::-1]
    after = np.empty_like(running)
    after[:, -1] = np.inf
    after[:, :-1] = running[:, 1:]
    return np.minimum(after, total[:, np.newaxis])


def thinned(summary: RankSummary, n_points: int) -> RankSummary:
    """The summary in at most so many points, next to equally spaced ranks.

    The smallest and the largest value stay, and so does any that has more weight than a step.
    """
    counts = (summary.mass > 0.0).sum(axis=1)
    if counts.max(initial=0) <= n_points:
        return summary
    kept = summary.mass > 0.0
    for row in np.flatnonzero(counts > n_points):
        known = counts[row]
        middle = (summary.least[row, :known] + summary.most[row, :known]) / 2
        ranks = np.linspace(middle[0], middle[-1], n_points)
        places = np.searchsorted(np.maximum.accumulate(middle), ranks)
        kept[row] = False
        kept[row, np.minimum(places, known - 1)] = True
        kept[row, 0] = kept[row, known - 1] = True
    shorter = _keeping(summary, kept)
    whole = shorter.whole & (counts <= n_points)
    return RankSummary(
        shorter.values, shorter.least, shorter.most, shorter.mass, shorter.total, whole
    )


def _keeping(summary: RankSummary, kept: NDArray[np.bool_]) -> RankSummary:
    """The summary of the kept points alone."""
    width = int(kept.sum(axis=1).max(initial=0))
    if kept.all() and width == summary.n_points:
        return summary
    rows, places = np.nonzero(kept)
    # how many kept ones come before, in their own series
    columns = np.cumsum(kept, axis=1)[rows, places] - 1
    total = summary.total[:, np.newaxis]

    def shorter(array: Vector, fill: Vector | float) -> Vector:
        found = np.empty((len(kept), width))
        found[:] = fill
        found[rows, columns] = array[rows, places]
        return found

    return RankSummary(
        shorter(summary.values, np.inf),
        shorter(summary.least, total),
        shorter(summary.most, total),
        shorter(summary.mass, 0.0),
        summary.total,
        summary.whole,
    )
