"""Quantiles as NumPy defines them, of columns of any length: which order statistics, and how mixed.

A quantile is one order statistic or lies between two. Hyndman and Fan's nine definitions differ in
the place between them only. Weighted quantiles are scikit-learn's: the value at which the weight up
to it reaches the wanted share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import ALL_ROWS, Algorithm, RowSet
from skdask.solvers.order_statistics import first_ranks, order_statistics
from skdask.statistics.ranks import Ranked
from skdask.statistics.series import Series

Vector = NDArray[np.float64]

_SINGLE = ("inverted_cdf", "closest_observation")
# Hyndman and Fan's alpha and beta
_BETWEEN = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3.0, 1 / 3.0),
    "normal_unbiased": (3 / 8.0, 3 / 8.0),
}


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of series, without missing values.

    Attributes
    ----------
    values : ndarray of shape (n_fractions, n_series)
        NaN for a series without values.
    total : ndarray of shape (n_series,)
        Weight of the values, or their number where they count once.
    missing : ndarray of shape (n_series,)
        How many values are NaN.
    """

    values: NDArray[np.floating]
    total: Vector
    missing: NDArray[np.int64]


def quantiles(
    series: Series,
    fractions: Vector,
    n_features: int,
    rows: RowSet = ALL_ROWS,
    asked_by: str = "",
    *,
    method: str = "linear",
    dtype: Any = np.float64,
    with_missing: bool = True,
) -> Algorithm[Quantiles]:
    """Exact quantiles of series: ``found = yield from quantiles(...)``.

    Parameters
    ----------
    series : Series
        The columns, weighted or within classes.
    fractions : ndarray of shape (n_fractions,)
        From 0 to 1: of percentages, what ``percentages / 100`` gives.
    n_features : int
        Columns of the data.
    rows : RowSet
    asked_by : str
    method : str
        Any that `numpy.quantile` takes by Hyndman and Fan, or "median", which is the mean of the
        two in the middle as `numpy.median` rounds it. For weights "inverted_cdf" and
        "averaged_inverted_cdf".
    dtype : dtype
        Of the data: values between two are rounded as NumPy does in it.
    with_missing : bool
        Whether values may be missing; an error for the rows otherwise.

    Notes
    -----
    **Passes**, **Cost** and **Error** as `order_statistics`. **Source** Hyndman, Fan (1996), Sample
    quantiles in statistical packages.
    """
    fractions = np.asarray(fractions, dtype=np.float64)
    first = first_ranks(
        series, n_features, len(fractions), rows, asked_by, with_missing=with_missing
    )
    share = _Share(fractions, method, series.weighted)
    found, ranked = yield from order_statistics(first, share.ranks)
    assert ranked.summary is not None
    total = ranked.summary.total
    below, above = np.split(found.astype(dtype, copy=False), 2, axis=1)
    mixed = share.mixed(below, above, total)
    return Quantiles(np.ascontiguousarray(mixed.T), total, ranked.missing)


def quantiles_of_rows(X: NDArray[np.floating], fractions: Vector) -> NDArray[np.floating]:
    """What ``numpy.nanpercentile(X, 100 * fractions, axis=0)`` gives, to the bit.

    One sort of a column is faster than to select a thousand order statistics of it.

    Returns
    -------
    ndarray of shape (n_fractions, n_columns)
        NaN for a column without values.
    """
    share = _Share(np.asarray(fractions, np.float64), "linear", False)
    found = []
    for column in X.T:
        values = np.sort(column)  # NaN last
        values = values[: len(values) - np.isnan(values).sum()]
        if not len(values):
            found.append(np.full((1, len(fractions)), np.nan))
            continue
        total = np.array([len(values)], np.float64)
        low, high, _ = share._places(total[:, np.newaxis])
        below, above = values[low.astype(np.intp)], values[high.astype(np.intp)]
        found.append(share.mixed(below, above, total))
    return np.ascontiguousarray(np.concatenate(found).T)


@dataclass(frozen=True)
class _Share:
    """Where fractions lie among the order statistics."""

    fractions: Vector
    method: str
    weighted: bool

    def ranks(self, ranked: Ranked) -> Vector:
        """The wanted weights of the lower values, then of the upper ones, as columns."""
        assert ranked.summary is not None
        total = ranked.summary.total[:, np.newaxis]
        if not self.weighted:
            return np.concatenate(self._places(total)[:2], axis=1)
        reached = self._reached(total)
        # the first value whose weight reaches, and the first whose weight exceeds it clearly
        clearly = reached + np.finfo(np.float64).eps
        return np.concatenate([np.nextafter(reached, -np.inf), clearly], axis=1)

    def mixed(
        self, below: NDArray[np.floating], above: NDArray[np.floating], total: Vector
    ) -> NDArray[np.floating]:
        """The quantiles from the lower and the upper values."""
        if self.weighted:
            return (below + above) / 2 if self.method == "averaged_inverted_cdf" else below
        if self.method == "median":
            return (below + above) / np.asarray(2, below.dtype)
        if self.method in _SINGLE:
            return below
        share = self._places(total[:, np.newaxis])[2]
        difference = above - below
        mixed = below + difference * share
        np.subtract(above, difference * (1 - share), out=mixed, where=share >= 0.5)
        return mixed

    def _reached(self, total: Vector) -> Vector:
        reached = self.fractions * total
        return np.where(reached == 0.0, np.nextafter(reached, reached + 1), reached)

    def _places(self, count: Vector) -> tuple[Vector, Vector, Vector]:
        """The numbers of the two order statistics, from 0, and the share of the second."""
        q = self.fractions
        last = np.maximum(count - 1, 0)
        if self.method in _SINGLE:
            place = count * q - 1 - (0.5 if self.method == "closest_observation" else 0.0)
            low = np.floor(place)
            stays = place == low
            if self.method == "closest_observation":
                stays &= low % 2 == 1
            low = np.clip(np.where(stays, low, low + 1), 0, last)
            return low, low, np.zeros(low.shape)
        if self.method in ("linear", "median"):
            place = (count - 1) * q
        elif self.method == "averaged_inverted_cdf":
            place = count * q - 1
        else:
            alpha, beta = _BETWEEN[self.method]
            place = count * q + (alpha + q * (1 - alpha - beta)) - 1
        low = np.floor(place)
        share = place - low
        if self.method == "averaged_inverted_cdf":
            share = np.where(share == 0.0, 0.5, 1.0)
        # beyond the ends there is the end alone
        share = np.where((place < 0) | (place >= last), 0.0, share)
        above = np.where(share == 0.0, low, low + 1)
        return np.clip(low, 0, last), np.clip(above, 0, last), share
