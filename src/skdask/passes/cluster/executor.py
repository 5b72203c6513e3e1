"""The executor for a Dask cluster."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

import cloudpickle
from distributed import Client, Future

from skdask.blocks import Blocks
from skdask.blocks.clients import workers_of
from skdask.blocks.partitioning import Measured, groups_wanted, guessed_seconds
from skdask.config import Config
from skdask.passes.cluster.dispatch import Dispatch
from skdask.passes.cluster.sent import WITH_EVERY_TASK_BYTES, Sent, sent_to
from skdask.passes.cluster.worker import Job, hold
from skdask.passes.executor import Capacity
from skdask.passes.folds import NoFolds
from skdask.passes.meter import Meter
from skdask.passes.scan import Scan
from skdask.passes.tree import MergeTree

# States of all groups up to this size are merged here, larger ones by workers
MERGED_HERE_BYTES = 32 * 2**20


class ClusterExecutor:
    """Passes on the workers of a distributed client, for one run.

    The tasks of a pass are handed to Dask's scheduler all at once: it gives a worker the next
    group when it has done one, prefers workers that hold the rows, calls for more workers where
    the cluster adapts, and runs again what a lost worker had. The merge tree is fixed by the data,
    so the bits are those of any other executor.

    Parameters
    ----------
    client : distributed.Client

    Notes
    -----
    The memory limit of the settings is that of each worker; without one it is half of the worker's
    own limit.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._run = uuid.uuid4().hex
        self._threads: dict[str, int] = {}
        self._sent: dict[bool, Sent] = {}
        self._measured = Measured()

    def capacity(self, settings: Config) -> Capacity:
        workers = workers_of(self._client)
        self._threads = {address: worker["nthreads"] for address, worker in workers.items()}
        budget = settings.memory_limit
        if budget is None:
            limits = [worker["memory_limit"] for worker in workers.values()]
            budget = min((limit for limit in limits if limit), default=2 * settings.budget) // 2
        return Capacity(
            threads=max(self._threads.values(), default=1),
            budget=budget,
            where=(
                f"{len(workers)} worker{'' if len(workers) == 1 else 's'} of "
                f"{self._client.scheduler.address}"
            ),
            workers=len(workers),
        )

    def scan(self, blocks: Blocks, scan: Scan, meter: Meter, *, threads: int, name: str) -> Any:
        features = scan.needs_features
        meter.threads = max(1, sum(min(threads, count) for count in self._threads.values()))
        if features not in self._sent:
            self._sent[features] = self._send(blocks, scan, meter.threads, name)
        measured = self._measured
        kind = scan.describe()
        seconds = measured.like(features, kind)
        wanted = groups_wanted(
            blocks.n_blocks,
            meter.threads,
            _expected(blocks, measured, features) if seconds is None else seconds,
            measured=seconds is not None,
        )
        heavy = measured.heavy(features)
        groups = self._sent[features].groups(blocks, wanted, frozenset(self._threads), heavy)
        meter.tasks = len(groups)
        # folds go with the parcels
        plan = cloudpickle.dumps(scan.within(NoFolds()))
        job = Job(plan, blocks.n_blocks, threads, self._run, blocks.cache)
        token = uuid.uuid4().hex[:16]
        dispatch = Dispatch(self._client, self._broadcast(job, name, token), f"{name}-{token}")
        tree: MergeTree[Any] = MergeTree(blocks.n_blocks, scan.merge)
        n_columns = blocks.n_features + blocks.n_targets
        took: dict[str, dict[int, float]] = defaultdict(dict)
        large = len(groups) * scan.state_bytes(n_columns) > MERGED_HERE_BYTES
        try:
            for found in dispatch.run(groups, gather=not large):
                found.add_to(tree)
                for where, seconds_of in found.seconds.items():
                    took[where] |= seconds_of
                for cost in found.costs:
                    meter.absorb(cost)
        finally:
            dispatch.cancel()
        measured.note(features, kind, meter.busy_seconds, took.values())
        meter.merge_seconds += tree.seconds
        return tree.root()

    def end(self) -> None:
        for sent in self._sent.values():
            sent.release()
        self._sent.clear()
        self._measured = Measured()
        # keys of the next run must not meet those of this one while they are released
        self._run = uuid.uuid4().hex

    def _broadcast(self, job: Job, name: str, token: str) -> Job | Future:
        if len(job.scan) <= WITH_EVERY_TASK_BYTES:
            return job
        return self._client.submit(hold, job, key=f"{name}-parameters-{token}", pure=False)

    def _send(self, blocks: Blocks, scan: Scan, threads: int, name: str) -> Sent:
        what = name.split("-pass-")[0]
        features = scan.needs_features
        kind = "rows" if features else "targets"
        key = f"{what}-{kind}-{self._run[:16]}"
        return sent_to(
            self._client, blocks, scan.folds, features, threads, key, WITH_EVERY_TASK_BYTES
        )


def _expected(blocks: Blocks, measured: Measured, features: bool) -> float:
    """What a pass of a kind that was not met before is taken to cost."""
    seconds = measured.about(features)
    return guessed_seconds(blocks.n_blocks, blocks.block_bytes) if seconds is None else seconds
