"""HalvingGridSearchCV and HalvingRandomSearchCV: scikit-learn's candidates and rungs.

A rung is a search on a sample of the rows, and scikit-learn says which sample. Models that are
moments are fitted from statistics, and a rung reuses those of the smaller ones. For others all
rows are brought to memory once, where they fit there. Where they do not, the target alone is, by
which the rows of a rung are chosen, and each rung's rows are picked out in a pass; the best
candidate is then fitted on blocks.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV as PlainGrid
from sklearn.model_selection import HalvingRandomSearchCV as PlainRandom
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit, check_cv
from sklearn.utils.validation import check_is_fitted

from skdask import config
from skdask._sklearn import validate_params
from skdask.blocks import Blocks, is_big
from skdask.exceptions import CheckpointError, MemoryBudgetError, SkdaskError, UnsupportedError
from skdask.metrics.scoring import score_with
from skdask.model_selection.evaluate import combined
from skdask.model_selection.fits.mixin import InMemorySearch
from skdask.model_selection.fits.rows import bring_to_memory, folds_that_fit, weights_among
from skdask.model_selection.fits.rungs import RungRows
from skdask.model_selection.fits.searching import FitByFit
from skdask.model_selection.halving_plan import plan_of_rungs
from skdask.model_selection.in_memory import why_not_shared, why_random
from skdask.model_selection.plan import StagedPlan
from skdask.model_selection.rung_statistics import RungStatistics, check_statistics
from skdask.passes import FitReport
from skdask.passes.checkpoint import count_rows
from skdask.pipeline.weights import open_weighted
from skdask.routes.callbacks import has_callbacks
from skdask.routes.twins import adopt, parent_class, to_sklearn

_WHY = "a search by halving fits candidates on samples of the rows"


@dataclass(frozen=True)
class Rung:
    """Candidates, the splitter that samples their rows, and their resource."""

    candidates: list[dict[str, Any]]
    splitter: Any
    resources: int


def _looks_at_no_target(cv: Any) -> bool:
    """Whether the folds of regressors follow from the number of rows."""
    known = (KFold, RepeatedKFold, ShuffleSplit)
    return cv is None or isinstance(cv, int | np.integer) or type(cv) in known


class _Halving(InMemorySearch):
    """What both searches do; it stands before scikit-learn's class in the bases."""

    resource: str
    random_state: Any
    refit: Any
    n_jobs: Any
    scorer_: Any
    best_index_: Any
    cv_results_: dict[str, Any]

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Run the search.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column.
        **params : dict
            ``groups`` for the splitter; ``sample_weight`` for an estimator, or
            ``<step>__sample_weight`` for a pipeline.

        Returns
        -------
        self

        Raises
        ------
        MemoryBudgetError
            On blocks, where the rows of the last rung do not fit in memory.
        """
        validate_params(self)
        if is_big(X):
            return self._fit_on_blocks(X, y, dict(params))
        vars(self).pop("fit_report_", None)
        if not self.share or has_callbacks(self) or self.n_jobs not in (None, 1):
            return super().fit(X, y, **params)  # type: ignore[misc]
        if not why_not_shared(self.estimator, X, y, params) and params.get("groups") is None:
            try:
                data, weighted = open_weighted(self.estimator, X, y, params)
                return self._fit_from_statistics(data.counted(), weighted, X, y, in_memory=True)
            except CheckpointError:
                raise
            except (SkdaskError, ValueError, TypeError, np.linalg.LinAlgError):
                # the fits of rows say what is wrong, or score the failure
                pass
        n_rows = len(X) if hasattr(X, "__len__") else X.shape[0]
        fit_by_fit = FitByFit(self._sized(n_rows), X, y, params, config.get().threads)
        self._search_by_halving(fit_by_fit)
        return self

    def _sized(self, n_rows: int) -> Any:
        self._n_samples_orig = n_rows
        return self

    def _search_by_halving(self, fit_by_fit: FitByFit) -> None:
        super()._run_search(fit_by_fit.evaluate, **self._nobody_told())  # type: ignore[misc]
        fit_by_fit.conclude()
        # the best of the last rung, and its score there
        self.best_score_ = self.cv_results_["mean_test_score"][self.best_index_]

    def _fit_on_blocks(self, X: Any, y: Any, params: dict[str, Any]) -> Any:
        groups = params.pop("groups", None)
        data, weighted, _ = self._opened(X, y, params, groups)
        counted, _ = count_rows(data)
        if self.share and not has_callbacks(self):
            try:
                return self._fit_from_statistics(counted, weighted, None, None)
            except UnsupportedError:
                # rows are needed
                pass
        try:
            folds_that_fit(counted, _WHY)
        except MemoryBudgetError:
            if self.resource != "n_samples" or weighted:
                raise
            return self._fit_by_rungs(counted, X, y)
        found = bring_to_memory(counted, type(self).__name__, _WHY)
        rows = found.rows
        given = weights_among(params, rows, sorted(weighted))
        if rows.groups is not None:
            given["groups"] = rows.groups
        fit_by_fit = FitByFit(self._sized(rows.n_rows), rows.X, rows.y, given, found.threads)
        fit_by_fit.data = counted
        self._search_by_halving(fit_by_fit)
        self._tell_of(fit_by_fit, found, _WHY)
        return self

    def _fit_from_statistics(
        self, data: Blocks, weighted: frozenset[str], X: Any, y: Any, in_memory: bool = False
    ) -> Any:
        """The search without rows; raises UnsupportedError where it needs them.

        The rows of a memory search are looked at for nothing but what splitters see of them.
        """
        if self.resource != "n_samples" or is_classifier(self.estimator):
            raise UnsupportedError("rows are looked at more than once")
        assert data.n_rows is not None
        reports: list[FitReport] = []
        given: dict[str, Any] = {}
        if not in_memory:
            X, y, given, reports = self._seen_by_splitters(data)
        rungs = self._rungs(X, y, given)
        check_statistics(self, data, weighted, rungs[0].candidates)
        for given_parameters in rungs[0].candidates if in_memory else ():
            settings = clone(self.estimator).set_params(**clone(given_parameters, safe=False))
            if reason := why_random(settings, *X.shape):
                raise UnsupportedError(reason)
        splits = [list(rung.splitter.split(X, y, **given)) for rung in rungs]
        statistics = RungStatistics(self, data, weighted, rungs[0].candidates, splits)
        del splits
        fit_by_fit = FitByFit(self._sized(data.n_rows), X, y, given, 1)
        fit_by_fit.outcomes = statistics.outcomes
        fit_by_fit.refit = statistics.refit
        self._search_by_halving(fit_by_fit)
        report = combined(type(self).__name__, [*reports, *statistics.reports])
        self.fit_report_ = replace(report, notes=(*report.notes, statistics.sentence()))
        best = getattr(self, "best_estimator_", None)
        if (
            in_memory
            and best is not None
            and type(self.estimator) is parent_class(type(self.estimator))
        ):
            self.best_estimator_ = to_sklearn(best)
        return self

    def _seen_by_splitters(self, data: Blocks) -> tuple[Any, Any, dict[str, Any], list[FitReport]]:
        """What splitters look at of the rows: X of no size, the target and groups if need be."""
        assert data.n_rows is not None
        plain = not is_classifier(self.estimator) and _looks_at_no_target(self.cv)
        X = np.broadcast_to(np.float64(0.0), (data.n_rows, 1))
        if plain and not data.has_groups:
            return X, np.broadcast_to(np.float64(0.0), (data.n_rows,)), {}, []
        rows = RungRows(data, type(self).__name__, _WHY)
        given = {} if rows.groups is None else {"groups": rows.groups}
        return X, rows.y, given, rows.reports

    def plan(self, X: Any, y: Any = None, **params: Any) -> StagedPlan:
        """What `fit` would do: rungs, what they share, and about how long they take.

        Parameters
        ----------
        X, y, **params
            As for `fit`. The target alone is read where folds depend on it, and a few rows for a
            small fit.

        Returns
        -------
        StagedPlan
            Prints as a tree.
        """
        groups = params.pop("groups", None)
        data, weighted, _ = self._opened(X, y, params, groups)
        data = data.counted()
        seen, target, given, _ = self._seen_by_splitters(data)
        rungs = self._rungs(seen, target, given)
        route, why = "statistics", ""
        try:
            if not self.share:
                raise UnsupportedError("share=False")
            check_statistics(self, data, weighted, rungs[0].candidates)
        except UnsupportedError as error:
            route, why = "memory", str(error).rstrip(".")
            try:
                folds_that_fit(data, _WHY)
            except MemoryBudgetError:
                if self.resource != "n_samples" or weighted:
                    raise
                route = "rungs"
        n_folds = check_cv(self.cv, target, classifier=is_classifier(self.estimator)).get_n_splits(
            seen, target, given.get("groups")
        )
        return plan_of_rungs(self, data, rungs, n_folds, route, why)

    def _rungs(self, X: Any, y: Any, params: dict[str, Any]) -> list[Rung]:
        """The rungs as scikit-learn makes them, with nothing fitted."""
        probe = clone(self).set_params(verbose=0)
        FitByFit(probe._sized(X.shape[0]), X, y, params, 1)
        rungs: list[Rung] = []

        def look(candidates: Any, cv: Any, more_results: Any, **_: Any) -> dict[str, Any]:
            asked = list(candidates)
            rungs.append(Rung(asked, cv, int(more_results["n_resources"][0])))
            every = [(n, each) for n, rung in enumerate(rungs) for each in rung.candidates]
            return {
                "iter": [number for number, _ in every],
                "mean_test_score": [0.0] * len(every),
                "params": [given for _, given in every],
            }

        super(_Halving, probe)._run_search(look, **self._nobody_told())  # type: ignore[misc]
        return rungs

    def _nobody_told(self) -> dict[str, Any]:
        takes = inspect.signature(super()._run_search).parameters  # type: ignore[misc]
        return {"callback_ctx": _Nobody()} if "callback_ctx" in takes else {}

    def _fit_by_rungs(self, data: Blocks, X: Any, y: Any) -> Any:
        what = type(self).__name__
        rungs = RungRows(data, what, _WHY)
        given = {} if rungs.groups is None else {"groups": rungs.groups}
        fit_by_fit = FitByFit(
            self._sized(rungs.n_rows), rungs.placeholder, rungs.y, given, config.get().threads
        )
        fit_by_fit.data = data
        fit_by_fit.pick = rungs.pick
        fit_by_fit.refit = lambda best: self._refit_on_blocks(best, X, y)
        self._search_by_halving(fit_by_fit)
        reports = rungs.reports
        if hasattr(self, "best_estimator_"):
            reports = [*reports, self.best_estimator_.fit_report_]
        report = combined(what, reports)
        self.fit_report_ = replace(report, notes=(*report.notes, fit_by_fit.sentence()))
        return self

    def _refit_on_blocks(self, best: Any, X: Any, y: Any) -> Any:
        try:
            return adopt(best).fit(X, y)
        except UnsupportedError as error:
            raise UnsupportedError(
                f"the search is done, see cv_results_ and best_params_, but its best candidate "
                f"cannot be fitted on all rows: {error}. Give {type(self).__name__} refit=False."
            ) from error

    def score(self, X: Any, y: Any = None) -> float:
        """The best estimator's score by the search's scorer; one pass over data on blocks."""
        if not is_big(X):
            return float(super().score(X, y))  # type: ignore[misc]
        check_is_fitted(self)
        return score_with({"score": self.scorer_}, self.best_estimator_, X, y)["score"]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn search, usable where skdask is not installed."""
        return to_sklearn(self)


