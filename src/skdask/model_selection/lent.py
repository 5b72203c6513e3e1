"""Our shared passes for scikit-learn's own searches and functions, on rows in memory.

What comes back is of scikit-learn's classes and in its forms, to be put in the place of what
scikit-learn would have made. Unlike our public functions these never hand over to scikit-learn:
they raise `UnsupportedError` with the reason.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from skdask import config
from skdask.exceptions import UnsupportedError
from skdask.model_selection import search as searches
from skdask.model_selection.curves import Scores, parameter_scores, size_scores
from skdask.model_selection.in_memory import why_not_shared, why_random
from skdask.model_selection.permutation import question_of, tested
from skdask.model_selection.validation import fold_scores
from skdask.pipeline.weights import open_weighted
from skdask.routes.splits import split_positions

_OURS: dict[str, Any] = {
    "GridSearchCV": searches.GridSearchCV,
    "RandomizedSearchCV": searches.RandomizedSearchCV,
}


def search_results(
    search: Any, candidates: list[dict[str, Any]], cv: Any, X: Any, y: Any, params: dict[str, Any]
) -> dict[str, Any]:
    """The fitted attributes of a search of scikit-learn's, all candidates in shared passes.

    Parameters
    ----------
    search : GridSearchCV or RandomizedSearchCV of scikit-learn
        Is left as it is.
    candidates : list of dict
        Those of the search.
    cv : int, splitter, iterable or None
        In the place of the search's own, where that has been drawn from already.
    X, y : rows in memory
    params : dict
        Fit parameters, `groups` among them.

    Raises
    ------
    UnsupportedError
        Where the candidates cannot share passes.
    """
    ours, given, groups = _ours(search, cv, params)
    reason = ours._why_not_shared(candidates, X, y, given)
    if reason:
        raise UnsupportedError(reason)
    with config.set(client=False):
        ours._fit_shared(candidates, X, y, groups, given)
    return _fitted(ours)


def search_results_fit_by_fit(
    search: Any, candidates: list[dict[str, Any]], cv: Any, X: Any, y: Any, params: dict[str, Any]
) -> dict[str, Any]:
    """The same by scikit-learn's own fits, with equal steps and parts of fits made once.

    Raises
    ------
    UnsupportedError
        Where the candidates have nothing in common.
    """
    ours, given, groups = _ours(search, cv, params)
    if not ours._fits_of(candidates, given).are_shared:
        raise UnsupportedError("candidates have no step in common that one fit would serve")
    with config.set(client=False):
        ours._fit_in_memory(candidates, X, y, groups, given)
    return _fitted(ours)


def _ours(search: Any, cv: Any, params: dict[str, Any]) -> tuple[Any, dict[str, Any], Any]:
    kind = _OURS[type(search).__name__]
    ours = kind.__new__(kind)
    vars(ours).update(search.get_params(deep=False))
    ours.share, ours.verbose, ours.cv = True, 0, cv
    given = dict(params)
    return ours, given, given.pop("groups", None)


def _fitted(ours: Any) -> dict[str, Any]:
    known = {*ours.get_params(deep=False), "fit_report_"}
    return {name: value for name, value in vars(ours).items() if name not in known}


def _check(estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> None:
    reason = why_not_shared(estimator, X, y, params) or why_random(estimator, *X.shape)
    if reason:
        raise UnsupportedError(reason)


def cross_validation(
    estimator: Any, X: Any, y: Any, params: dict[str, Any], **options: Any
) -> dict[str, Any]:
    """What `sklearn.model_selection.cross_validate` gives."""
    _check(estimator, X, y, params)
    with config.set(client=False):
        return fold_scores(estimator, X, y, params, **options)


def curve_of_parameter(
    estimator: Any, X: Any, y: Any, params: dict[str, Any], groups: Any, **options: Any
) -> tuple[Scores, Scores]:
    """What `sklearn.model_selection.validation_curve` gives."""
    _check(estimator, X, y, params)
    with config.set(client=False):
        data, weighted = open_weighted(estimator, X, y, params, groups)
        return parameter_scores(estimator, data, weighted, **options)


def curve_of_sizes(
    estimator: Any, X: Any, y: Any, params: dict[str, Any], groups: Any, cv: Any, **options: Any
) -> tuple[Any, ...]:
    """What `sklearn.model_selection.learning_curve` gives."""
    _check(estimator, X, y, params)
    with config.set(client=False):
        data, weighted = open_weighted(estimator, X, y, params, groups)
        splits = split_positions(cv, data, is_classifier(estimator))
        return size_scores(estimator, data, weighted, splits, **options)


def permutation_test(
    estimator: Any,
    X: Any,
    y: Any,
    params: dict[str, Any],
    groups: Any,
    cv: Any,
    scoring: Any,
    n_permutations: int,
    random_state: Any,
) -> tuple[float, NDArray[np.float64], float]:
    """What `sklearn.model_selection.permutation_test_score` gives."""
    _check(estimator, X, y, params)
    with config.set(client=False):
        data, weighted = open_weighted(estimator, X, y, params, groups)
        question = question_of(estimator, cv, scoring, weighted)
        return tested(question, question.compiled(), data, n_permutations, random_state)
