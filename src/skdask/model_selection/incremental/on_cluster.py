"""Models that learn on the workers of a cluster, each at its own pace.

A call of `partial_fit` is a task that needs a model and a block. Dask runs a task where most of
what it needs lies, and that is the block: so models move from worker to worker, and rows stay.
Models do not wait for each other. A block is read when the first model comes to it and let go
after the last one that is under way has had it. Which block a call is with is fixed, so models end
up with the same bits as on threads.
"""

from __future__ import annotations

import pickle
import queue
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cloudpickle
from distributed import Client, Future

from skdask.blocks.clients import workers_of
from skdask.exceptions import ReadError
from skdask.model_selection.incremental.course import Course, DrawnRows
from skdask.model_selection.incremental.decisions import Targets
from skdask.model_selection.incremental.lesson import Lesson, Model, Scores
from skdask.passes import PassRecord
from skdask.passes.blas import one_blas_thread, one_openmp_thread
from skdask.passes.cluster.dispatch import NUDGE_SECONDS
from skdask.passes.cluster.sent import sent_to
from skdask.passes.cluster.worker import hold
from skdask.passes.folds import NoFolds
from skdask.rows import Rows

# Calls of a model that are handed in at a time, so that it need not wait for this process
_AHEAD = 2


@dataclass
class _UnderWay:
    """A model that is being trained: how far it is to come, and how far it was handed in."""

    stop: int
    asked: int
    done: int
    scoring: bool = False


