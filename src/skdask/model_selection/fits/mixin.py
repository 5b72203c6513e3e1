"""What a search does with rows in memory, where statistics of them will not do."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

from rich.tree import Tree
from sklearn import get_config, model_selection
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skdask import blocks as block_room
from skdask import config
from skdask._sklearn import joint_scorer, routed_parameters
from skdask.blocks import Blocks, is_big
from skdask.model_selection.fits.evaluate import Fits
from skdask.model_selection.fits.groups import settings_of
from skdask.model_selection.fits.rows import (
    InMemory,
    bring_to_memory,
    folds_that_fit,
    weights_among,
)
from skdask.model_selection.fits.searching import FitByFit
from skdask.model_selection.plan import Plan
from skdask.pipeline.weights import open_weighted
from skdask.routes.callbacks import has_callbacks
from skdask.routes.documents import as_table
from skdask.routes.fitting import in_form
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import adopt


def _lazily(name: str) -> Any:
    """A method of the best estimator, on blocks too where that is none of ours."""

    def method(self: Any, X: Any) -> Any:
        check_is_fitted(self)
        ours = type(self.best_estimator_).__module__.split(".")[0] == "skdask"
        if is_big(X) and not ours:
            return apply_lazily(self.best_estimator_, name, X)
        return getattr(super(InMemorySearch, self), name)(X)

    method.__name__ = name
    method.__doc__ = f"`{name}` of the best estimator, lazily on Dask collections and files."

    def is_there(self: Any) -> bool:
        getattr(super(InMemorySearch, self), name)
        return True

    return available_if(is_there)(method)


class InMemorySearch:
    """Fits on rows in memory; it stands before scikit-learn's class in the bases."""

    estimator: Any
    best_estimator_: Any
    cv: Any
    share: bool

    def _opened(
        self, X: Any, y: Any, params: dict[str, Any], groups: Any
    ) -> tuple[Blocks, frozenset[str], bool]:
        """The data, the steps that are given weights, and whether scores are weighted.

        As scikit-learn's searches have it: weights of a plain estimator reach the scorer, those of
        a pipeline's step do not; and where metadata routing is enabled it says who is given what.
        """
        given = params if groups is None else {**params, "groups": groups}
        if not given or not get_config()["enable_metadata_routing"]:
            data, weighted = open_weighted(self.estimator, X, y, params, groups)
            return data, weighted, "" in weighted
        routed = routed_parameters(self, given)
        groups = routed.splitter.split.get("groups")
        weight = routed.scorer.score.get("sample_weight")
        if routed.estimator.fit or weight is None:
            of_fit = dict(routed.estimator.fit)
            data, weighted = open_weighted(self.estimator, X, y, of_fit, groups)
            return data, weighted, weight is not None
        X, y = as_table(self.estimator, X, y)
        opened = block_room.open(X, y, None if weight is True else weight, groups)
        return in_form(self.estimator, opened), frozenset(), True

    def _fallback_plan(
        self,
        candidates: list[dict[str, Any]],
        params: dict[str, Any],
        reason: str,
        threads: int = 0,
    ) -> Plan:
        fits = self._fits_of(candidates, params)
        in_memory = not threads
        if in_memory:
            threads = config.get().threads
        return Plan(
            what=type(self).__name__,
            n_candidates=len(candidates),
            n_folds=fits.n_folds,
            passes=0,
            more_passes=None,
            reasons=(),
            n_bytes=None,
            memory=None,
            budget=config.get().budget,
            data="in memory",
            branches=Tree(""),
            fallback=reason,
            fits="" if in_memory and not fits.are_shared else fits.sentence(threads),
        )

    def _fits_of(self, candidates: list[dict[str, Any]], params: dict[str, Any]) -> Fits:
        """The fits of candidates on rows in memory."""
        n_folds = model_selection.check_cv(self.cv).get_n_splits() if self.cv is not None else 5
        settings = settings_of(self.estimator, candidates)
        # callbacks see every fit, so there must be all of them
        share = self.share and not (has_callbacks(self) or has_callbacks(self.estimator))
        return Fits.of(self.estimator, settings, n_folds, joint_scorer(self), params, share)

    def _gathered_plan(
        self, candidates: list[dict[str, Any]], params: dict[str, Any], data: Blocks, why: str
    ) -> Plan:
        counted = data.counted()
        plan = self._fallback_plan(candidates, params, why, folds_that_fit(counted, why))
        return replace(plan, passes=1, n_bytes=counted.n_bytes, data=counted.name)

    def _fit_in_memory(
        self, candidates: list[dict[str, Any]], X: Any, y: Any, groups: Any, params: dict[str, Any]
    ) -> Any:
        vars(self).pop("fit_report_", None)
        fit_by_fit = self._fit_by_fit(X, y, groups, params, config.get().threads)
        self._search_by(fit_by_fit, candidates)
        return self

    def _search_by(self, fit_by_fit: FitByFit, candidates: list[dict[str, Any]]) -> None:
        fit_by_fit.evaluate(candidates)
        fit_by_fit.conclude()

    def _fit_by_fit(
        self, X: Any, y: Any, groups: Any, params: dict[str, Any], threads: int
    ) -> FitByFit:
        params = params if groups is None else {**params, "groups": groups}
        return FitByFit(self, X, y, params, threads)

    def _fit_gathered(
        self,
        candidates: list[dict[str, Any]],
        X: Any,
        y: Any,
        groups: Any,
        params: dict[str, Any],
        why: str,
    ) -> Any:
        """On blocks, what needs rows in memory."""
        if has_callbacks(self):
            warnings.warn(
                f"the callbacks of {type(self).__name__} are not told of fits on rows in memory",
                stacklevel=3,
            )
        data, weighted, _ = self._opened(X, y, params, groups)
        found = bring_to_memory(data, type(self).__name__, why)
        rows = found.rows
        given = weights_among(params, rows, sorted(weighted))
        fit_by_fit = self._fit_by_fit(rows.X, rows.y, rows.groups, given, found.threads)
        fit_by_fit.data = data.counted()
        self._search_by(fit_by_fit, candidates)
        self._tell_of(fit_by_fit, found, why)
        return self

    def _tell_of(self, fit_by_fit: FitByFit, found: InMemory, why: str) -> None:
        """What was done in memory instead, in the report; and a best estimator for blocks."""
        sentences = (why, fit_by_fit.sentence())
        report = replace(found.report, what=type(self).__name__)
        self.fit_report_ = replace(report, notes=(*report.notes, *sentences))
        if hasattr(self, "best_estimator_"):
            self.best_estimator_ = adopt(self.best_estimator_)

    predict = _lazily("predict")
    predict_proba = _lazily("predict_proba")
    predict_log_proba = _lazily("predict_log_proba")
    decision_function = _lazily("decision_function")
    transform = _lazily("transform")
