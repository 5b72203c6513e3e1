"""The exponent of a power transform, by maximum likelihood: all columns advance together.

The profile likelihood of an exponent is smooth with one maximum. A first pass draws a few thousand
rows, whose own maximum is a hundredth or so away; then Newton's steps, kept within the bracket of
slopes seen so far, double the right digits with every pass. On the few rows the same search begins
with slopes at several exponents. Brent's method, which looks at values alone, would take some
twenty passes and end with half the digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import ALL_ROWS, Algorithm, Request, RowSet, ask
from skdask.rows import Rows
from skdask.statistics.affine import Affine
from skdask.statistics.power import PowerMoments, PowerState, uncentred
from skdask.statistics.sample import Sample

Array = NDArray[np.float64]

_GRID = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
# beyond it the quadratic expansion around the last exponent has no error left
_CLOSE = 1e-6
_MOST_PASSES = 60
# Rows from which the first guess comes
_SAMPLE = 5000


@dataclass(frozen=True)
class PowerFit:
    """The exponents, and the transformed columns there.

    Attributes
    ----------
    exponents : ndarray of shape (n_features,)
        NaN where a column has no values.
    count : ndarray of shape (n_features,)
    mean : ndarray of shape (n_features,)
        Of the transformed column.
    scatter : ndarray of shape (n_features,)
        Sum of its squared deviations.
    """

    exponents: Array
    count: NDArray[np.int64]
    mean: Array
    scatter: Array


def best_exponents(
    n_features: int,
    keeps: Callable[[PowerState, Array, Array], NDArray[np.bool_]],
    *,
    box_cox: bool,
    through: Affine | None,
    dtype: Any = np.float64,
    rows: RowSet = ALL_ROWS,
    asked_by: str = "",
) -> Algorithm[PowerFit]:
    """The exponents of largest likelihood.

    Parameters
    ----------
    n_features : int
    keeps : callable
        From the moments of the first pass, and the mean and variance of the columns at the
        exponent 1, to the columns that keep this exponent, as constant ones do.
    box_cox : bool
    through : Affine or None
    dtype : dtype
        Of the data: transformed values must stay within its range.
    rows : RowSet
    asked_by : str

    Notes
    -----
    **Passes** about 4. **Cost** as `PowerMoments` at one exponent. **Error** of an exponent about
    1e-12. **Source** as `PowerMoments`.
    """

    ones = np.ones((1, n_features))
    sample, state = yield (
        Request(Sample(_SAMPLE, 0, with_missing=True), rows, asked_by),
        Request(PowerMoments(ones, box_cox, through), rows, asked_by),
    )
    variance = state.scatter[0, :, 0] / np.maximum(state.count, 1)
    searched = ~keeps(state, state.mean[0, :, 0], variance) & (state.count > 0)
    search = _Search(ones, state, searched, safe_range(state, dtype, box_cox))
    side = np.where((state.largest < 0) & (not box_cox), -1.0, 1.0)
    mixed = (state.smallest < 0) & (state.largest >= 0) & (not box_cox)
    centre = np.where(searched & ~mixed, side * state.logs / np.maximum(state.count, 1), 0.0)
    search.take_centre(centre, side)

    def moments(exponents: Array) -> PowerMoments:
        return PowerMoments(exponents, box_cox, through, centre)

    if searched.any():
        search.go_to(_guess(moments, sample.rows, dtype))
    for _ in range(_MOST_PASSES):
        if not search.going.any():
            break
        now = search.at[np.newaxis]
        state = yield from ask(moments(now), rows, asked_by)
        search.learn(now, state)
    return search.result(state.count)


def _guess(moments: Callable[[Array], PowerMoments], rows: Rows, dtype: Any) -> Array:
    """The best exponents of a few rows."""

    def state_at(exponents: Array) -> PowerState:
        statistic = moments(exponents)
        return statistic.update(statistic.zero(), rows)

    grid = np.repeat(_GRID[:, np.newaxis], rows.X.shape[1], axis=1)
    state = state_at(grid)
    safe = safe_range(state, dtype, moments(grid).box_cox)
    search = _Search(grid, state, state.count > 0, safe)
    for _ in range(_MOST_PASSES):
        if not search.going.any():
            break
        now = search.at[np.newaxis]
        search.learn(now, state_at(now))
    return search.result(state.count).exponents


def safe_range(state: PowerState, dtype: Any, box_cox: bool) -> tuple[Array, Array]:
    """Exponents for which values, and some larger ones, keep a variance: those that SciPy tries."""
    n_features = len(state.count)
    if box_cox:
        return np.full(n_features, -np.inf), np.full(n_features, np.inf)
    limits = np.finfo(dtype)
    largest = np.maximum(np.abs(state.smallest), np.abs(state.largest))
    with np.errstate(all="ignore"):
        logs = np.log1p(20 * largest)
        rounding = np.log(limits.eps)
        low = (np.log(limits.tiny) - rounding) / 2 / logs
        high = (np.log(limits.max) + rounding) / 2 / logs
        negative, mixed = state.largest < 0, state.smallest < 0
        lower = np.where(negative, 2 - high, np.where(mixed, np.maximum(2 - high, low), low))
        upper = np.where(negative, 2 - low, np.where(mixed, np.minimum(2 - low, high), high))
    return lower, upper


def slopes(state: PowerState) -> tuple[Array, Array]:
    """First and second derivative of the mean log-likelihood by the exponent."""
    count = np.maximum(state.count, 1)
    with np.errstate(all="ignore"):
        variance, first, cross, second = np.moveaxis(state.scatter / count[:, np.newaxis], -1, 0)
        ratio = 2 * first / variance
        slope = -ratio / 2 + state.logs / count
        return slope, -(2 * (cross + second) / variance - ratio**2) / 2


class _Search:
    """Newton's steps of all columns within their brackets."""

    def __init__(
        self,
        grid: Array,
        state: PowerState,
        searched: NDArray[np.bool_],
        safe: tuple[Array, Array],
    ) -> None:
        self._safe = safe
        n_features = grid.shape[1]
        self.low, self.high = np.full(n_features, -np.inf), np.full(n_features, np.inf)
        self.at = np.ones(n_features)
        self._searched, self.going = searched, searched.copy()
        self._found = self.at
        self._mean, self._scatter = np.zeros(n_features), np.zeros(n_features)
        self._centre, self._side = np.zeros(n_features), np.ones(n_features)
        self.learn(grid, state)

    def take_centre(self, centre: Array, side: Array) -> None:
        """What is taken from the logarithms from now on, and on which side the columns lie."""
        self._centre, self._side = centre, side

    def learn(self, exponents: Array, state: PowerState) -> None:
        """Take in the slopes at exponents, and choose where to look next."""
        slope, curvature = slopes(state)
        rising, falling = slope > 0, slope < 0
        self.low = np.fmax(self.low, np.where(rising, exponents, -np.inf).max(axis=0))
        self.high = np.fmin(self.high, np.where(falling, exponents, np.inf).min(axis=0))
        # from where the slope is the least, for its curvature
        flat = np.where(np.isfinite(slope), np.abs(slope), np.inf)
        kept = (exponents == 1.0).argmax(axis=0)
        rows = np.where(self._searched, flat.argmin(axis=0), kept)
        columns = np.arange(exponents.shape[1])
        here = exponents[rows, columns]
        step = -slope[rows, columns] / curvature[rows, columns]
        usable = (curvature[rows, columns] < 0) & np.isfinite(step)
        close = usable & (np.abs(step) < _CLOSE * np.maximum(1.0, np.abs(here)))
        close = (close | (slope[rows, columns] == 0)) & self._searched
        rises = slope[rows, columns] > 0
        at_end = np.where(rises, here >= self._safe[1], here <= self._safe[0])
        close &= ~at_end
        self._keep(state, rows, here, np.where(close, step, 0.0))
        arrived = close | at_end | (self.high - self.low <= 1e-13 * np.maximum(1.0, np.abs(here)))
        self.going &= ~arrived
        with np.errstate(invalid="ignore"):
            guess = np.clip(self._within(here + step, usable), *self._safe)
        self.at = np.where(self.going, guess, here)

    def go_to(self, guess: Array) -> None:
        """Look next where others have found a maximum, unless it is known not to be there."""
        with np.errstate(invalid="ignore"):
            inside = (guess > self.low) & (guess < self.high)
        self.at = np.where(self.going & inside, np.clip(guess, *self._safe), self.at)

    def _within(self, guess: Array, usable: NDArray[np.bool_]) -> Array:
        """The guess where it lies within the bracket, else its middle, or farther out."""
        inside = usable & (guess > self.low) & (guess < self.high)
        bounded = np.isfinite(self.low) & np.isfinite(self.high)
        middle = np.where(bounded, (self.low + self.high) / 2, 0.0)
        outward = np.where(
            np.isfinite(self.low),
            self.low + np.maximum(1.0, np.abs(self.low)),
            self.high - np.maximum(1.0, np.abs(self.high)),
        )
        # a step beyond what has been seen goes no farther than that
        reach = np.where(np.isfinite(self.low), outward, np.inf)
        guess = np.where(bounded, guess, np.minimum(guess, reach))
        floor = np.where(np.isfinite(self.high), outward, -np.inf)
        guess = np.where(bounded | np.isfinite(self.low), guess, np.maximum(guess, floor))
        return np.where(inside, guess, np.where(bounded, middle, outward))

    def _keep(self, state: PowerState, rows: NDArray[np.intp], here: Array, step: Array) -> None:
        """The exponents, and the moments there by their expansion around where they were taken."""
        columns = np.arange(len(here))
        mean, scatter = state.mean[rows, columns], state.scatter[rows, columns]
        self._found = here + step
        power = np.where(self._side < 0, 2.0 - self._found, self._found)
        self._mean, self._scatter = uncentred(
            self._centre,
            self._side,
            power,
            mean[:, 0] + step * mean[:, 1] + step**2 / 2 * mean[:, 2],
            scatter[:, 0] + 2 * step * scatter[:, 1] + step**2 * (scatter[:, 2] + scatter[:, 3]),
        )

    def result(self, count: NDArray[np.int64]) -> PowerFit:
        exponents = np.where(count > 0, self._found, np.nan)
        return PowerFit(exponents, count, self._mean, self._scatter)
