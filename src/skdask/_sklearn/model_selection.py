"""Scorers, tables of results and single fits, as scikit-learn's own searches make them."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics._scorer import (
    _check_multimetric_scoring,
    _MultimetricScorer,
    _PassthroughScorer,
    _Scorer,
)
from sklearn.model_selection._search import BaseSearchCV, _yield_masked_array_for_each_param
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _score,
    _translate_train_sizes,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils._plotting import _validate_score_name
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params


def named_scorers(estimator: BaseEstimator, scoring: Any) -> dict[str, Any]:
    """Scorers by name from a list of names or a mapping."""
    return dict(_check_multimetric_scoring(estimator, scoring))


def search_scorers(search: BaseSearchCV) -> tuple[Any, str]:
    """The scorer of a search, or a dict of several, and the metric that `refit` goes by."""
    scorers, refit_metric = search._get_scorers()
    if isinstance(scorers, _MultimetricScorer):
        return dict(scorers._scorers), refit_metric
    return scorers, refit_metric


def format_results(
    search: BaseSearchCV,
    candidates: list[dict[str, Any]],
    n_splits: int,
    outcomes: list[dict[str, Any]],
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """`cv_results_` from the outcomes of all fits, candidate by candidate, split by split."""
    return dict(search._format_results(candidates, n_splits, outcomes, more))


def select_best_index(search: BaseSearchCV, refit_metric: str, results: dict[str, Any]) -> int:
    """The row of `cv_results_` that `refit` chooses."""
    return search._select_best_index(search.refit, refit_metric, results)


def masked_parameters(candidates: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The columns ``param_...`` of `cv_results_`, masked where a candidate has no such one."""
    return dict(_yield_masked_array_for_each_param(candidates))


def joint_scorer(search: BaseSearchCV) -> Any:
    """The one callable by which a search scores a fit, whether by one metric or by several."""
    return search._get_scorers()[0]


def scores_predictions_only(scorer: Any) -> bool:
    """Whether a scorer asks a model for nothing but predictions of the rows that it is given."""
    if isinstance(scorer, _MultimetricScorer):
        return all(map(scores_predictions_only, scorer._scorers.values()))
    return isinstance(scorer, _Scorer | _PassthroughScorer)


def scorer_names(scorer: Any) -> list[str] | None:
    """The names of several scores; None for one, or for a callable that has yet to tell."""
    return list(scorer._scorers) if isinstance(scorer, _MultimetricScorer) else None


def named_scores_of(scorer: Any) -> dict[str, Any] | None:
    """The scorers of several metrics by name; None for one, or for a callable."""
    return dict(scorer._scorers) if isinstance(scorer, _MultimetricScorer) else None


def fit_parameters(X: Any, params: dict[str, Any], rows: Any) -> dict[str, Any]:
    """Parameters of a fit or a score, those as long as X cut to some of its rows."""
    return dict(_check_method_params(X, params=params, indices=rows))


def score_fitted(
    estimator: Any, X: Any, y: Any, scorer: Any, params: dict[str, Any], error_score: Any
) -> Any:
    """The scores of a fit: a number, or a dict of them; `error_score` where scoring fails."""
    return _score(estimator, X, y, scorer, params, error_score)


def rows_of_split(estimator: Any, X: Any, y: Any, rows: Any, train: Any = None) -> tuple[Any, Any]:
    """Rows of X, of which a precomputed kernel has as many columns, and of y."""
    found: tuple[Any, Any] = _safe_split(estimator, X, y, rows, train)
    return found


def settle_failures(outcomes: list[dict[str, Any]], scoring: Any, error_score: Any) -> None:
    """Warn of fits that failed and give them their scores; an error where all have."""
    _warn_or_raise_about_fit_failures(outcomes, error_score)
    if callable(scoring):
        _insert_error_scores(outcomes, error_score)


def routed_parameters(search: BaseSearchCV, params: dict[str, Any]) -> Any:
    """Fit parameters by where they go: ``estimator.fit``, ``splitter.split``, ``scorer.score``."""
    return search._get_routed_params_for_fit(params)


def check_resources(search: BaseSearchCV, X: Any, y: Any, split_params: dict[str, Any]) -> None:
    """Settle the resources of a search by halving; nothing for any other."""
    # only from 1.9 on does every search have it
    check = getattr(search, "_check_input_parameters", None)
    if check is not None:
        check(X=X, y=y, split_params=split_params)


def check_refit_metric(search: BaseSearchCV, scores: dict[str, Any]) -> None:
    """Raise where `refit` names none of the scores that a callable gave."""
    search._check_refit_for_multimetric(scores)


def translated_train_sizes(train_sizes: Any, most: int) -> NDArray[np.int64]:
    """Numbers of rows that a learning curve trains on, of at most so many."""
    sizes: NDArray[np.int64] = _translate_train_sizes(train_sizes, most)
    return sizes


def named_score(name: str | None, scoring: Any, negate: bool) -> str:
    """What the axis of a plot calls a score."""
    found: str = _validate_score_name(name, scoring, negate)
    return found


def takes_weights_to_score(scorer: Any) -> bool:
    """Whether a scorer, or one of several, is given the weights of the rows it scores."""
    if hasattr(scorer, "_accept_sample_weight"):
        return bool(scorer._accept_sample_weight())
    return "sample_weight" in signature(scorer).parameters
