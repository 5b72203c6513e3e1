"""Parcels that were sent to a cluster: where they lie, and which groups of units that suggests.

A task is worth running where its rows are. Where every worker reads for itself, groups are aligned
subtrees of the merge tree; where rows lie on workers, a group is units of one worker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cloudpickle
import dask
from distributed import Client, Future

from skdask.blocks import Blocks
from skdask.blocks.partitioning import even_parts, weight_of
from skdask.passes.cluster.groups import aligned_groups, split_at
from skdask.passes.cluster.parcels import Parcel, parcels
from skdask.passes.cluster.worker import hold
from skdask.passes.folds import Folds

# Groups are as cut while the longest takes less than so many times the mean
_UNEVEN = 1.5


@dataclass(frozen=True, slots=True)
class Group:
    """Units that one task meets, with the futures of what it needs.

    Attributes
    ----------
    units : tuple of int
    parcels : tuple of Parcel, or of Future of one
        Of these units, in order.
    results : tuple of Future
        Results on the cluster from which the rows are made, parcel by parcel.
    """

    units: tuple[int, ...]
    parcels: tuple[Parcel | Future, ...]
    results: tuple[Future, ...]


class Sent:
    """The parcels of a run on a cluster.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._futures: list[Parcel | Future] = []
        self._told: frozenset[str] = frozenset()
        self._units: list[range] = []
        # what reading takes beside the parcel, by unit
        self._needs: dict[int, tuple[Any, ...]] = {}
        self._results: dict[Any, Future] = {}

    def add(self, parcel: Parcel, future: Parcel | Future) -> None:
        """Keep where a parcel lies, and of the parcel itself only what scheduling asks for."""
        self._futures.append(future)
        self._units.append(parcel.units)
        for unit in parcel.units:
            needs = parcel.reader.needs((unit,))
            if needs:
                self._needs[unit] = needs
                for key in needs:
                    self._results[key] = Future(key, self._client)

    def release(self) -> None:
        """Let the cluster forget the parcels, whoever still holds this object."""
        for future in (*self._futures, *self._results.values()):
            if isinstance(future, Future):
                future.release()
        self._futures.clear()
        self._results.clear()

    def groups(
        self,
        blocks: Blocks,
        wanted: int,
        workers: frozenset[str],
        heavy: Mapping[int, float],
    ) -> list[Group]:
        """The units of all parcels in about so many groups.

        Those that are heavy are so many times the work of others.
        """
        if len(self._units) == 1 and not self._needs:
            self._tell(workers)
            return [self._group(tuple(g)) for g in aligned_groups(blocks.units, wanted)]
        by_worker: dict[str, list[int]] = defaultdict(list)
        for unit, worker in enumerate(self._workers()):
            by_worker[worker].append(unit)
        n_units = len(blocks.units)
        groups: list[Group] = []
        for worker, units in sorted(by_worker.items()):
            count = -(-wanted * len(units) // n_units)
            if worker:
                parts = even_parts(units, count, heavy)
                groups += [self._group(part) for part in _long_ones_first(parts, heavy)]
            else:
                groups += self._unplaced(blocks, set(units), wanted)
        return groups

    def group_of(self, units: tuple[int, ...]) -> Group:
        """These units, with what reading them takes."""
        return self._group(units)

    def _tell(self, workers: frozenset[str]) -> None:
        """Give every worker the one parcel, else the scheduler prefers those that have it."""
        (future,) = self._futures
        if isinstance(future, Future) and workers and not workers <= self._told:
            try:
                self._client.replicate([future])
            except ValueError:
                # the last worker has just gone: it is told when there are some
                return
            self._told = workers

    def _unplaced(self, blocks: Blocks, units: set[int], wanted: int) -> list[Group]:
        """Groups of units that lie on no worker yet: of one parcel each, which settles there."""
        bounds = [parcel.start for parcel in self._units]
        found = []
        for group in split_at(aligned_groups(blocks.units, wanted), bounds):
            mine = tuple(unit for unit in group if unit in units)
            if mine:
                found.append(self._group(mine))
        return found

    def _group(self, units: tuple[int, ...]) -> Group:
        wanted = set(units)
        parcels = [n for n, own in enumerate(self._units) if not wanted.isdisjoint(own)]
        results: list[Future] = []
        for number in parcels:
            own = [unit for unit in self._units[number] if unit in wanted]
            # in the order in which the parcel's reader will ask for them
            keys = dict.fromkeys(key for unit in own for key in self._of(unit))
            results += [self._results[key] for key in keys]
        return Group(units, tuple(self._futures[n] for n in parcels), tuple(results))

    def _of(self, unit: int) -> tuple[Any, ...]:
        return self._needs.get(unit, ())

    def _workers(self) -> list[str]:
        """The worker that holds the rows of each unit, "" for none."""
        held = [future for future in self._futures if isinstance(future, Future)]
        holders = self._client.who_has([*self._results.values(), *held])
        workers = []
        for parcel, future in zip(self._units, self._futures, strict=True):
            of_parcel = ""
            if isinstance(future, Future):
                of_parcel = next(iter(holders.get(future.key, ())), "")
            for unit in parcel:
                keys = self._of(unit)
                own = next((holders[key][0] for key in keys if holders.get(key)), of_parcel)
                workers.append(own)
        return workers


def _long_ones_first(
    parts: list[tuple[int, ...]], heavy: Mapping[int, float]
) -> list[tuple[int, ...]]:
    """Parts of one worker's units in their order, unless all may wait for one in the end."""
    took = [weight_of(part, heavy) for part in parts]
    if max(took) <= _UNEVEN * sum(took) / len(took):
        return parts
    return [parts[number] for number in sorted(range(len(parts)), key=lambda n: -took[n])]


# Parameters up to this size go with every task; larger ones to a worker once, from which the
# others take them
WITH_EVERY_TASK_BYTES = 2**16


def sent_to(
    client: Client,
    blocks: Blocks,
    folds: Folds,
    features: bool,
    threads: int,
    name: str,
    small: int = WITH_EVERY_TASK_BYTES,
) -> Sent:
    """Send what reading all units takes.

    Parameters
    ----------
    client : distributed.Client
    blocks : Blocks
    folds : Folds
    features : bool
        Whether features are read.
    threads : int
        Of all workers.
    name : str
        Of the tasks.
    small : int
        Bytes up to which the one parcel of all units goes with every task, which then runs as well
        on any worker.
    """
    sent = Sent(client)
    # rows in a graph are meant to be there
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
        for number, parcel in enumerate(parcels(blocks, folds, features, threads)):
            whole = len(parcel.units) == len(blocks.units)
            if whole and len(cloudpickle.dumps(parcel)) <= small:
                sent.add(parcel, parcel)
                continue
            # not bound to a worker, however loosely: the scheduler leaves such a task lying
            # where all workers are lost at once and others come
            sent.add(parcel, client.submit(hold, parcel, key=(name, number), pure=False))
    return sent
