"""Models that learn on the threads of this process, each block read once for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

from skdask import config
from skdask.model_selection.incremental.course import Course
from skdask.model_selection.incremental.decisions import Targets
from skdask.model_selection.incremental.lesson import Lesson, Model, Scores
from skdask.passes import PassRecord
from skdask.passes.blas import one_blas_thread
from skdask.passes.thread_warnings import warnings_of_threads
from skdask.rows import bytes_of

# Models are kept at least so often while none is scored
KEPT_SECONDS = 30.0


class OnThreads:
    """Moves models along the blocks together.

    Parameters
    ----------
    course : Course
    lesson : Lesson
    models : dict of int to Model
    keep : callable or None
        Told of models that were trained, where a checkpoint is kept.

    Attributes
    ----------
    reads : int
        Blocks read.
    log : list of PassRecord
    """

    where = ""

    def __init__(
        self,
        course: Course,
        lesson: Lesson,
        models: dict[int, Model],
        keep: Callable[[dict[int, Model]], None] | None = None,
    ) -> None:
        self._course, self._lesson, self.models = course, lesson, models
        self._keep = keep
        self.reads = 0
        self.log: list[PassRecord] = []

    def advance(self, stops: Targets) -> dict[int, Scores]:
        """Scores of the models that stop first, trained up to there; the others go as far."""
        # all move on to where the first is to be scored, so that they stay on the same blocks
        near = min(stops.values())
        self._train({n: self.models[n] for n in stops}, near)
        scored = {n: self.models[n] for n, stop in stops.items() if stop == near}
        if self._keep is not None:
            self._keep({n: self.models[n] for n in stops})
        with (
            one_blas_thread(),
            warnings_of_threads(),
            ThreadPoolExecutor(config.get().threads) as pool,
        ):
            return dict(zip(scored, pool.map(self._lesson.score, scored.values()), strict=True))

    def trained(self, number: int, calls: int) -> Model:
        """A model after so many calls."""
        self._train({number: self.models[number]}, calls)
        return self.models[number]

    def close(self) -> None:
        """Nothing is left behind."""

    def _train(self, models: dict[int, Model], goal: int) -> None:
        lacking = {number: model for number, model in models.items() if model.calls < goal}
        if not lacking:
            return
        started, began, rows, n_bytes = time.perf_counter(), time.time(), 0, 0
        first = min(model.calls for model in lacking.values())
        kept_at = started
        with ExitStack() as stack:
            stack.enter_context(one_blas_thread())
            stack.enter_context(warnings_of_threads())
            pool = stack.enter_context(ThreadPoolExecutor(config.get().threads, "skdask-models"))
            reader = stack.enter_context(ThreadPoolExecutor(1, "skdask-reader"))
            blocks = self._course.blocks_of(list(range(first, goal)))
            for call, block in _ahead(blocks, reader):
                learning = [model for model in lacking.values() if model.calls == call]
                rows += block.n_rows
                n_bytes += bytes_of(block.X)
                list(pool.map(partial(_learn, self._lesson, block), learning))
                self.reads += 1
                if self._keep is not None and time.perf_counter() - kept_at > KEPT_SECONDS:
                    self._keep(lacking)
                    kept_at = time.perf_counter()
        what = f"partial_fit of {len(lacking)} models, calls {first} to {goal - 1}"
        seconds = time.perf_counter() - started
        self.log.append(PassRecord(what, len(lacking), rows, n_bytes, seconds, began=began))


def _learn(lesson: Lesson, block: Any, model: Model) -> None:
    lesson.learn(model, block)


def _ahead(blocks: Iterator[Any], reader: ThreadPoolExecutor) -> Iterator[Any]:
    """Blocks, the next one read while the one before is learnt from."""
    coming = reader.submit(next, blocks, None)
    while (block := coming.result()) is not None:
        coming = reader.submit(next, blocks, None)
        yield block
