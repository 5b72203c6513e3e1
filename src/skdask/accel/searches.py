"""Searches of scikit-learn's: all candidates and folds in shared passes, or shared fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import ParameterGrid, ParameterSampler, check_cv

from skdask.accel.cost import ADVANTAGE, Work, loading, require_advantage
from skdask.accel.jobs import jobs_of
from skdask.accel.random_states import (
    check_splitter,
    put_back_on_failure,
    settled_splits,
    why_random,
)
from skdask.accel.rules import (
    all_parts,
    check_scoring_functions,
    is_sklearn,
    settle_call,
    shape_of,
    why_inexact,
)
from skdask.accel.stay import Stay


def search(arguments: Mapping[str, Any]) -> Any:
    """`fit` of a `GridSearchCV` or `RandomizedSearchCV`, whose object it returns."""
    own, X, y, params = (arguments[name] for name in ("self", "X", "y", "params"))
    _check(own)
    with put_back_on_failure(own, own.cv):
        candidates, fitted = _fitted(own, X, y, params)
        _check_scores(fitted["cv_results_"])
    n_folds = fitted["n_splits_"]
    if own.verbose:
        count = len(candidates)
        print(
            f"Fitting {n_folds} folds for each of {count} candidates, totalling "
            f"{count * n_folds} fits"
        )
    vars(own).update(fitted)
    own._checked_cv_orig = check_cv(own.cv, y, classifier=is_classifier(own.estimator))
    return own


def _check(own: Any) -> None:
    if own.verbose > 1:
        raise Stay(f"verbose={own.verbose} prints every fit")
    if own.error_score == "raise":
        raise Stay("error_score='raise'")
    if not is_sklearn(own.estimator):
        raise Stay(f"{type(own.estimator).__name__} is not scikit-learn's")
    if callable(own.refit):
        raise Stay("a function of yours chooses the best candidate")
    check_scoring_functions(own.scoring)
    check_splitter(own.cv)
    settle_call(own)


def _fitted(own: Any, X: Any, y: Any, params: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    work, why = _work(own, X)
    if not why:
        require_advantage(work)
    else:
        # some of scikit-learn's own fits are saved, how many is not known yet
        require_advantage(work, loading() + work.theirs / (2 * ADVANTAGE))
    candidates = _candidates(own)
    estimators = [
        clone(own.estimator).set_params(**clone(candidate, safe=False)) for candidate in candidates
    ]
    why = why or next(filter(None, map(why_inexact, estimators)), "")
    classifier = is_classifier(own.estimator)
    if why:
        # before a random splitter is asked
        _check_fit_by_fit(own, estimators, why)
    cv = settled_splits(own.cv, X, y, params.get("groups"), classifier)
    from skdask.exceptions import UnsupportedError
    from skdask.model_selection import lent

    if not why:
        try:
            return candidates, lent.search_results(own, candidates, cv, X, y, params)
        except UnsupportedError as error:
            why = str(error)
            _check_fit_by_fit(own, estimators, why)
    try:
        fitted = lent.search_results_fit_by_fit(own, candidates, cv, X, y, params)
    except UnsupportedError as error:
        raise Stay(f"{why}; {error}") from None
    return candidates, fitted


def _check_scores(results: dict[str, Any]) -> None:
    """Leave searches with fits that failed, of which scikit-learn warns in its own words."""
    for name, values in results.items():
        if name.startswith(("mean_test_", "mean_train_")) and not np.isfinite(values).all():
            raise Stay("some fits failed or have scores that are no numbers")


def _work(own: Any, X: Any) -> tuple[Work, str]:
    """What the search takes, and why shared passes cannot do it as far as is known by now."""
    number = own.n_iter if hasattr(own, "n_iter") else len(ParameterGrid(own.param_grid))
    n_folds = check_cv(own.cv).get_n_splits() if _counts_itself(own.cv) else 5
    fits, jobs = number * n_folds, jobs_of(own.n_jobs)
    why = ""
    try:
        n_rows, n_features = shape_of(X)
    except Stay as stay:
        why = str(stay)
        shape = X.shape if hasattr(X, "shape") else (len(X),)
        n_rows, n_features = (*shape, 1)[:2]
    return Work(own.estimator, n_rows, n_features, fits, True, jobs), why


def _counts_itself(cv: Any) -> bool:
    """Whether a splitter knows its number of folds without the rows."""
    return "Group" not in type(cv).__name__ and "Leave" not in type(cv).__name__


def _candidates(own: Any) -> list[dict[str, Any]]:
    if hasattr(own, "param_grid"):
        return list(ParameterGrid(own.param_grid))
    return list(
        ParameterSampler(own.param_distributions, own.n_iter, random_state=own.random_state)
    )


def _check_fit_by_fit(own: Any, estimators: list[Any], why: str) -> None:
    """Leave searches whose fits might do something else in another order, or in threads."""
    for estimator in estimators:
        if reason := why_random(estimator):
            raise Stay(f"{why}; {reason}")
        for part in all_parts(estimator):
            if not is_sklearn(part):
                raise Stay(f"{why}; {type(part).__name__} is not scikit-learn's")
            for value in part.get_params(deep=False).values():
                module = str(getattr(value, "__module__", "sklearn")).split(".")[0]
                if callable(value) and module not in ("sklearn", "numpy", "scipy", "builtins"):
                    raise Stay(f"{why}; {type(part).__name__} has a function of yours")
