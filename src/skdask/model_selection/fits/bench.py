"""Fitting and scoring a group of candidates in a fold, on rows in memory.

What scikit-learn does for one candidate, done for all that share a fit: the same outcomes, the
same errors and warnings, candidate by candidate. Where a shared fit fails, each of its candidates
is fitted by itself, so that each fails or not as it would have alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from traceback import format_exc
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skdask._sklearn import (
    fit_parameters,
    rows_of_split,
    score_fitted,
    scorer_names,
    scores_predictions_only,
)
from skdask.model_selection.fits.groups import Group, Member, Step
from skdask.model_selection.fits.prepared import Prepared, PreparedRows

Outcome = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """Rows in memory, their folds, and how fits are scored.

    Attributes
    ----------
    X, y : as scikit-learn's fit takes them
    splits : sequence of (train, test)
    scorer : callable
    fit_params, score_params : dict
    train_scores : bool
    error_score : "raise" or number
    keep_fitted : bool
        Whether outcomes have the fitted estimator, by the name "estimator".
    kept_bytes : int
        Bytes of prepared rows to keep.
    """

    X: Any = field(repr=False)
    y: Any = field(repr=False)
    splits: Sequence[tuple[Any, Any]] = field(repr=False)
    scorer: Any
    fit_params: dict[str, Any] = field(repr=False)
    score_params: dict[str, Any] = field(repr=False)
    train_scores: bool
    error_score: Any
    keep_fitted: bool = False
    kept_bytes: int = 2**30

    @cached_property
    def prepared(self) -> PreparedRows:
        return PreparedRows(self.kept_bytes)

    def __getstate__(self) -> dict[str, Any]:
        # each process prepares rows for itself
        return {name: value for name, value in vars(self).items() if name != "prepared"}

    def outcomes(self, group: Group, fold: int) -> list[Outcome]:
        """The outcome of each member, in their order."""
        started = time.perf_counter()
        try:
            prepared = self._prepare(group.prefix, fold, group.members[0].final)
        except Exception:
            if self.error_score == "raise":
                raise
            seconds = time.perf_counter() - started
            return [self._failed(format_exc(), seconds) for _ in group.members]
        before = (time.perf_counter() - started) / len(group.members)
        found = {} if group.rule is None else self._together(group, prepared, fold, before)
        return [
            found[position]
            if position in found
            else self._alone(member, group, prepared, fold, before)
            for position, member in enumerate(group.members)
        ]

    def _prepare(self, prefix: tuple[Step, ...], fold: int, final: Any) -> Prepared:
        if not prefix:
            # the rows of a precomputed kernel have columns of the fold
            pairwise = get_tags(final).input_tags.pairwise
            return self.prepared.get((fold, pairwise), lambda: self._rows(fold, final))
        return self.prepared.get((fold, prefix), lambda: self._through(prefix, fold, final))

    def _rows(self, fold: int, estimator: Any) -> Prepared:
        train, test = self.splits[fold]
        X_train, y_train = rows_of_split(estimator, self.X, self.y, train)
        X_test, y_test = rows_of_split(estimator, self.X, self.y, test, train)
        return Prepared(X_train, X_test, y_train, y_test)

    def _through(self, prefix: tuple[Step, ...], fold: int, final: Any) -> Prepared:
        before = self._prepare(prefix[:-1], fold, prefix[0].transformer)
        step = prefix[-1]
        transformer = clone(step.transformer)
        params = self._params_of(step.name, fold)
        if hasattr(transformer, "fit_transform"):
            train = transformer.fit_transform(before.train, before.y_train, **params)
        else:
            train = transformer.fit(before.train, before.y_train, **params).transform(before.train)
        steps = (*before.steps, (step.name, transformer))
        test = transformer.transform(before.test)
        return Prepared(train, test, before.y_train, before.y_test, steps)

    def _params_of(self, step: str, fold: int) -> dict[str, Any]:
        """Fit parameters of a step, or of the estimator where it has no name, for the rows."""
        params = fit_parameters(self.X, self.fit_params, self.splits[fold][0])
        if not step:
            return params
        start = f"{step}__"
        return {
            name.removeprefix(start): value
            for name, value in params.items()
            if name.startswith(start)
        }

    def _fit(self, final: Any, group: Group, prepared: Prepared, fold: int) -> Any:
        params = self._params_of(group.name, fold)
        if prepared.y_train is None:
            return final.fit(prepared.train, **params)
        return final.fit(prepared.train, prepared.y_train, **params)

    def _together(
        self, group: Group, prepared: Prepared, fold: int, before: float
    ) -> dict[int, Outcome]:
        """Outcomes by position of those that the shared fit serves."""
        rule, members = group.rule, group.members
        assert rule is not None
        values = [member.value for member in members]
        started = time.perf_counter()
        name = rule.parameter(members[0].final)
        try:
            lead = clone(members[0].final).set_params(**{str(name): rule.lead(values)})
            fitted = self._fit(lead, group, prepared, fold)
            seconds = before + (time.perf_counter() - started) / len(members)
            found = {
                position: self._outcome(seconds, scores, seconds_of_score)
                for position, scores, seconds_of_score in self._scores_of(
                    rule.models(fitted, values, prepared.test),
                    prepared.test,
                    prepared.y_test,
                    fold,
                    1,
                )
            }
            if self.train_scores:
                trained = self._scores_of(
                    rule.models(fitted, values, prepared.train),
                    prepared.train,
                    prepared.y_train,
                    fold,
                    0,
                )
                for position, scores, _ in trained:
                    if position in found:
                        found[position]["train_scores"] = scores
        except Exception:
            return {}
        if not self.train_scores:
            return found
        return {position: each for position, each in found.items() if "train_scores" in each}

    def _scores_of(
        self, models: Iterator[tuple[int, Any]], X: Any, y: Any, fold: int, part: int
    ) -> Iterator[tuple[int, Any, float]]:
        params = fit_parameters(self.X, self.score_params, self.splits[fold][part])
        for position, model in models:
            started = time.perf_counter()
            scores = score_fitted(model, X, y, self.scorer, params, self.error_score)
            yield position, scores, time.perf_counter() - started

    def _outcome(self, fit: float, scores: Any, score: float) -> Outcome:
        return {
            "fit_error": None,
            "test_scores": scores,
            "fit_time": fit,
            "score_time": score,
        }

    def _failed(self, error: str, seconds: float) -> Outcome:
        names = scorer_names(self.scorer)
        scores: Any = self.error_score if names is None else dict.fromkeys(names, self.error_score)
        outcome = self._outcome(seconds, scores, 0.0) | {"fit_error": error}
        if self.train_scores:
            outcome["train_scores"] = dict(scores) if isinstance(scores, dict) else scores
        return outcome

    def _alone(
        self, member: Member, group: Group, prepared: Prepared, fold: int, before: float
    ) -> Outcome:
        started = time.perf_counter()
        try:
            fitted = self._fit(clone(member.final), group, prepared, fold)
        except Exception:
            if self.error_score == "raise":
                raise
            return self._failed(format_exc(), before + time.perf_counter() - started)
        fit_time = before + time.perf_counter() - started
        started = time.perf_counter()
        rows, model = prepared, fitted
        if prepared.steps and not scores_predictions_only(self.scorer):
            # who looks at the estimator is shown all of it, and the rows as they came
            rows = self._prepare((), fold, prepared.steps[0][1])
            model = Pipeline([*prepared.steps, (group.name, fitted)])
        params = fit_parameters(self.X, self.score_params, self.splits[fold][1])
        scores = score_fitted(model, rows.test, rows.y_test, self.scorer, params, self.error_score)
        outcome = self._outcome(fit_time, scores, time.perf_counter() - started)
        if self.train_scores:
            params = fit_parameters(self.X, self.score_params, self.splits[fold][0])
            outcome["train_scores"] = score_fitted(
                model, rows.train, rows.y_train, self.scorer, params, self.error_score
            )
        if self.keep_fitted:
            steps = [*prepared.steps, (group.name, fitted)]
            outcome["steps"] = steps
        return outcome
