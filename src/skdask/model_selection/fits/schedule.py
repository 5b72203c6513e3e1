"""Groups and folds over the threads of this process, or over the workers of a cluster.

What nothing is known of goes first, then the longest: a group's time in one fold tells of its
others, so the last fits to run are short ones and no thread waits for long. Each fit has one
thread of BLAS and of OpenMP, as the fits are what runs in parallel.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sklearn import config_context, get_config

from skdask import config
from skdask.blocks.clients import active_client
from skdask.model_selection.fits.bench import Bench, Outcome
from skdask.model_selection.fits.groups import Group
from skdask.model_selection.fits.kept import KeptFits
from skdask.passes.blas import one_blas_thread, one_openmp_thread
from skdask.passes.thread_warnings import warnings_of_threads

Task = tuple[int, int]
Results = dict[Task, list[Outcome]]


def run_fits(
    bench: Bench, groups: Sequence[Group], threads: int, kept: KeptFits | None = None
) -> Results:
    """The outcomes of every group in every fold, by their numbers; those kept are not made."""
    client = active_client(config.get())
    found = Results() if kept is None else Results(kept.known)
    # fold by fold, so that of each group one is done before its second
    tasks = [(group, fold) for fold in range(len(bench.splits)) for group in range(len(groups))]
    tasks = [task for task in tasks if task not in found]
    if not tasks:
        return found
    try:
        if client is not None:
            return found | _on_cluster(client, bench, groups, tasks, kept)
        return found | _on_threads(bench, groups, threads, tasks, kept)
    finally:
        if kept is not None:
            kept.close()


class Queue:
    """Tasks yet to be done, the longest first as far as is known.

    Parameters
    ----------
    tasks : list of (group, fold)
    """

    def __init__(self, tasks: list[Task]) -> None:
        self._waiting = list(tasks)
        self._seconds: dict[int, float] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def take(self) -> Task | None:
        """The next task; None when there are none."""
        with self._lock:
            if self._stopped or not self._waiting:
                return None
            task = max(self._waiting, key=lambda task: self._seconds.get(task[0], float("inf")))
            self._waiting.remove(task)
            return task

    def done(self, task: Task, seconds: float) -> None:
        """Learn how long a task took."""
        with self._lock:
            self._seconds[task[0]] = seconds

    def stop(self) -> None:
        """Give out no more tasks."""
        self._stopped = True


def _on_threads(
    bench: Bench,
    groups: Sequence[Group],
    threads: int,
    tasks: list[Task],
    kept: KeptFits | None,
) -> Results:
    queue, results = Queue(tasks), Results()

    def work() -> None:
        while (task := queue.take()) is not None:
            started = time.perf_counter()
            try:
                results[task] = bench.outcomes(groups[task[0]], task[1])
            except BaseException:
                queue.stop()
                raise
            queue.done(task, time.perf_counter() - started)
            if kept is not None:
                kept.add(task, results[task])

    n_threads = max(1, min(threads, len(tasks)))
    with (
        one_blas_thread(),
        warnings_of_threads(),
        ThreadPoolExecutor(n_threads, "skdask-fits") as pool,
    ):
        working = [pool.submit(_settled(work, n_threads > 1)) for _ in range(n_threads)]
        for future in working:
            future.result()
    return results


def _settled(work: Callable[[], None], several: bool) -> Callable[[], Any]:
    """The work in the settings of the caller's thread."""
    settings, context = get_config(), contextvars.copy_context()

    def call() -> None:
        with config_context(**settings):
            if several:
                with one_openmp_thread():
                    work()
            else:
                work()

    return lambda: context.run(call)


def _on_cluster(
    client: Any, bench: Bench, groups: Sequence[Group], tasks: list[Task], kept: KeptFits | None
) -> Results:
    """One task a group and fold; the rows go to every worker once."""
    from distributed import as_completed

    there = client.scatter(bench, broadcast=True, hash=False)
    settings, results = get_config(), Results()
    futures = {
        client.submit(_on_worker, there, groups[group], fold, settings, pure=False): (group, fold)
        for group, fold in tasks
    }
    try:
        for future, outcomes in as_completed(list(futures), with_results=True):
            results[futures[future]] = outcomes
            if kept is not None:
                kept.add(futures[future], outcomes)
        return results
    finally:
        client.cancel([future for future in futures if not future.done()])


def _on_worker(bench: Bench, group: Group, fold: int, settings: Any) -> list[Outcome]:
    with config_context(**settings), one_blas_thread(), one_openmp_thread():
        return bench.outcomes(group, fold)
