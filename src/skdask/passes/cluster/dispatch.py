"""Seeing the tasks of one pass through, whatever happens to the workers.

Dask runs again what a lost worker had, some times. Here a group that Dask has given up, because
workers died under it, is handed in again; one that fails once is too, since another worker may be
luckier; and what is wrong with the rows ends the pass.
"""

from __future__ import annotations

import queue
import time
import uuid
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import dask
from distributed import Client, Future, KilledWorker

from skdask.exceptions import ReadError, SkdaskError
from skdask.passes.cluster.sent import Group
from skdask.passes.cluster.worker import Found, hold, join, meet_group
from skdask.passes.unit import FINAL

# A group under which workers died is given to others so often; Dask itself tries some times each
LOST_ATTEMPTS = 5
# One that fails although its rows may be fine: once more, elsewhere
FAILED_ATTEMPTS = 2

# States of groups that a worker merges at once
JOINED_AT_ONCE = 4

# How long a pass waits for any group before it looks whether the scheduler is stuck
NUDGE_SECONDS = 2.0

# How long a pass waits for a worker until it says so, and then each time again
PATIENCE_SECONDS = 30.0


class Dispatch:
    """The tasks of one pass.

    Parameters
    ----------
    client : distributed.Client
    job : Job or Future of one
    name : str
        Of the tasks, for people; they are told apart by what follows its last "-".
    """

    def __init__(self, client: Client, job: Any, name: str) -> None:
        self._client = client
        self._job = job
        self._name = name
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._groups: dict[Any, int] = {}
        self._running: dict[int, Future] = {}
        self._tries: Counter[int] = Counter()
        self._number = count()
        self._nudged: Future | None = None

    def run(self, groups: Sequence[Group], *, gather: bool) -> Iterator[Found]:
        """The states of the groups as they are done; where they are large, merged by workers.

        Raises
        ------
        SkdaskError
            What is wrong with the rows or the storage.
        """
        self._submit(range(len(groups)), groups)
        finished: dict[int, Future] = {}
        while len(finished) < len(groups):
            done = self._next(len(groups) - len(finished))
            fine: list[int] = []
            for future in done:
                number = self._groups.pop(future.key, None)
                if number is None:
                    continue
                if future.status == "finished":
                    finished[number] = future
                    fine.append(number)
                elif future.status in ("pending", "lost"):
                    # done, and lost with its worker before it was looked at: Dask runs it again
                    self._watch(number, future)
                else:
                    self._again(number, future, groups)
            if gather and fine:
                yield from self._client.gather([finished[number] for number in fine])
        if not gather:
            yield self._client.gather(self._joined([finished[n] for n in range(len(groups))]))

    def cancel(self) -> None:
        """Give up what is still to be done; nothing of the pass stays on the cluster.

        Futures are released one by one: the traceback of an error would hold them.
        """
        pending = [future for future in self._running.values() if not future.done()]
        if pending and self._client.status == "running":
            self._client.cancel(pending, force=True)
        for future in (*self._running.values(), self._nudged):
            if future is not None:
                future.release()
        self._running.clear()

    def _submit(self, numbers: Sequence[int], groups: Sequence[Group]) -> None:
        keys = [(self._name, next(self._number)) for _ in numbers]
        futures = self._client.map(
            meet_group,
            [self._job] * len(keys),
            [list(groups[number].parcels) for number in numbers],
            [groups[number].units for number in numbers],
            [list(groups[number].results) for number in numbers],
            key=keys,
            pure=False,
            **_annotations(),
        )
        for number, future in zip(numbers, futures, strict=True):
            self._watch(number, future)

    def _watch(self, number: int, future: Future) -> None:
        self._groups[future.key] = number
        self._running[number] = future
        future.add_done_callback(self._done.put)

    def _next(self, most: int) -> list[Future]:
        """The next groups that are done, at least one; waits for workers as long as it takes."""
        waited = time.monotonic()
        while True:
            try:
                done = [self._done.get(timeout=NUDGE_SECONDS)]
                break
            except queue.Empty:
                self._nudge()
                if time.monotonic() - waited > PATIENCE_SECONDS:
                    waited = time.monotonic()
                    self._say_who_is_missing()
        while len(done) < most:
            try:
                done.append(self._done.get_nowait())
            except queue.Empty:
                break
        return done

    def _nudge(self) -> None:
        """Hand in a task of no work, so that the scheduler looks at its queue again.

        Where all workers were lost at once it leaves tasks queued although others have come
        (distributed 2026.8), until anything else happens.
        """
        if self._client.status == "running":
            key = (f"{self._name.rpartition('-')[0]}-nudge-{uuid.uuid4().hex}", 0)
            self._nudged = self._client.submit(hold, None, key=key, pure=False)

    def _check_connection(self) -> None:
        if self._client.status != "running":
            raise ConnectionError(
                f"the client is {self._client.status}: the scheduler of the cluster cannot be "
                "reached. Start it again and fit again; with a checkpoint folder the fit goes on "
                "where it was."
            )

    def _say_who_is_missing(self) -> None:
        self._check_connection()
        if not self._client.nthreads():
            warnings.warn(
                f"{self._name} waits for a worker: the cluster has none at the moment. Start "
                "workers, or interrupt the fit.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _again(self, number: int, future: Future, groups: Sequence[Group]) -> None:
        """Hand a group in again, or raise where that would not help."""
        self._check_connection()
        self._tries[number] += 1
        tries = self._tries[number]
        if future.status == "cancelled":
            error: BaseException | None = None
            most = LOST_ATTEMPTS
        else:
            error = future.exception()
            most = LOST_ATTEMPTS if isinstance(error, KilledWorker) else FAILED_ATTEMPTS
            if isinstance(error, (*FINAL, ReadError)):
                raise error
        if tries >= most:
            raise _given_up(number, groups[number], tries, error)
        self._revive(groups[number])
        self._submit([number], groups)

    def _revive(self, group: Group) -> None:
        """Have what the group needs made again where Dask has given that up.

        A parcel is the victim of workers that die while they hold it, never the cause; left as it
        is, every group of it would fail however often it is handed in.
        """
        needed = [each for each in (self._job, *group.parcels) if isinstance(each, Future)]
        given_up = [future for future in needed if future.status == "error"]
        if given_up:
            self._client.retry(given_up)

    def _joined(self, futures: list[Future]) -> Future:
        """One future of what all of these have found, merged by workers."""
        while len(futures) > 1:
            few = [
                futures[start : start + JOINED_AT_ONCE]
                for start in range(0, len(futures), JOINED_AT_ONCE)
            ]
            prefix, _, token = self._name.rpartition("-")
            futures = self._client.map(
                join,
                [self._job] * len(few),
                few,
                key=[(f"{prefix}-merge-{token}{uuid.uuid4().hex[:8]}", n) for n in range(len(few))],
                pure=False,
                **_annotations(),
            )
        return futures[0]


def _annotations() -> dict[str, Any]:
    """What `dask.annotate` says of where tasks may run."""
    known = ("workers", "resources", "priority", "allow_other_workers")
    return {key: value for key, value in dask.get_annotations().items() if key in known}


def _given_up(number: int, group: Group, tries: int, error: BaseException | None) -> BaseException:
    units = (
        f"units {group.units[0]} to {group.units[-1]} of the blocks (group {number} of the pass)"
    )
    if error is not None and "No module named 'skdask'" in str(error):
        return ModuleNotFoundError(
            "the workers of the cluster have no scikit-dask: install it there "
            "(pip install scikit-dask), or set skdask.config.set(client=False) to fit on the "
            "threads of this machine"
        )
    if error is None or isinstance(error, KilledWorker):
        return _lost(units, tries, error)
    if isinstance(error, SkdaskError):
        return error
    failed = ReadError(
        f"{type(error).__name__}: {error}. It happened {tries} times for {units}; mend the cause "
        "and fit again."
    )
    failed.__cause__ = error
    return failed


def _lost(units: str, tries: int, error: BaseException | None) -> BaseException:
    lost = ReadError(
        f"workers were lost {tries} times over while they met {units}: they may run out of memory "
        "(give workers more, or set a smaller skdask.config.set(memory_limit=...)), or these rows "
        "crash what reads them; the logs of the workers say more."
    )
    lost.__cause__ = error
    return lost
