"""The engine: run algorithms together over the data, in as few passes as their longest needs.

All algorithms are advanced until each waits for something unknown. What they wait for is put into
one pass: equal requests once, what follows from known statistics not at all. Then every algorithm
gets its answers and the next round begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import DataError
from skdask.passes.blas import one_blas_thread
from skdask.passes.caching import Caching
from skdask.passes.checkpoint import RunLog, resumable
from skdask.passes.choose import executor_for
from skdask.passes.collect import collect
from skdask.passes.executor import Executor, InOrderExecutor
from skdask.passes.folds import Folds, NoFolds
from skdask.passes.knowledge import Knowledge
from skdask.passes.memory import process_memory, project
from skdask.passes.meter import Meter
from skdask.passes.progress import PassProgress
from skdask.passes.report import FitReport, PassRecord, without_inner_spans
from skdask.passes.request import Algorithm, Live, Outlook, Request
from skdask.passes.scan import PassState, Scan

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Run(Generic[Result]):
    """The results of algorithms in their order, and what getting them cost."""

    results: list[Result]
    report: FitReport


def run(
    algorithms: Sequence[Algorithm[Result]],
    blocks: Blocks,
    *,
    what: str,
    of: Any = None,
    folds: Folds | None = None,
    knowledge: Knowledge | None = None,
    executor: Executor | None = None,
    once: bool = False,
    verbose: bool = False,
    around_pass: Callable[[], AbstractContextManager[None]] | None = None,
) -> Run[Result]:
    """Run algorithms over the same blocks, sharing every pass.

    Parameters
    ----------
    algorithms : sequence of generators
        Each yields tuples of `Request` and returns its result.
    blocks : Blocks
    what : str
        The name of the run in its progress and report.
    of : estimator or mapping, optional
        What the run is of, with everything that its answer depends on beside the data. By this,
        and by the data, a run is recognised in a checkpoint folder.
    folds : Folds, optional
        To which fold rows belong; all to one by default.
    knowledge : Knowledge, optional
        What is known of these blocks and folds from an earlier run; it is added to.
    executor : Executor, optional
        By default the cluster of the client in force, else threads of this process.
    once : bool, default=False
        Whether the algorithms are known to take one pass, so that nothing is cached for another.
    verbose : bool
        Show progress from the start, where somebody looks, also of a short run.
    around_pass : callable, optional
        Gives a context that is entered for every pass.

    Returns
    -------
    Run

    Raises
    ------
    DataError
        Where rows cannot be used, naming block and column.
    MemoryBudgetError
        Before a pass that is projected to exceed the budget.
    CheckpointError
        Where the checkpoint folder is of another run, or in use.
    """
    session = _Session(
        blocks,
        what,
        folds or NoFolds(),
        knowledge,
        executor or executor_for(config.get()),
        Caching(blocks, once=once),
        verbose,
    )
    session.around_pass = around_pass or nullcontext
    return session.run(algorithms, of)


class _Session:
    """The state of one run: the log of its passes and its clocks."""

    def __init__(
        self,
        blocks: Blocks,
        what: str,
        folds: Folds,
        knowledge: Knowledge | None,
        executor: Executor,
        caching: Caching,
        at_once: bool = False,
    ) -> None:
        self.around_pass: Callable[[], AbstractContextManager[None]] = nullcontext
        settings = config.get()
        self._blocks = blocks
        self._what = what
        self._folds = folds
        if knowledge is None:
            knowledge = Knowledge(blocks.n_features, folds.n_folds, folds.layers)
        if knowledge.n_folds != folds.n_folds:
            raise ValueError(
                f"the knowledge is of {knowledge.n_folds} fold(s), the run of {folds.n_folds}"
            )
        self._knowledge = knowledge
        self._executor = executor
        self._caching = caching
        self._settings = settings
        self._capacity = executor.capacity(settings)
        self._own_start = self._start_rss = self._peak_rss = process_memory()
        self._projected = 0
        self._threads = 1
        self._log: list[PassRecord] = []
        self._read = self._compute = self._merge = 0.0
        self._retries: list[str] = []
        self._progress = PassProgress(what, self._capacity.budget, at_once)
        self._checkpoint: RunLog | None = None

    def run(self, algorithms: Sequence[Algorithm[Result]], of: Any) -> Run[Result]:
        started = time.perf_counter()
        well = False
        try:
            # one thread of BLAS for the solvers too: their bits must not follow the cores either
            with (
                resumable(self._settings, self._what, of, self._blocks, self._folds) as checkpoint,
                one_blas_thread(),
            ):
                self._checkpoint = checkpoint
                results = self._drive(algorithms)
            well = True
        finally:
            self._executor.end()
            self._progress.end(well)
        self._saw_memory(self._own_start, process_memory())
        report = self._report(time.perf_counter() - started)
        collect(report)
        return Run(results, report)

    def _drive(self, algorithms: Sequence[Algorithm[Result]]) -> list[Result]:
        live = Live(algorithms)
        moving: dict[Request, Any] = {}

        def known(request: Request) -> bool:
            return request in moving or self._knowledge.covers(request)

        def answer(request: Request) -> Any:
            return moving[request] if request in moving else self._knowledge.answer(request)

        while True:
            live.advance_known(known, answer)
            if not live.waiting:
                return live.results()
            asked = dict.fromkeys(live.requests())
            # of the last pass only what is still waited for is kept
            moving = {request: moving[request] for request in asked if request in moving}
            unknown = [request for request in asked if not known(request)]
            with self.around_pass():
                moving |= self._scan(unknown, live.outlook())

    def _scan(self, requests: list[Request], outlook: Outlook | None) -> dict[Request, Any]:
        """One pass; values of the moving requests, the reusable ones are learnt."""
        scan = Scan(requests, self._folds, self._blocks.feature_names)
        state = self._replay(scan, requests)
        if state is None:
            state = self._read_data(scan, requests, outlook)
        return {
            request: request.statistic.value(
                state.moving[request] if request in state.moving else request.statistic.zero()
            )
            for request in scan.moving
            if not request.statistic.reusable
        }

    def _replay(self, scan: Scan, requests: list[Request]) -> PassState | None:
        """The states of the pass from the checkpoint, where it has them."""
        started = time.perf_counter()
        found = None if self._checkpoint is None else self._checkpoint.replay(scan, requests)
        if found is None:
            return None
        state, rows = found
        self._learn(scan, state, rows)
        seconds = time.perf_counter() - started
        record = PassRecord(scan.describe(), len(requests), rows, 0, seconds, replayed=True)
        self._log.append(record)
        return state

    def _read_data(self, scan: Scan, requests: list[Request], outlook: Outlook | None) -> PassState:
        """Read the data once."""
        blocks, started = self._blocks, time.perf_counter()
        executor = InOrderExecutor() if scan.in_order else self._executor
        # workers may have come or gone since the last pass
        self._capacity = executor.capacity(self._settings)
        plan = project(
            blocks,
            tuple(requests),
            self._folds,
            1 if scan.in_order else self._capacity.threads,
            self._capacity.budget,
            scan.needs_features,
            self._knowledge.held_bytes(blocks.n_features + blocks.n_targets),
        )
        scan = scan.bounded(plan.most_state)
        self._projected = max(self._projected, plan.bytes)
        self._caching.begin_pass(requests, features=scan.needs_features)
        meter = Meter(self._own_start)
        number = len(self._log) + 1
        self._progress.begin_pass(
            number, blocks.n_blocks, meter, plan.threads, outlook, self._capacity.workers
        )
        state: PassState = executor.scan(
            blocks,
            scan,
            meter,
            threads=plan.threads,
            name=f"{self._what}-pass-{number}",
        )
        self._take_in(scan, state, meter)
        self._caching.end_pass(meter, features=scan.needs_features)
        if self._checkpoint is not None:
            self._checkpoint.write(scan, requests, state, meter.rows)
        seconds = time.perf_counter() - started
        self._log.append(meter.record(scan.describe(), len(requests), seconds))
        without_inner_spans(self._log)
        self._threads = max(self._threads, meter.threads)
        self._read += meter.read_seconds / meter.threads
        self._compute += meter.compute_seconds / meter.threads
        self._merge += meter.merge_seconds / meter.threads
        self._retries += meter.retries
        return state

    def _take_in(self, scan: Scan, state: PassState, meter: Meter) -> None:
        if meter.rows == 0:
            raise DataError(
                f"Found array with 0 sample(s) (shape=(0, {self._blocks.n_features})) while a "
                f"minimum of 1 is required: {self._blocks.name} has no rows."
            )
        self._saw_memory(meter.start_rss, meter.peak_rss)
        self._learn(scan, state, meter.rows)

    def _learn(self, scan: Scan, state: PassState, rows: int) -> None:
        self._knowledge.n_rows = rows
        for statistic, prefix in scan.kept:
            parts = [
                state.kept.get((statistic, prefix, fold), statistic.zero())
                for fold in range(self._folds.n_folds)
            ]
            self._knowledge.learn(statistic, parts, prefix)
        for request in scan.moving:
            if request.statistic.reusable:
                found = state.moving.get(request, request.statistic.zero())
                self._knowledge.learn_rows(request, found)

    def _saw_memory(self, start: int, now: int) -> None:
        """Keep the memory of the process that grew most, which may be a worker."""
        if now - start > self._peak_rss - self._start_rss:
            self._start_rss, self._peak_rss = start, now

    def _notes(self) -> tuple[str, ...]:
        notes = []
        if self._capacity.where:
            notes.append(f"ran on {self._capacity.where}")
        if self._blocks.reduced:
            notes.append(
                "the memory limit is too small for standard blocks, so smaller ones were cut"
            )
        if self._retries:
            notes.append(
                f"{len(self._retries)} reads failed and were repeated, the last for "
                f"{self._retries[-1]}"
            )
        if self._checkpoint is not None:
            notes += self._checkpoint.notes
            if self._checkpoint.replayed:
                notes.append(self._checkpoint.note())
        return (*notes, *self._caching.notes())

    def _report(self, seconds: float) -> FitReport:
        in_passes = sum(record.seconds for record in self._log)
        return FitReport(
            what=self._what,
            data=self._blocks.name,
            rows=self._knowledge.n_rows or 0,
            seconds=seconds,
            read_seconds=self._read,
            compute_seconds=self._compute,
            merge_seconds=self._merge,
            solve_seconds=max(0.0, seconds - in_passes),
            peak_rss=self._peak_rss,
            start_rss=self._start_rss,
            budget=self._capacity.budget,
            projected=self._projected,
            threads=self._threads,
            blocks=self._blocks.n_blocks,
            log=tuple(self._log),
            notes=self._notes(),
        )
