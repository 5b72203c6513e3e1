"""cross_validate, cross_val_score, learning and validation curves, tests by permutation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import check_cv

from skdask.accel.cost import Work, require_advantage
from skdask.accel.jobs import jobs_of
from skdask.accel.random_states import (
    check_splitter,
    draws,
    put_back_on_failure,
    settled_splits,
)
from skdask.accel.rules import check_scoring_functions, settle_call, shape_of, why_inexact
from skdask.accel.stay import Stay


def cross_validate(arguments: Mapping[str, Any]) -> Any:
    """What scikit-learn's gives, all folds in shared passes."""
    options = ("scoring", "return_train_score", "return_estimator", "return_indices")
    return _run("cross_validation", arguments, 1, options)


def cross_val_score(arguments: Mapping[str, Any]) -> Any:
    """The same with one scorer, and the scores alone."""
    scorer = check_scoring(arguments["estimator"], arguments["scoring"])
    quiet = {"return_train_score": False, "return_estimator": False, "return_indices": False}
    return cross_validate({**arguments, **quiet, "scoring": {"score": scorer}})["test_score"]


def validation_curve(arguments: Mapping[str, Any]) -> Any:
    """Scores for values of a parameter, all values and folds in shared passes."""
    values = list(arguments["param_range"])
    name = arguments["param_name"]
    others = [
        clone(arguments["estimator"]).set_params(**{name: clone(value, safe=False)})
        for value in values
    ]
    options = ("scoring", "param_name", "param_range")
    return _run("curve_of_parameter", arguments, len(values), options, others)


def learning_curve(arguments: Mapping[str, Any]) -> Any:
    """Scores for growing training sets, all sizes and folds in shared passes."""
    if arguments["exploit_incremental_learning"]:
        raise Stay("exploit_incremental_learning")
    sizes = arguments["train_sizes"]
    more = {"sizes": sizes, "times": arguments["return_times"]}
    options = ("scoring", "shuffle", "random_state")
    found = _run("curve_of_sizes", arguments, len(sizes), options, more=more)
    return tuple(found)


def permutation_test_score(arguments: Mapping[str, Any]) -> Any:
    """The scores of permuted targets, all of them in shared passes."""
    if not isinstance(arguments["random_state"], Integral) or draws(arguments["cv"]):
        raise Stay("its permutations or folds are drawn from a random state that goes on")
    number = arguments["n_permutations"]
    options = ("scoring", "n_permutations", "random_state")
    score, by_chance, pvalue = _run("permutation_test", arguments, number + 1, options)
    return np.float64(score), by_chance, np.float64(pvalue)


def _run(
    function: str,
    arguments: Mapping[str, Any],
    fits: int,
    names: tuple[str, ...],
    estimators: list[Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Any:
    """Call one of our functions with some of the arguments, where that gives the same sooner."""
    estimator, X, y, cv = (arguments[name] for name in ("estimator", "X", "y", "cv"))
    groups = arguments["groups"]
    n_rows, n_features = shape_of(X)
    _check(arguments)
    for each in (estimator, *(estimators or [])):
        if reason := why_inexact(each):
            raise Stay(reason)
    n_folds = check_cv(cv).get_n_splits(X, y, groups)
    jobs = jobs_of(arguments["n_jobs"])
    require_advantage(Work(estimator, n_rows, n_features, fits * n_folds, True, jobs))
    with put_back_on_failure(estimator, cv, arguments.get("random_state")):
        splits = settled_splits(cv, X, y, groups, is_classifier(estimator))
        from skdask.model_selection import lent

        ours: Callable[..., Any] = getattr(lent, function)
        given = {name: arguments[name] for name in names} | dict(more or {})
        params = dict(arguments["params"] or {})
        return ours(estimator, X, y, params, groups=groups, cv=splits, **given)


def _check(arguments: Mapping[str, Any]) -> None:
    if arguments["verbose"]:
        raise Stay(f"verbose={arguments['verbose']} prints every fit")
    if arguments.get("error_score") == "raise":
        raise Stay("error_score='raise'")
    check_scoring_functions(arguments["scoring"])
    check_splitter(arguments["cv"])
    settle_call(arguments["estimator"])
