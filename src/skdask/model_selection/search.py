"""GridSearchCV and RandomizedSearchCV: all candidates and folds in shared passes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from sklearn import model_selection
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdask._sklearn import format_results, search_scorers, select_best_index, validate_params
from skdask.blocks import Blocks, is_big
from skdask.exceptions import CheckpointError, SkdaskError, UnsupportedError
from skdask.metrics.own_score import scores_itself
from skdask.metrics.scoring import final_step, score_with
from skdask.model_selection.evaluate import Evaluation, Question, combined
from skdask.model_selection.failing import failing, renumbered, with_failures
from skdask.model_selection.fits.mixin import InMemorySearch
from skdask.model_selection.in_memory import why_any_random, why_not_shared
from skdask.model_selection.plan import Plan
from skdask.passes import FitReport, run
from skdask.passes.collect import with_outcomes
from skdask.passes.progress import say
from skdask.routes.callbacks import FitTasks, calling_back_from_search, has_callbacks, refitting
from skdask.routes.fitting import algorithm_of
from skdask.routes.twins import adopt, parent_class, to_sklearn
from skdask.routes.view import View


class _SharedSearch(InMemorySearch):
    """What both searches do; it stands before scikit-learn's class in the bases."""

    estimator: Any
    scoring: Any
    refit: Any
    cv: Any
    return_train_score: bool
    verbose: int
    error_score: Any
    share: bool

    def _candidates(self) -> list[dict[str, Any]]:
        raise NotImplementedError

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Run the search over all candidates.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column.
        **params : dict
            ``groups`` for the splitter: an array, a Dask collection or a column's name;
            ``sample_weight`` for an estimator, or ``<step>__sample_weight`` for a pipeline.

        Returns
        -------
        self

        Raises
        ------
        MemoryBudgetError
            On blocks, where a step, a scorer or a splitter needs rows in memory, which it names,
            and they do not fit there.
        """
        validate_params(self)
        groups = params.pop("groups", None)
        rewind = _rewinder(self)
        candidates = self._candidates()
        if is_big(X):
            try:
                return self._fit_shared(candidates, X, y, groups, params)
            except UnsupportedError as error:
                return self._fit_gathered(candidates, X, y, groups, params, str(error))
        if self.share and not self._why_not_shared(candidates, X, y, params):
            try:
                return self._fit_shared(candidates, X, y, groups, params)
            except CheckpointError:
                raise
            except (SkdaskError, ValueError, TypeError, np.linalg.LinAlgError):
                # scikit-learn's own fit says what is wrong, or scores the failure
                pass
        if self._fits_of(candidates, params).are_shared:
            return self._fit_in_memory(candidates, X, y, groups, params)
        rewind()
        if groups is not None:
            params["groups"] = groups
        self.__dict__.pop("fit_report_", None)
        return super().fit(X, y, **params)  # type: ignore[misc]

    def plan(self, X: Any, y: Any = None, **params: Any) -> Plan:
        """What `fit` would compute, in which passes, with how many bytes and how much memory.

        Parameters
        ----------
        X, y, **params
            As for `fit`. The target alone is read where stratified folds depend on it.

        Returns
        -------
        Plan
            Prints as a tree.
        """
        groups = params.pop("groups", None)
        rewind = _rewinder(self)
        candidates = self._candidates()
        rewind()
        if not is_big(X):
            reason = self._why_not_shared(candidates, X, y, params)
            if not reason:
                try:
                    self._question(candidates, frozenset()).compiled()
                except UnsupportedError as error:
                    reason = str(error)
            if reason:
                return self._fallback_plan(candidates, params, reason)
        data, weighted, weighs = self._opened(X, y, params, groups)
        try:
            return self._question(candidates, weighted, weighs).plan(data)
        except UnsupportedError as error:
            return self._gathered_plan(candidates, params, data, str(error))

    def _why_not_shared(
        self, candidates: list[dict[str, Any]], X: Any, y: Any, params: dict[str, Any]
    ) -> str:
        if not self.share:
            return "share=False"
        if has_callbacks(self):
            return "the search has callbacks"
        reason = why_not_shared(self.estimator, X, y, params)
        if reason:
            return reason
        return why_any_random(self.estimator, candidates, *X.shape)

    def _question(
        self,
        candidates: list[dict[str, Any]],
        weighted_steps: frozenset[str],
        weighted_scores: bool = False,
    ) -> Question:
        scorers, _ = search_scorers(self)
        return Question(
            what=type(self).__name__,
            estimator=self.estimator,
            candidates=candidates,
            scorers=scorers if isinstance(scorers, dict) else {"score": scorers},
            cv=self.cv,
            weighted_steps=weighted_steps,
            train_scores=self.return_train_score,
            weighted_scores=weighted_scores,
            share=self.share,
        )

    def _fit_shared(
        self,
        candidates: list[dict[str, Any]],
        X: Any,
        y: Any,
        groups: Any,
        params: dict[str, Any],
    ) -> Any:
        data, weighted, weighs = self._opened(X, y, params, groups)
        with calling_back_from_search(self, data) as tasks:
            return self._fit_on(data, candidates, weighted, weighs, tasks, in_memory=not is_big(X))

    def _fit_on(
        self,
        data: Blocks,
        candidates: list[dict[str, Any]],
        weighted: frozenset[str],
        weighs: bool,
        tasks: FitTasks | None,
        in_memory: bool,
    ) -> Any:
        question = self._question(candidates, weighted, weighs)

        def announce(n_folds: int) -> None:
            count = len(candidates)
            say(
                self,
                f"Fitting {n_folds} folds for each of {count} candidates, totalling "
                f"{count * n_folds} fits",
            )

        # where scikit-learn may still have to search the rows itself, it says so too
        failures: dict[int, str] = {}
        try:
            found = question.evaluate(data, tasks, None if in_memory else announce)
        except (ValueError, TypeError) as error:
            if in_memory or self.error_score == "raise" or isinstance(error, SkdaskError):
                raise
            failures = failing(question)
            good = [each for n, each in enumerate(candidates) if n not in failures]
            if not failures or not good:
                raise
            question = replace(question, candidates=good)
            found = renumbered(question.evaluate(data, tasks, announce), failures)
        n_folds = found.split.n_splits
        if in_memory:
            announce(n_folds)
        scorers, refit_metric = search_scorers(self)
        self.scorer_ = scorers
        self.multimetric_ = isinstance(scorers, dict)
        self.n_splits_ = n_folds
        outcomes = self._outcomes(question, found)
        if failures:
            outcomes = with_failures(outcomes, failures, n_folds, self.error_score)
        self.cv_results_ = format_results(self, candidates, n_folds, outcomes)
        self._choose(refit_metric)
        report = found.report
        if self.refit:
            report = self._refit(found, weighted, tasks, in_memory)
        self.fit_report_ = report
        return self

    def _outcomes(self, question: Question, found: Evaluation) -> list[dict[str, Any]]:
        """What scikit-learn's own fits and scores give, candidate by candidate, fold by fold."""
        n_candidates, n_folds = len(question.candidates), found.split.n_splits
        # fits are shared, so each has the same part of the time
        seconds = found.seconds / (n_candidates * n_folds)
        outcomes = []
        for candidate in range(n_candidates):
            for fold in range(n_folds):
                outcome: dict[str, Any] = {"fit_time": seconds, "score_time": 0.0}
                tables = {"test_scores": found.scores.test}
                if self.return_train_score:
                    tables["train_scores"] = found.scores.train
                for key, table in tables.items():
                    values = {name: float(table[name][candidate, fold]) for name in table}
                    outcome[key] = values if self.multimetric_ else values["score"]
                outcomes.append(outcome)
        return outcomes

    def _choose(self, refit_metric: str) -> None:
        if not self.refit and self.multimetric_:
            return
        results = self.cv_results_
        self.best_index_ = select_best_index(self, refit_metric, results)
        if not callable(self.refit):
            self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]

    def _refit(
        self,
        found: Evaluation,
        weighted: frozenset[str],
        tasks: FitTasks | None,
        in_memory: bool,
    ) -> FitReport:
        started = time.perf_counter()
        best = clone(self.estimator).set_params(**clone(self.best_params_, safe=False))
        ours = adopt(best)
        view = View.whole(found.data, weighted="" in weighted)
        if isinstance(ours, Pipeline):
            ours.check_steps(has_y=found.data.has_y)
            ours.weigh_steps(weighted)
        near = found.scores.iterated.get(int(self.best_index_))
        if near:
            final = ours.steps[-1][1] if isinstance(ours, Pipeline) else ours
            final.start_near(near)
        with (
            refitting(tasks, ours, found.data) as around,
            closing(algorithm_of(ours, view)) as algorithm,
        ):
            done = run(
                [algorithm],
                found.data,
                what=f"{type(self).__name__}, best candidate",
                of={"the search": self, "the best candidate": best, "weighted": sorted(weighted)},
                folds=found.split.folds,
                knowledge=found.knowledge,
                around_pass=around,
            )
        ours.fit_report_ = with_outcomes(done.report, done.results[0])
        report = combined(type(self).__name__, [found.report, ours.fit_report_])
        # in-memory users get the classes they gave; on blocks the best one must predict lazily
        plain = in_memory and type(best) is parent_class(type(best))
        self.best_estimator_ = to_sklearn(ours) if plain else ours
        self.refit_time_ = time.perf_counter() - started
        if hasattr(ours, "feature_names_in_"):
            self.feature_names_in_ = ours.feature_names_in_
        return report

    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """The best estimator's score by the search's scorer; one pass over data on blocks."""
        if not is_big(X):
            return super().score(X, y, **params)  # type: ignore[misc]
        check_is_fitted(self)
        if scores_itself(final_step(self.best_estimator_)):
            return float(self.best_estimator_.score(X, y))
        scorer = self.scorer_[self.refit] if self.multimetric_ else self.scorer_
        return score_with({"score": scorer}, self.best_estimator_, X, y)["score"]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn search, usable where skdask is not installed."""
        return to_sklearn(self)


def _rewinder(search: Any) -> Callable[[], None]:
    """A function that undoes what sampling candidates draws from a shared random state."""
    random = getattr(search, "random_state", None)
    if not isinstance(random, np.random.RandomState):
        return lambda: None
    before = random.get_state()
    return lambda: random.set_state(before)


class GridSearchCV(_SharedSearch, model_selection.GridSearchCV):
    """Exhaustive search over parameter values, in passes instead of fits.

    Subclasses :class:`sklearn.model_selection.GridSearchCV` and has its parameters and
    attributes, and its scores. Candidates and folds are compiled into shared passes: pipelines
    of moment-based estimators take one pass for all of them, logistic candidates and folds
    iterate together. In-memory data is searched the same way where the answer is the same, else
    by scikit-learn.

    Parameters
    ----------
    estimator, param_grid, scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, \
            return_train_score
        As in scikit-learn.
    share : bool, default=True
        Whether candidates and folds share what they can. The plain loop, with which the shared
        search can be checked, fits every candidate in every fold by itself: on blocks in passes
        of its own, in memory by scikit-learn.

    Attributes
    ----------
    fit_report_ : FitReport
        What the search read and cost; only after a search in shared passes.

    Notes
    -----
    ``mean_fit_time`` is each fit's equal part of the whole time, since fits are shared.
    ``n_jobs`` and ``pre_dispatch`` matter only where scikit-learn runs the search.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import GridSearchCV
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> search = GridSearchCV(Ridge(), {"alpha": [0.1, 100.0]}).fit(X, X.sum(axis=1))
    >>> search.best_params_, search.fit_report_.passes
    ({'alpha': 0.1}, 1)
    """

    _parameter_constraints: ClassVar = {
        **model_selection.GridSearchCV._parameter_constraints,
        "share": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        share: bool = True,
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.share = share

    def _candidates(self) -> list[dict[str, Any]]:
        return list(ParameterGrid(self.param_grid))


class RandomizedSearchCV(_SharedSearch, model_selection.RandomizedSearchCV):
    """Search over sampled parameter values, in passes instead of fits.

    Subclasses :class:`sklearn.model_selection.RandomizedSearchCV` and has its parameters,
    attributes, scores and, for the same ``random_state``, its candidates. See
    :class:`GridSearchCV` for how the search is shared, and for the parameter `share`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the search read and cost; only after a search in shared passes.

    Examples
    --------
    >>> import dask.array as da
    >>> from scipy.stats import loguniform
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import RandomizedSearchCV
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> search = RandomizedSearchCV(Ridge(), {"alpha": loguniform(1, 10)}, n_iter=4)
    >>> len(search.fit(X, X.sum(axis=1)).cv_results_["params"])
    4
    """

    _parameter_constraints: ClassVar = {
        **model_selection.RandomizedSearchCV._parameter_constraints,
        "share": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_iter: int = 10,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        share: bool = True,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.share = share

    def _candidates(self) -> list[dict[str, Any]]:
        sampler = ParameterSampler(
            self.param_distributions, self.n_iter, random_state=self.random_state
        )
        return list(sampler)