class _Nobody:
    """A callback context that has nobody to call."""

    def subcontext(self, *_: Any, **__: Any) -> _Nobody:
        return self

    def call_on_fit_task_begin(self, *_: Any, **__: Any) -> _Nobody:
        return self

    def call_on_fit_task_end(self, *_: Any, **__: Any) -> None:
        return None


class HalvingGridSearchCV(_Halving, PlainGrid):
    """Search a grid with successive halving, on data of any size.

    Subclasses :class:`sklearn.model_selection.HalvingGridSearchCV` and has its parameters and
    attributes, the same candidates in the same rungs and the same scores. No experimental import
    is needed. Equal steps of pipelines are fitted once a fold, and candidates that differ in
    `n_estimators`, `max_iter`, `n_neighbors` or `ccp_alpha` only by one fit.

    Parameters
    ----------
    estimator, param_grid, factor, resource, max_resources, min_resources, \\
            aggressive_elimination, cv, scoring, refit, error_score, return_train_score, \\
            random_state, n_jobs, verbose
        As in scikit-learn.
    share : bool, default=True
        Whether candidates share what they can; in memory scikit-learn's plain loop otherwise.

    Attributes
    ----------
    fit_report_ : FitReport
        What the search read and cost; only after one on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import HalvingGridSearchCV
    >>> X = da.random.default_rng(0).normal(size=(900, 3), chunks=300)
    >>> grid = {"alpha": [0.1, 1.0, 1e3, 1e5]}
    >>> search = HalvingGridSearchCV(Ridge(), grid, random_state=0).fit(X, X.sum(axis=1))
    >>> search.best_params_, search.n_resources_
    ({'alpha': 0.1}, [300, 900])
    """

    _parameter_constraints: ClassVar = {
        **PlainGrid._parameter_constraints,
        "share": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        *,
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "exhaust",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        share: bool = True,
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.share = share


class HalvingRandomSearchCV(_Halving, PlainRandom):
    """Search sampled candidates with successive halving, on data of any size.

    Subclasses :class:`sklearn.model_selection.HalvingRandomSearchCV`; see
    :class:`HalvingGridSearchCV` for what is shared and for `share`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the search read and cost; only after one on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from scipy.stats import loguniform
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import HalvingRandomSearchCV
    >>> X = da.random.default_rng(0).normal(size=(900, 3), chunks=300)
    >>> search = HalvingRandomSearchCV(
    ...     Ridge(), {"alpha": loguniform(0.1, 1e5)}, n_candidates=9, random_state=0
    ... )
    >>> search.fit(X, X.sum(axis=1)).n_candidates_
    [9, 3, 1]
    """

    _parameter_constraints: ClassVar = {
        **PlainRandom._parameter_constraints,
        "share": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_candidates: Any = "exhaust",
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: Any = "auto",
        min_resources: Any = "smallest",
        aggressive_elimination: bool = False,
        cv: Any = 5,
        scoring: Any = None,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = True,
        random_state: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
        share: bool = True,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            n_candidates=n_candidates,
            factor=factor,
            resource=resource,
            max_resources=max_resources,
            min_resources=min_resources,
            aggressive_elimination=aggressive_elimination,
            cv=cv,
            scoring=scoring,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
            random_state=random_state,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.share = share
