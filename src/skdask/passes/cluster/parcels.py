"""Parcels: what a worker of a cluster needs to read some units, sent once a run.

Files are read by the workers themselves, so one parcel of paths and metadata serves all units.
Rows that this process holds, numbers of folds, and the tasks of a Dask collection are cut into
parcels of a few units each. Results that lie on the cluster already do not travel in parcels: a
task that needs them says so, and runs where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from skdask.blocks import Blocks
from skdask.blocks.partitioning import parcels_of
from skdask.blocks.reader import Reader
from skdask.passes.folds import Folds


@dataclass(frozen=True, slots=True)
class Parcel:
    """Some units, and how they are read and sorted into folds.

    Attributes
    ----------
    units : range
    reader : Reader
        Of these units at least.
    folds : Folds
        Of their rows at least.
    """

    units: range
    reader: Reader
    folds: Folds

    def of(self, units: Iterable[int]) -> tuple[int, ...]:
        """Those of some units that are this parcel's."""
        return tuple(unit for unit in units if unit in self.units)


def parcels(blocks: Blocks, folds: Folds, features: bool, at_least: int) -> Iterator[Parcel]:
    """The parcels of all units, in order.

    Parameters
    ----------
    blocks : Blocks
    folds : Folds
    features : bool
        Whether passes with these parcels read features.
    at_least : int
        Parcels that should be there, where units allow, so that every worker gets some.
    """
    n_units = len(blocks.units)
    if not blocks.reader.is_held and not folds.is_held:
        yield Parcel(range(n_units), blocks.reader, folds)
        return
    for units in parcels_of(n_units, blocks.sent_bytes(), at_least):
        part_of_folds = folds
        first = blocks.first_row(units[0])
        if first is not None:
            stop = blocks.first_row(units[-1] + 1) if units[-1] + 1 < n_units else blocks.n_rows
            part_of_folds = folds.part(first, stop or 0)
        yield Parcel(units, blocks.reader.part(units, features), part_of_folds)
