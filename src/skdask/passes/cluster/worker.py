"""What runs on the workers of a cluster: groups of units into states of subtrees, and their merges.

A task loops over its units as a thread of the embedded executor does, so that the bits are the
same. A worker has no more of them at work than the memory projection allows.
"""

from __future__ import annotations

import pickle
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cloudpickle
from distributed import get_worker

from skdask.blocks.cache import BlockCache
from skdask.passes.blas import one_blas_thread
from skdask.passes.cluster.parcels import Parcel
from skdask.passes.memory import process_memory
from skdask.passes.meter import Cost, Meter
from skdask.passes.scan import Scan
from skdask.passes.tree import MergeTree
from skdask.passes.unit import meet_unit


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done with every group of a pass.

    Attributes
    ----------
    scan : bytes
        A pickled `Scan`, of which every task makes its own.
    n_blocks : int
        Of the data.
    threads : int
        Groups that one worker may have at work.
    run : str
        Tells runs apart.
    cache : BlockCache or None
        What the pass is told about cached blocks.
    """

    scan: bytes
    n_blocks: int
    threads: int
    run: str
    cache: BlockCache | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """States of subtrees of the merge tree and what they cost.

    The states are pickled here rather than by Dask, which would hand over arrays that lie across
    their own boundaries: NumPy meets such ones in another order.

    Attributes
    ----------
    states : bytes
    costs : tuple of Cost
    seconds : dict
        What each unit took, by worker.
    """

    states: bytes
    costs: tuple[Cost, ...]
    seconds: dict[str, dict[int, float]]

    @classmethod
    def of(
        cls, tree: MergeTree[Any], costs: Iterable[Cost], seconds: dict[str, dict[int, float]]
    ) -> Found:
        return cls(cloudpickle.dumps(tree.subtrees()), tuple(costs), seconds)

    def add_to(self, tree: MergeTree[Any]) -> None:
        """Add the states to a tree that may have their siblings."""
        for (level, node), state in pickle.loads(self.states).items():
            tree.add(node, state, level)


def hold(value: Any) -> Any:
    """A value on a worker, made again by the scheduler where that worker is lost."""
    return value


def meet_group(
    job: Job, parcels: Sequence[Parcel], units: Sequence[int], results: Sequence[Any]
) -> Found:
    """Meet some units.

    Parameters
    ----------
    job : Job
    parcels : sequence of Parcel
        Those of the units, in order.
    units : sequence of int
    results : sequence
        What the readers of the parcels need for them, in their order.
    """
    here = _run_here(job)
    scan: Scan = pickle.loads(job.scan)
    tree: MergeTree[Any] = MergeTree(job.n_blocks, scan.merge)
    given = iter(results)
    seconds: dict[int, float] = {}
    with here.room, one_blas_thread():
        meter = Meter(here.start_rss, where=_name())
        for parcel in parcels:
            own = parcel.of(units)
            if parcel.reader.cache is not None and job.cache is not None:
                parcel.reader.cache.follow(job.cache)
            keys = parcel.reader.needs(own)
            reader = parcel.reader.given({key: next(given) for key in keys})
            leaf = scan.within(parcel.folds).leaf
            for unit in own:
                started = time.perf_counter()
                meet_unit(reader, unit, leaf, tree, meter, scan.needs_features)
                seconds[unit] = time.perf_counter() - started
            meter.look_at(parcel.reader.cache)
        meter.merge_seconds = tree.seconds
    return Found.of(tree, [meter.cost()], {meter.where: seconds})


def join(job: Job, found: Sequence[Found]) -> Found:
    """Merge what siblings there are among the subtrees of several groups."""
    scan: Scan = pickle.loads(job.scan)
    tree: MergeTree[Any] = MergeTree(job.n_blocks, scan.merge)
    with one_blas_thread():
        for each in found:
            each.add_to(tree)
    seconds: dict[str, dict[int, float]] = defaultdict(dict)
    for each in found:
        for where, took in each.seconds.items():
            seconds[where] |= took
    return Found.of(tree, [cost for each in found for cost in each.costs], dict(seconds))


def _name() -> str:
    worker = get_worker()
    return f"worker {worker.name}"


@dataclass(frozen=True, slots=True)
class _RunHere:
    """What this worker knows of a run: its memory before, and how many groups may be at work."""

    start_rss: int
    room: threading.BoundedSemaphore


_runs: OrderedDict[tuple[str, int], _RunHere] = OrderedDict()
_lock = threading.Lock()
# a worker that serves many runs forgets the oldest
_MOST_RUNS = 32


def _run_here(job: Job) -> _RunHere:
    key = (job.run, job.threads)
    with _lock:
        if key not in _runs:
            _runs[key] = _RunHere(process_memory(), threading.BoundedSemaphore(job.threads))
            while len(_runs) > _MOST_RUNS:
                _runs.popitem(last=False)
        return _runs[key]
