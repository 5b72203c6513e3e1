"""The values of features at which a model is asked: scikit-learn's, of all rows.

Few distinct values, or categories, are values themselves; of many, so many equally spaced ones
between two percentiles, which are exact order statistics. Both are asked for in the same pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.blocks import Blocks
from skdask.passes import Algorithm, RowSet, ask, together
from skdask.passes.prefix import Prefix
from skdask.routes.steps import Select
from skdask.solvers.order_statistics import first_ranks, order_statistics
from skdask.statistics.distinct import Distinct
from skdask.statistics.ranks import Ranked
from skdask.statistics.series import Series

Vector = NDArray[np.float64]

# Of a category there may be as many values as a grid could still have points
MOST_CATEGORIES = 2**16


@dataclass(frozen=True)
class Axes:
    """What is to be known of the columns.

    Attributes
    ----------
    places : tuple of int
        The columns.
    categorical : frozenset of int
        Those whose values are categories.
    resolution : int
        Values of an axis of a column that has as many.
    percentiles : tuple of float
        Between which they lie.
    deciles : bool
        Whether the deciles of columns of numbers are wanted too.
    """

    places: tuple[int, ...]
    categorical: frozenset[int]
    resolution: int
    percentiles: tuple[float, float]
    deciles: bool = False

    def algorithm(self, data: Blocks, asked_by: str) -> Algorithm[FoundAxes]:
        """The values of each axis, of data whose columns of text are categories."""
        limits = tuple(
            MOST_CATEGORIES if place in self.categorical else self.resolution - 1
            for place in self.places
        )
        numbers = [p for p in self.places if p not in self.categorical and is_number(data, p)]
        shares = np.asarray(self.percentiles)
        if self.deciles:
            shares = np.concatenate([shares, np.arange(0.1, 1.0, 0.1)])
        asked: list[Algorithm[Any]] = [ask(Distinct(self.places, limits), asked_by=asked_by)]
        if numbers:
            asked.append(_plotting_quantiles(data, numbers, shares, asked_by))
        found = yield from together(asked)
        quantiles = dict(zip(numbers, found[1], strict=True)) if numbers else {}
        values = dict(zip(self.places, found[0], strict=True))
        axes = {place: self._axis(place, values[place], quantiles) for place in self.places}
        return FoundAxes(axes, {place: own[2:] for place, own in quantiles.items()})

    def _axis(
        self, place: int, values: NDArray[Any] | None, quantiles: dict[int, Vector]
    ) -> NDArray[Any]:
        if values is not None:
            return values
        if place in self.categorical:
            raise ValueError(
                f"column #{place} has more than {MOST_CATEGORIES:,} distinct values, too many for "
                "a categorical feature; give the ones to look at as custom_values"
            )
        if place not in quantiles:
            raise ValueError(
                f"column #{place} is none of numbers, and has {self.resolution} or more distinct "
                "values: name it in categorical_features"
            )
        low, high = quantiles[place][:2]
        if np.allclose(low, high):
            raise ValueError(
                "percentiles are too close to each other, unable to build the grid. Please choose "
                "percentiles that are further apart."
            )
        return np.linspace(low, high, num=self.resolution, endpoint=True)


@dataclass(frozen=True)
class FoundAxes:
    """Values by column, and deciles of columns of numbers, where they were wanted."""

    values: dict[int, NDArray[Any]]
    deciles: dict[int, Vector]


def is_number(data: Blocks, place: int) -> bool:
    """Whether a column is one of numbers."""
    if not data.table:
        return True
    assert data.template is not None
    return getattr(data.template.dtypes.iloc[place], "kind", "O") in "biuf"


def _plotting_quantiles(
    data: Blocks, places: Sequence[int], shares: Vector, asked_by: str
) -> Algorithm[Vector]:
    """Quantiles as `scipy.stats.mstats.mquantiles` has them, of shape (n_places, n_shares).

    Those of a column lie at (0.4, 0.4) of Hyndman and Fan's family, which has no name in NumPy.
    A missing value is one above all others, as it is when it is sorted.
    """
    names: list[Any] = list(places)
    if data.table:
        assert data.template is not None
        names = [data.template.columns[place] for place in places]
    prefix = Prefix(Select(names), None, len(places), 8 * len(places))
    first = first_ranks(Series(), len(places), 2 * len(shares), RowSet(prefix=prefix), asked_by)

    def positions(ranked: Ranked) -> tuple[NDArray[np.int64], Vector, Vector]:
        assert ranked.summary is not None
        known = ranked.summary.total
        count = (known + ranked.missing)[:, np.newaxis]
        place = count * shares + 0.4 + shares * 0.2
        lower = np.floor(np.clip(place, 1, np.maximum(count - 1, 1)))
        return lower.astype(np.int64), np.clip(place - lower, 0.0, 1.0), known

    def wanted(ranked: Ranked) -> Vector:
        lower, _, known = positions(ranked)
        ranks = np.concatenate([lower - 1, lower], axis=1).astype(np.float64)
        return np.clip(ranks, 0, np.maximum(known[:, np.newaxis] - 1, 0))

    values, ranked = yield from order_statistics(first, wanted)
    lower, share, known = positions(ranked)
    # of one value alone it is every quantile
    beyond = np.maximum(known[:, np.newaxis], 1)
    below = np.where(lower - 1 < beyond, values[:, : len(shares)], np.nan)
    alone = (known + ranked.missing)[:, np.newaxis] == 1
    above = np.where((lower < beyond) | alone, values[:, len(shares) :], np.nan)
    quantiles: Vector = (1.0 - share) * below + share * above
    return quantiles
