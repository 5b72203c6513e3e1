"""A sample of rows in proportion to their squared distance from some centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skdask.rows import Rows
from skdask.statistics.base import Statistic
from skdask.statistics.lloyd import OfCentres, squared_distances
from skdask.statistics.sample import (
    Reservoir,
    SampledRows,
    exponential_keys,
    merged,
    not_finite,
    reservoir_bytes,
    take_in,
    uniform_numbers,
)


@dataclass(frozen=True)
class FarSample(OfCentres, Statistic[Reservoir, SampledRows]):
    """Rows drawn in proportion to weight times squared distance from the next centre.

    Rows that lie on a centre are never drawn, so there may be fewer than ``size``.

    Parameters
    ----------
    size : int
    seed : int

    Notes
    -----
    **Passes** 1: without replacement, so that no total is needed first. **Cost** as `LloydStep`,
    and a hash a row. **Source** Bahmani et al. (2012), Scalable k-means++; Efraimidis, Spirakis
    (2006).
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    size: int = 1
    seed: int = 0

    @property
    def weighted(self) -> bool:
        # weights make a row likelier, but two equal rows have two chances
        return False

    def zero(self) -> Reservoir:
        return Reservoir(np.empty(0), None, 0)

    def update(self, state: Reservoir, rows: Rows) -> Reservoir:
        uniform = uniform_numbers(rows, self.seed)
        for part, tile, weight in self.mapped.tiles(rows, len(self.centres)):
            mass = weight * squared_distances(tile, self.centres)
            keys = exponential_keys(uniform[part], mass)
            state = take_in(state, keys, rows.take(part), self.size)
        return state

    def merge(self, left: Reservoir, right: Reservoir) -> Reservoir:
        return merged(left, right, self.size)

    def value(self, state: Reservoir) -> SampledRows:
        return SampledRows(state.rows or Rows(0), state.count)

    def state_bytes(self, n_columns: int) -> int:
        return reservoir_bytes(self.size, n_columns)

    def suspect(self, state: Reservoir) -> bool:
        return not_finite(state)
