"""A search of scikit-learn's whose candidates are fitted by us, on rows in memory.

What a search is (splits, results, the best one, the refit) is scikit-learn's own; the loop over
candidates and folds is ours. A search by halving calls it once a rung.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import indexable

from skdask import blocks as block_room
from skdask import config
from skdask._sklearn import (
    check_refit_metric,
    check_resources,
    fit_parameters,
    format_results,
    joint_scorer,
    routed_parameters,
    search_scorers,
    select_best_index,
    settle_failures,
)
from skdask.blocks import Blocks
from skdask.exceptions import SkdaskError
from skdask.model_selection.fits.bench import Bench, Outcome
from skdask.model_selection.fits.evaluate import Fits, evaluate_fits
from skdask.model_selection.fits.groups import settings_of
from skdask.model_selection.fits.kept import KeptFits
from skdask.passes.checkpoint import resumable


class FitByFit:
    """The fits of one search.

    Parameters
    ----------
    search : scikit-learn search
    X, y : rows in memory
    params : dict
        Fit parameters, `groups` among them.
    threads : int
        How many fits at once.

    Attributes
    ----------
    pick : callable or None
        From splits to X and y of their rows and the splits among these, where X itself is only
        as long as the data.
    refit : callable or None
        What fits the best candidate in the place of its `fit` on X.
    outcomes : callable or None
        What fits and scores candidates with splits in the place of fits on X.
    data : Blocks or None
        What the rows were read from, by which a checkpoint is recognised; None for X itself.
    """

    pick: Callable[[Any], tuple[Any, Any, Any]] | None = None
    refit: Callable[[Any], Any] | None = None
    outcomes: Callable[[list[dict[str, Any]], list[Any]], list[Outcome]] | None = None
    data: Blocks | None = None

    def __init__(self, search: Any, X: Any, y: Any, params: dict[str, Any], threads: int) -> None:
        self._search, self._threads = search, threads
        self._X, self._y = indexable(X, y)
        self._routed = routed_parameters(search, fit_parameters(self._X, params, None))
        search._checked_cv_orig = check_cv(
            search.cv, self._y, classifier=is_classifier(search.estimator)
        )
        split = self._routed.splitter.split
        check_resources(search, self._X, self._y, split)
        search.n_splits_ = search._checked_cv_orig.get_n_splits(self._X, self._y, **split)
        self._candidates: list[dict[str, Any]] = []
        self._outcomes: list[Outcome] = []
        self._more: dict[str, list[Any]] = defaultdict(list)
        self._results: dict[str, Any] = {}
        self._done: list[Fits] = []
        self._params = params
        self._replayed = 0

    def evaluate(
        self,
        candidate_params: Iterable[dict[str, Any]],
        cv: Any = None,
        more_results: dict[str, list[Any]] | None = None,
        callback_ctx: Any = None,
    ) -> dict[str, Any]:
        """Fit and score candidates in every fold; all results so far."""
        search, candidates = self._search, list(candidate_params)
        splitter = cv or search._checked_cv_orig
        splits = list(splitter.split(self._X, self._y, **self._routed.splitter.split))
        if len(splits) != search.n_splits_:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. Expected "
                f"{search.n_splits_} splits, got {len(splits)}"
            )
        if search.verbose > 0:
            count = len(candidates)
            print(
                f"Fitting {len(splits)} folds for each of {count} candidates, totalling "
                f"{count * len(splits)} fits"
            )
        find = self._fits_of_rows if self.outcomes is None else self.outcomes
        outcomes = find(candidates, splits)
        if not outcomes:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates?"
            )
        settle_failures(outcomes, search.scoring, search.error_score)
        self._candidates += candidates
        self._outcomes += outcomes
        for name, values in (more_results or {}).items():
            self._more[name].extend(values)
        self._results = format_results(
            search, self._candidates, len(splits), self._outcomes, self._more
        )
        return self._results

    def _fits_of_rows(self, candidates: list[dict[str, Any]], splits: list[Any]) -> list[Outcome]:
        search = self._search
        scorer, fit_params = joint_scorer(search), self._routed.estimator.fit
        X, y, within = (self._X, self._y, splits) if self.pick is None else self.pick(splits)
        bench = Bench(
            X,
            y,
            within,
            scorer,
            fit_params,
            self._routed.scorer.score,
            search.return_train_score,
            search.error_score,
        )
        settings = settings_of(search.estimator, candidates)
        fits = Fits.of(search.estimator, settings, len(splits), scorer, fit_params, search.share)
        with self._kept(candidates, splits) as kept:
            outcomes = evaluate_fits(fits, bench, self._threads, kept)
            self._replayed += 0 if kept is None else len(kept.known)
        self._done.append(fits)
        return outcomes

    @contextmanager
    def _kept(self, candidates: list[dict[str, Any]], splits: list[Any]) -> Iterator[Any]:
        """What a checkpoint has of these fits; None without one."""
        settings = config.get()
        data = self.data
        if settings.checkpoint is not None and data is None:
            try:
                data = block_room.open(self._X, self._y)
            except (SkdaskError, ValueError, TypeError):
                # rows of no form that could be recognised: their fits are not kept
                data = None
        if settings.checkpoint is None or data is None:
            yield None
            return
        what = f"{type(self._search).__name__}, fits of rows in memory"
        of = {"the search": self._search, "fit parameters": self._params}
        with resumable(settings, what, of, data) as log:
            assert log is not None
            yield KeptFits(log.folder, len(self._done) + 1, candidates, splits)

    def conclude(self) -> None:
        """Give the search its results, and its best estimator where it wants one."""
        search, results = self._search, self._results
        search.scorer_, refit_metric = search_scorers(search)
        first = self._outcomes[0]["test_scores"]
        search.multimetric_ = isinstance(first, dict)
        if callable(search.scoring) and search.multimetric_:
            check_refit_metric(search, first)
            refit_metric = search.refit
        if search.refit or not search.multimetric_:
            search.best_index_ = select_best_index(search, refit_metric, results)
            if not callable(search.refit):
                search.best_score_ = results[f"mean_test_{refit_metric}"][search.best_index_]
            search.best_params_ = results["params"][search.best_index_]
        search.cv_results_ = results
        if search.refit:
            self._refit()

    def _refit(self) -> None:
        search, started = self._search, time.perf_counter()
        best = clone(search.estimator).set_params(**clone(search.best_params_, safe=False))
        target = () if self._y is None else (self._y,)
        if self.refit is not None:
            best = self.refit(best)
        else:
            best.fit(self._X, *target, **self._routed.estimator.fit)
        search.best_estimator_ = best
        search.refit_time_ = time.perf_counter() - started
        if hasattr(best, "feature_names_in_"):
            search.feature_names_in_ = best.feature_names_in_

    def sentence(self) -> str:
        """What was fitted, for a report."""
        sentence = "; ".join(fits.sentence(self._threads) for fits in self._done)
        if self._replayed:
            sentence += f"; {self._replayed:,} of them came from the checkpoint"
        return sentence
