"""Models that learn block by block, each block read once for all that learn from it then.

Call number t of any model is with the same block, t-th in an order that is drawn anew for every
time through the data; so models that have made as many calls share the read, and every model
meets every block before any block again. A row is in the test set or not by its own number, so
the test rows of all blocks are found in one pass, and stay in memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import signature
from typing import Any

import numpy as np
from sklearn import config_context, get_config

from skdask import config
from skdask.blocks import Blocks
from skdask.blocks.columns import plain_text
from skdask.exceptions import MemoryBudgetError
from skdask.model_selection.fits.rows import GatherTables
from skdask.passes import FitReport, PassRecord, Request, run
from skdask.passes.blas import one_blas_thread
from skdask.rows import Rows, bytes_of, is_frame
from skdask.statistics import Labels
from skdask.statistics.gather import Gathered
from skdask.statistics.sample import uniform_numbers


@dataclass(frozen=True)
class HeldOutRows(GatherTables):
    """The rows of a share that is drawn by the numbers of rows."""

    share: float = 0.1
    seed: int = 0

    def update(self, state: Gathered, rows: Rows) -> Gathered:
        return super().update(state, rows.take(np.flatnonzero(self.drawn(rows))))

    def drawn(self, rows: Rows) -> Any:
        """Which rows are in the share."""
        return uniform_numbers(rows, self.seed) < self.share


@dataclass
class Model:
    """An estimator and what it has done.

    Attributes
    ----------
    estimator : estimator with partial_fit
    calls : int
        Calls of `partial_fit` so far.
    fit_seconds, score_seconds : list of float
    """

    estimator: Any
    calls: int = 0
    fit_seconds: list[float] = field(default_factory=list)
    score_seconds: list[float] = field(default_factory=list)


class BlockTraining:
    """Trains models on the blocks of some data, and scores them on its test rows.

    Parameters
    ----------
    data : Blocks
        With known row counts.
    share : float
        Of rows that are held out to score.
    seed : int
        By which they, and the order of blocks, are drawn.
    what : str
        Of the search, for its report.
    classifier : bool
    params : dict
        Given to every call of `partial_fit`.
    """

    def __init__(
        self,
        data: Blocks,
        share: float,
        seed: int,
        what: str,
        classifier: bool,
        params: dict[str, Any],
    ) -> None:
        self._data, self._seed, self._params = data, seed, dict(params)
        self._statistic = HeldOutRows(
            int(share * data.row_bytes) + 1, config.get().budget // 2, share, seed
        )
        self.reads = 0
        self.report = self._look(what, classifier and "classes" not in params)
        self.log: list[PassRecord] = []

    def _look(self, what: str, classes: bool) -> FitReport:
        """The pass that finds the test rows, and the classes."""
        requests: tuple[Request, ...] = (Request(self._statistic, asked_by=what),)
        if classes:
            requests = (*requests, Request(Labels(False), asked_by=what))

        def asking() -> Any:
            return (yield requests)

        done = run([asking()], self._data, what=what, once=True)
        found = done.results[0]
        if found[0].rows is None:
            raise MemoryBudgetError(
                f"the test rows of {what} take more than half of the memory limit; give it a "
                f"smaller test_size than {self._statistic.share:.3g}"
            )
        self._test = found[0].rows
        if classes:
            self._params["classes"] = found[1].classes
        return done.report

    def train(self, models: dict[int, Model], targets: dict[int, int]) -> None:
        """Let models make the calls that they lack."""
        lacking = {number: models[number] for number in targets}
        took_part = {number for number, model in lacking.items() if model.calls < targets[number]}
        if not took_part:
            return
        started, began, rows, n_bytes = time.perf_counter(), time.time(), 0, 0
        first = min(lacking[number].calls for number in took_part)
        wanted = sorted(
            {call for number in took_part for call in range(models[number].calls, targets[number])}
        )
        settings = get_config()
        threads = config.get().threads
        with ExitStack() as stack:
            stack.enter_context(one_blas_thread())
            pool = stack.enter_context(ThreadPoolExecutor(threads, "skdask-models"))
            reader = stack.enter_context(ThreadPoolExecutor(1, "skdask-reader"))
            for call, block in _ahead(self._blocks_of(wanted), reader):
                learning = [
                    models[number]
                    for number in sorted(took_part)
                    if models[number].calls == call < targets[number]
                ]
                rows += block.n_rows
                n_bytes += bytes_of(block.X)
                list(pool.map(partial(self._learn, block, settings), learning))
                self.reads += 1
        what = f"partial_fit of {len(took_part)} models, calls {first} to {max(wanted)}"
        seconds = time.perf_counter() - started
        self.log.append(PassRecord(what, len(took_part), rows, n_bytes, seconds, began=began))

    def _learn(self, block: Rows, settings: dict[str, Any], model: Model) -> None:
        started = time.perf_counter()
        if block.n_rows:
            target = () if block.y is None else (block.y,)
            with config_context(**settings):
                model.estimator.partial_fit(block.X, *target, **self._params_of(model))
        model.calls += 1
        model.fit_seconds.append(time.perf_counter() - started)

    def _params_of(self, model: Model) -> dict[str, Any]:
        accepted = signature(model.estimator.partial_fit).parameters
        return {
            name: value
            for name, value in self._params.items()
            if name != "classes" or name in accepted
        }

    def score(self, models: dict[int, Model], scorer: Any) -> dict[int, float]:
        """The scores of models on the test rows."""
        settings, target = get_config(), () if self._test.y is None else (self._test.y,)

        def score_one(model: Model) -> float:
            started = time.perf_counter()
            with config_context(**settings):
                score = float(scorer(model.estimator, self._test.X, *target))
            model.score_seconds.append(time.perf_counter() - started)
            return score

        with one_blas_thread(), ThreadPoolExecutor(config.get().threads) as pool:
            return dict(zip(models, pool.map(score_one, models.values()), strict=True))

    def _order(self, epoch: int) -> list[tuple[int, int]]:
        """Units and blocks within them, in the order of a time through the data."""
        units = self._data.units
        shuffled = np.random.default_rng([self._seed, epoch]).permutation(len(units))
        return [(unit, place) for unit in shuffled.tolist() for place in range(len(units[unit]))]

    def _blocks_of(self, calls: list[int]) -> Iterator[tuple[int, Rows]]:
        """The training rows of the blocks of some calls, each unit read once in a row of them."""
        n_blocks = self._data.n_blocks
        orders: dict[int, list[tuple[int, int]]] = {}
        stream: Iterator[Any] = iter(())
        at: tuple[int, int, int] | None = None
        for call in calls:
            epoch, position = divmod(call, n_blocks)
            if epoch not in orders:
                orders = {epoch: self._order(epoch)}
            unit, place = orders[epoch][position]
            if at is None or at[:2] != (epoch, unit) or at[2] > place:
                stream, at = self._data.read(unit), (epoch, unit, 0)
            skipped = place - at[2]
            for _ in range(skipped):
                next(stream)
            block = next(stream)
            at = (epoch, unit, place + 1)
            yield call, self._training_rows(block.numbered().rows)

    def _training_rows(self, rows: Rows) -> Rows:
        kept = rows.take(np.flatnonzero(~self._statistic.drawn(rows)))
        return replace(kept, X=plain_text(kept.X)) if is_frame(kept.X) else kept


def _ahead(blocks: Iterator[Any], reader: ThreadPoolExecutor) -> Iterator[Any]:
    """Blocks, the next one read while the one before is learnt from."""
    coming = reader.submit(next, blocks, None)
    while (block := coming.result()) is not None:
        coming = reader.submit(next, blocks, None)
        yield block
