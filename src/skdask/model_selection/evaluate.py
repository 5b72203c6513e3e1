"""Evaluating candidates over folds: what searches and cross-validation have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from skdask.blocks import Blocks
from skdask.exceptions import DataError
from skdask.metrics.own_score import scores_itself
from skdask.model_selection.plan import Plan, compile_plan
from skdask.model_selection.plan.compile import CompiledSearch
from skdask.model_selection.plan.describe import describe
from skdask.model_selection.plan.execute import Scores, SearchAlgorithm
from skdask.passes import FitReport, Knowledge, PassRecord, run
from skdask.passes.checkpoint import count_rows
from skdask.passes.run import Run
from skdask.routes.callbacks import Evaluated, FitTasks, searching, warn_of_callbacks
from skdask.routes.splits import Split, split_rows
from skdask.routes.twins import adopt
from skdask.routes.view import Facts


@dataclass(frozen=True)
class Evaluation:
    """Scores of candidates, and everything that a refit can reuse.

    Attributes
    ----------
    scores : Scores
    split : Split
    data : Blocks
        With known row counts.
    knowledge : Knowledge
    report : FitReport
        All passes so far.
    seconds : float
        Wall time of fitting and scoring.
    """

    scores: Scores
    split: Split
    data: Blocks
    knowledge: Knowledge
    report: FitReport
    seconds: float


@dataclass(frozen=True)
class Question:
    """What is to be evaluated.

    Attributes
    ----------
    what : str
    estimator : estimator
    candidates : sequence of parameter mappings
    scorers : dict of str to scorer
    cv : int, splitter, iterable or None
    weighted_steps : frozenset of str
    train_scores : bool
    keep_fitted : bool
    weighted_scores : bool
    share : bool
        Whether candidates and folds share passes; each is fitted and scored by itself otherwise.
    """

    what: str
    estimator: Any
    candidates: Sequence[Mapping[str, Any]]
    scorers: dict[str, Any]
    cv: Any = None
    weighted_steps: frozenset[str] = frozenset()
    train_scores: bool = False
    keep_fitted: bool = False
    weighted_scores: bool = False
    share: bool = True

    def compiled(self) -> CompiledSearch:
        return compile_plan(
            self.estimator,
            self.candidates,
            self.scorers,
            weighted_steps=self.weighted_steps,
            train_scores=self.train_scores,
            weighted_scores=self.weighted_scores,
        )

    def evaluate(
        self,
        data: Blocks,
        tasks: FitTasks | None = None,
        announce: Callable[[int], None] | None = None,
    ) -> Evaluation:
        """Fit and score every candidate in every fold.

        Parameters
        ----------
        data : Blocks
        tasks : FitTasks, optional
            What is told of it.
        announce : callable, optional
            Told the number of folds once it is known.

        Raises
        ------
        UnsupportedError
            Naming the step, the scorer or the splitter that cannot run on blocks.
        """
        started = time.perf_counter()
        search = self.compiled()
        warn_of_callbacks(self.estimator, self.what)
        check_target(data, self.estimator)
        counted, replayed = count_rows(data)
        counting = _counting_passes(data, counted, time.perf_counter() - started, replayed)
        split = self._split(counted)
        if announce is not None:
            announce(split.n_splits)
        folds = split.folds
        knowledge = Knowledge(counted.n_features, folds.n_folds, folds.layers)
        with searching(tasks, len(self.candidates), split.n_splits) as evaluated:
            if self.share:
                done = self._run(search, counted, split, knowledge, evaluated=evaluated)
                scores, reports = done.results[0], [done.report]
            else:
                scores, reports = self._one_by_one(search, counted, split, evaluated)
        report = combined(self.what, [*split.reports, *reports])
        report = replace(report, log=(*counting, *report.log))
        seconds = time.perf_counter() - started
        return Evaluation(scores, split, counted, knowledge, report, seconds)

    def _run(
        self,
        search: CompiledSearch,
        data: Blocks,
        split: Split,
        knowledge: Knowledge | None = None,
        alone: int | None = None,
        evaluated: Evaluated | None = None,
    ) -> Run[Scores]:
        tests = split.tests if alone is None else (split.tests[alone],)
        algorithm = SearchAlgorithm(search, Facts.of(data), tests, self.keep_fitted)
        of = {field.name: getattr(self, field.name) for field in fields(self)}
        return run(
            [algorithm.run(evaluated)],
            data,
            what=self.what,
            of=of if alone is None else {**of, "fold": alone},
            folds=split.folds,
            knowledge=knowledge,
        )

    def _one_by_one(
        self,
        search: CompiledSearch,
        data: Blocks,
        split: Split,
        evaluated: Evaluated | None,
    ) -> tuple[Scores, list[FitReport]]:
        """The plain loop: every candidate in every fold in passes of its own."""
        scores, reports = Scores.empty(search, split.n_splits), []
        for candidate, settings in enumerate(self.candidates):
            question = replace(self, candidates=[settings])
            for fold in range(split.n_splits):
                done = question._run(question.compiled(), data, split, alone=fold)
                scores.take_in(done.results[0], candidate, fold)
                reports.append(done.report)
                if evaluated is not None:
                    evaluated(candidate, fold)
        return scores, reports

    def plan(self, data: Blocks) -> Plan:
        """What `evaluate` would do; reads the target alone where the folds depend on it."""
        search = self.compiled()
        check_target(data, self.estimator)
        counted = data.counted()
        split = self._split(counted)
        algorithm = SearchAlgorithm(search, Facts.of(counted), split.tests)
        counting = ["lengths of the partitions"] if counted is not data else []
        counting += [f"{report.what}, without the features" for report in split.reports]
        return describe(self.what, search, algorithm.first_requests(), counted, split, counting)

    def _split(self, data: Blocks) -> Split:
        return split_rows(self.cv, data, is_classifier(self.estimator), overlapping=True)


def _counting_passes(
    data: Blocks, counted: Blocks, seconds: float, replayed: bool
) -> tuple[PassRecord, ...]:
    """The pass that found the row counts, where they were not known."""
    if counted is data:
        return ()
    began = time.time() - seconds
    rows = counted.n_rows or 0
    return (PassRecord("row counts", 0, rows, 0, seconds, began=began, replayed=replayed),)


def check_target(data: Blocks, estimator: Any) -> None:
    final = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    if not data.has_y and not scores_itself(adopt(final)):
        raise DataError(
            f"{type(final).__name__} requires y to be passed, but the target y is None. For a "
            "table, y may be the name of its target column."
        )


def combined(what: str, reports: Sequence[FitReport]) -> FitReport:
    """One report of several runs over the same data, one after the other."""
    last = reports[-1]
    return replace(
        last,
        what=what,
        rows=max(report.rows for report in reports),
        seconds=sum(report.seconds for report in reports),
        read_seconds=sum(report.read_seconds for report in reports),
        compute_seconds=sum(report.compute_seconds for report in reports),
        merge_seconds=sum(report.merge_seconds for report in reports),
        solve_seconds=sum(report.solve_seconds for report in reports),
        peak_rss=max(report.peak_rss for report in reports),
        start_rss=reports[0].start_rss,
        projected=max(report.projected for report in reports),
        threads=max(report.threads for report in reports),
        log=tuple(record for report in reports for record in report.log),
        outcomes=tuple(outcome for report in reports for outcome in report.outcomes),
        notes=tuple(dict.fromkeys(note for report in reports for note in report.notes)),
    )
