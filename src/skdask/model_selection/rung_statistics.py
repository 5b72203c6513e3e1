"""A search by halving from statistics: every rung from the states of the smaller ones.

With a seed the rows of a rung are those of the rung before and some more. So a row has a level in
every split, the first rung that has it, and a statistic of a rung is the merge of its states at
the levels up to there. One pass sorts rows into splits and levels; after it models that are
moments cost no pass, in no rung, and neither does the fit of the best on all rows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from skdask._sklearn import search_scorers
from skdask.blocks import Blocks
from skdask.exceptions import UnsupportedError
from skdask.metrics.scoring import has_deviance
from skdask.model_selection.fits.bench import Outcome
from skdask.model_selection.plan import compile_plan
from skdask.model_selection.plan.compile import CompiledSearch
from skdask.model_selection.plan.execute import SearchAlgorithm
from skdask.passes import FitReport, Knowledge, NoFolds, RowSet, run
from skdask.passes.collect import with_outcomes
from skdask.passes.folds import FoldNumbers, LayeredFolds
from skdask.routes.fitting import algorithm_of, maps_rows
from skdask.routes.twins import adopt
from skdask.routes.view import Facts, View

Splits = Sequence[tuple[Any, Any]]


class RungStatistics:
    """Rungs of a search, fitted and scored from statistics.

    Parameters
    ----------
    search : HalvingGridSearchCV or HalvingRandomSearchCV
    data : Blocks
        With known row counts.
    weighted : frozenset of str
        Steps that are fitted with the weights.
    candidates : sequence of dict
        Of the first rung.
    rungs : sequence of splits
        The splits of every rung.

    Attributes
    ----------
    reports : list of FitReport

    Raises
    ------
    UnsupportedError
        Where statistics do not tell everything, or rungs are not within each other.
    """

    def __init__(
        self,
        search: Any,
        data: Blocks,
        weighted: frozenset[str],
        candidates: Sequence[Mapping[str, Any]],
        rungs: Sequence[Splits],
    ) -> None:
        self._search, self._data, self._weighted = search, data, weighted
        check_statistics(search, data, weighted, candidates)
        self._n_rungs = len(rungs)
        layers = [_levels(split, data.n_rows or 0) for split in zip(*rungs, strict=True)]
        self._folds = LayeredFolds((NoFolds(), *layers))
        folds = self._folds
        self._knowledge = Knowledge(data.n_features, folds.n_folds, folds.layers)
        self._rung = 0
        self.reports: list[FitReport] = []

    def _compiled(self, candidates: Sequence[Mapping[str, Any]]) -> CompiledSearch:
        return _compiled(self._search, self._weighted, candidates)

    def outcomes(self, candidates: Sequence[Mapping[str, Any]], splits: Splits) -> list[Outcome]:
        """Outcomes of the next rung, candidate by candidate, fold by fold."""
        started = time.perf_counter()
        compiled = self._compiled(candidates)
        sets = self._sets()
        algorithm = SearchAlgorithm(compiled, Facts.of(self._data), (), sets=sets)
        what = f"{type(self._search).__name__}, rung {self._rung}"
        done = run(
            [algorithm.run()],
            self._data,
            what=what,
            of={"the search": self._search, "candidates": list(candidates)},
            folds=self._folds,
            knowledge=self._knowledge,
        )
        self.reports.append(done.report)
        self._rung += 1
        scores = done.results[0]
        seconds = (time.perf_counter() - started) / max(1, len(candidates) * len(splits))
        found: list[Outcome] = []
        for candidate in range(len(candidates)):
            for fold in range(len(splits)):
                outcome: Outcome = {"fit_error": None, "fit_time": seconds, "score_time": 0.0}
                outcome["test_scores"] = float(scores.test["score"][candidate, fold])
                if scores.train:
                    outcome["train_scores"] = float(scores.train["score"][candidate, fold])
                found.append(outcome)
        return found

    def _sets(self) -> dict[RowSet, RowSet]:
        """Training and test rows of each split in the rung at hand."""
        levels = range(self._rung + 1)
        sets = {}
        for layer in self._folds.layers[1:]:
            train = tuple(layer.start + level for level in levels)
            test = tuple(layer.start + self._n_rungs + level for level in levels)
            sets[RowSet(among=train)] = RowSet(among=test)
        return sets

    def refit(self, best: Any) -> Any:
        """The best candidate on all rows, from what is known of them."""
        ours = adopt(best)
        view = View.whole(self._data, weighted="" in self._weighted)
        if isinstance(ours, Pipeline):
            ours.check_steps(has_y=self._data.has_y)
            ours.weigh_steps(self._weighted)
        what = f"{type(self._search).__name__}, best candidate"
        with closing(algorithm_of(ours, view)) as algorithm:
            done = run(
                [algorithm],
                self._data,
                what=what,
                of={"the search": self._search, "the best candidate": best},
                folds=self._folds,
                knowledge=self._knowledge,
            )
        ours.fit_report_ = with_outcomes(done.report, done.results[0])
        self.reports.append(ours.fit_report_)
        return ours

    def sentence(self) -> str:
        """What was shared, for a report."""
        return (
            f"{self._rung} rungs from statistics: each rung reuses those of the smaller ones, and "
            "the fit of the best those of all rows"
        )


def check_statistics(
    search: Any,
    data: Blocks,
    weighted: frozenset[str],
    candidates: Sequence[Mapping[str, Any]],
) -> None:
    """Raise UnsupportedError where statistics of one pass do not tell everything."""
    if search.resource != "n_samples" or not isinstance(search.random_state, int | np.integer):
        raise UnsupportedError("rungs are no samples within each other")
    if is_classifier(search.estimator):
        raise UnsupportedError("classifiers look at rows more than once")
    if data.has_weight and get_config()["enable_metadata_routing"]:
        raise UnsupportedError("metadata routing says who is given weights")
    try:
        compiled = _compiled(search, weighted, candidates)
    except ValueError as error:
        # it is scored as a failure, or fails with the same words
        raise UnsupportedError(f"a candidate cannot be fitted: {error}") from error
    nodes = list(compiled.root.nodes())
    finals = [final.estimator for node in nodes for final in node.finals]
    looks = any(
        is_classifier(each) or has_deviance(each) or compiled.by_predictions(each)
        for each in finals
    )
    mapped = any(node.transformer is not None and maps_rows(node.transformer) for node in nodes)
    if looks or mapped or compiled.own_scores:
        raise UnsupportedError("candidates look at rows more than once")
    algorithm = SearchAlgorithm(compiled, Facts.of(data), (), sets=_one_split())
    if not all(request.statistic.reusable for request in algorithm.first_requests()):
        raise UnsupportedError("candidates ask for more than statistics that are kept")


def _compiled(
    search: Any, weighted: frozenset[str], candidates: Sequence[Mapping[str, Any]]
) -> CompiledSearch:
    scorer, _ = search_scorers(search)
    return compile_plan(
        search.estimator,
        candidates,
        {"score": scorer},
        weighted_steps=weighted,
        train_scores=search.return_train_score,
        weighted_scores="" in weighted,
    )


def _one_split() -> dict[RowSet, RowSet]:
    return {RowSet(among=(1,)): RowSet(among=(2,))}


def _levels(rungs: Sequence[tuple[Any, Any]], n_rows: int) -> FoldNumbers:
    """Rows of a split by the first rung that has them: to train on, then to test."""
    count = len(rungs)
    numbers = np.full(n_rows, 2 * count, dtype=np.uint8)
    for level in range(count - 1, -1, -1):
        train, test = rungs[level]
        numbers[train], numbers[test] = level, count + level
    for level, (train, test) in enumerate(rungs):
        trained = int(np.count_nonzero(numbers <= level))
        tested = int(np.count_nonzero((numbers >= count) & (numbers <= count + level)))
        if (trained, tested) != (len(train), len(test)):
            raise UnsupportedError("the rows of a rung are not among those of the next")
    return FoldNumbers(numbers, 2 * count)