class OnCluster:
    """Moves models along the blocks on the workers of a client.

    Parameters
    ----------
    client : distributed.Client
    course, lesson, models, keep
        As for :class:`OnThreads`.
    name : str
        Of the search, for the dashboard.
    """

    def __init__(
        self,
        client: Client,
        course: Course,
        lesson: Lesson,
        models: dict[int, Model],
        keep: Callable[[dict[int, Model]], None] | None = None,
        name: str = "search",
    ) -> None:
        self._client, self._course, self.models, self._keep = client, course, models, keep
        self._name, self._run = name, uuid.uuid4().hex[:12]
        self._error_raises = lesson.error_score == "raise"
        workers = workers_of(client)
        self.where = f"{len(workers)} workers of {client.scheduler.address}"
        threads = sum(worker["nthreads"] for worker in workers.values())
        self._sent = sent_to(
            client, course.data, NoFolds(), True, max(1, threads), f"{name}-rows-{self._run}"
        )
        self._lesson = client.scatter(cloudpickle.dumps(lesson), broadcast=True, hash=False)
        # pickled here: what Dask hands over may lie across the boundaries of its arrays
        self._futures: dict[int, Any] = {n: cloudpickle.dumps(m) for n, m in models.items()}
        self._under_way: dict[int, _UnderWay] = {}
        self._blocks: dict[int, Future] = {}
        self._wanted: Counter[int] = Counter()
        self._done: queue.SimpleQueue[tuple[int, int, Future]] = queue.SimpleQueue()
        self._retried: Counter[str] = Counter()
        self.reads = 0
        self._calls = 0
        self._started, self._began = time.perf_counter(), time.time()

    @property
    def log(self) -> list[PassRecord]:
        """One record of all calls, as models overlap."""
        data, passes = self._course.data, self.reads / max(1, self._course.data.n_blocks)
        what = f"partial_fit of {len(self.models)} models, {self._calls:,} calls on the cluster"
        seconds = time.perf_counter() - self._started
        rows, n_bytes = int(passes * (data.n_rows or 0)), int(passes * (data.n_bytes or 0))
        return [
            PassRecord(
                what, len(self.models), rows, n_bytes, seconds, began=self._began, tasks=self._calls
            )
        ]

    def advance(self, stops: Targets) -> dict[int, Scores]:
        """Scores of the models that are there first; the others go on meanwhile."""
        for number, stop in stops.items():
            if number not in self._under_way:
                calls = self.models[number].calls
                self._under_way[number] = _UnderWay(stop, calls, calls)
                self._hand_in(number)
        scores: dict[int, Scores] = {}
        while not scores or not self._done.empty():
            number, call, future = self._next()
            found = self._settle(number, call, future)
            if found is not None:
                scores[number] = found
        return scores

    def trained(self, number: int, calls: int) -> Model:
        """A model after so many calls."""
        if self.models[number].calls < calls:
            self.advance({number: calls})
        there = self._futures[number]
        found: Model = pickle.loads(there.result() if isinstance(there, Future) else there)
        return found

    def close(self) -> None:
        """Let the cluster forget everything."""
        futures = [*self._futures.values(), *self._blocks.values(), self._lesson]
        for future in futures:
            if isinstance(future, Future):
                if not future.done() and self._client.status == "running":
                    self._client.cancel([future], force=True)
                future.release()
        self._futures.clear()
        self._blocks.clear()
        self._sent.release()

    def _hand_in(self, number: int) -> None:
        """The next calls of a model, or its score once it has made all of them."""
        state = self._under_way[number]
        while state.asked < min(state.stop, state.done + _AHEAD):
            call = state.asked
            block = self._block(call)
            future = self._submit("fit", _learn, self._lesson, self._futures[number], block)
            self._futures[number] = future
            self._watch(number, call, future)
            state.asked += 1
        if state.done == state.stop and not state.scoring:
            state.scoring = True
            keep = self._keep is not None
            future = self._submit("score", _score, self._lesson, self._futures[number], keep)
            self._watch(number, -1, future)

    def _submit(self, what: str, function: Any, *arguments: Any) -> Future:
        key = (f"{self._name}-{what}-{self._run}", uuid.uuid4().hex)
        return self._client.submit(function, *arguments, key=key, pure=False, retries=2)

    def _watch(self, number: int, call: int, future: Future) -> None:
        future.add_done_callback(lambda future: self._done.put((number, call, future)))

    def _next(self) -> tuple[int, int, Future]:
        while True:
            try:
                return self._done.get(timeout=NUDGE_SECONDS)
            except queue.Empty:
                if self._client.status != "running":
                    raise ConnectionError(
                        f"the client is {self._client.status}: the scheduler of the cluster cannot "
                        "be reached. Start it again and search again; with a checkpoint folder the "
                        "search goes on where it was."
                    ) from None
                # where all workers were lost at once the scheduler leaves tasks lying otherwise
                self._nudged = self._submit("nudge", hold, None)

    def _settle(self, number: int, call: int, future: Future) -> Scores | None:
        """What a task that is done means: a call made, or scores."""
        if future.status in ("pending", "lost"):
            # done, and lost with its worker before it was looked at: Dask runs it again
            self._watch(number, call, future)
            return None
        if future.status == "cancelled":
            raise ReadError(
                f"a task of {self._name} was cancelled on the cluster: were all workers lost? "
                "Search again; with a checkpoint folder the search goes on where it was."
            )
        if future.status == "error":
            error = future.exception()
            assert error is not None
            raise error
        state = self._under_way[number]
        if call < 0:
            del self._under_way[number]
            return self._scored(number, state.stop, pickle.loads(future.result()))
        state.done += 1
        self._calls += 1
        self._wanted[call] -= 1
        if not self._wanted[call]:
            del self._wanted[call]
            self._blocks.pop(call).release()
        self._hand_in(number)
        return None

    def _scored(self, number: int, calls: int, told: tuple[Any, ...]) -> Scores:
        scores, seconds, failure, kept = told
        model = self.models[number]
        model.calls, model.failure = calls, failure
        model.fit_seconds, model.score_seconds = seconds
        if self._keep is not None and kept is not None:
            self._keep({number: pickle.loads(kept)})
        found: Scores = scores
        return found

    def _block(self, call: int) -> Future:
        """The rows of a call's block, read once for all models that are about to come to it."""
        self._wanted[call] += 1
        if call not in self._blocks:
            unit, place = self._course.place_of(call)
            group = self._sent.group_of((unit,))
            self._blocks[call] = self._submit(
                "block",
                _read,
                list(group.parcels),
                unit,
                place,
                list(group.results),
                self._course.held_out,
            )
            self.reads += 1
        return self._blocks[call]


def _read(
    parcels: Sequence[Any], unit: int, place: int, results: Sequence[Any], held_out: DrawnRows
) -> Rows:
    """The training rows of a block, on the worker that reads it."""
    (parcel,) = parcels
    keys = parcel.reader.needs(parcel.of((unit,)))
    reader = parcel.reader.given(dict(zip(keys, results, strict=True)))
    block = next(islice(reader.read(unit), place, None))
    return held_out.without(block.numbered().rows)


def _learn(lesson: bytes, model: bytes, block: Rows) -> bytes:
    made: Model = pickle.loads(model)
    with one_blas_thread(), one_openmp_thread():
        pickle.loads(lesson).learn(made, block.aligned())
    return cloudpickle.dumps(made)


def _score(lesson: bytes, model: bytes, keep: bool) -> bytes:
    made: Model = pickle.loads(model)
    with one_blas_thread(), one_openmp_thread():
        scores = pickle.loads(lesson).score(made)
    seconds = made.fit_seconds, made.score_seconds
    return cloudpickle.dumps((scores, seconds, made.failure, model if keep else None))
