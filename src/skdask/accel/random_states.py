"""Random numbers are drawn as scikit-learn draws them, or as if nobody had drawn any.

What draws from a state that goes on (NumPy's global one, a `RandomState`) is asked once, where
scikit-learn asks it; and where our route ends in scikit-learn's, the states are put back first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv

from skdask.accel.rules import is_sklearn
from skdask.accel.stay import Stay


@contextmanager
def put_back_on_failure(*owners: Any) -> Iterator[None]:
    """Where an error leaves the block, leave all random states as they were before it."""
    states = {id(state): state for owner in owners for state in _states(owner)}
    before = [(state, state.get_state()) for state in states.values()]
    everyone = np.random.get_state()  # noqa: NPY002 - it is the users' that is kept
    try:
        yield
    except BaseException:
        np.random.set_state(everyone)  # noqa: NPY002
        for state, was in before:
            state.set_state(was)
        raise


def _states(owner: Any) -> Iterator[np.random.RandomState]:
    values = list(getattr(owner, "__dict__", {}).values())
    if hasattr(owner, "get_params"):
        values += owner.get_params(deep=True).values()
    for value in [owner, *values]:
        if isinstance(value, np.random.RandomState):
            yield value
        elif is_sklearn(value) and isinstance(
            getattr(value, "random_state", None), np.random.RandomState
        ):
            yield value.random_state


def draws(cv: Any) -> bool:
    """Whether a splitter of scikit-learn's cuts other folds each time it is asked."""
    if cv is None or isinstance(cv, Integral) or not hasattr(cv, "split"):
        return False
    shuffles = getattr(cv, "shuffle", True)
    settled = isinstance(getattr(cv, "random_state", 0), Integral)
    return bool(shuffles) and not settled


def settled_splits(cv: Any, X: Any, y: Any, groups: Any, classifier: bool) -> Any:
    """The splitter, or its splits where it would cut others the next time."""
    if not draws(cv):
        return cv
    return list(check_cv(cv, y, classifier=classifier).split(X, y, groups))


def check_splitter(cv: Any) -> None:
    """Leave splitters that cannot be asked without being changed.

    Raises
    ------
    Stay
    """
    if cv is None or isinstance(cv, Integral | list | tuple):
        return
    if not hasattr(cv, "split"):
        raise Stay("cv is an iterator that can be read once")
    if not is_sklearn(cv):
        raise Stay(f"the splitter {type(cv).__name__} is not scikit-learn's")


def why_random(estimator: Any) -> str:
    """Which part of an estimator draws other numbers each time it is fitted; empty if none does.

    A `random_state` that is a number is none, whatever the order of the fits.
    """
    params = estimator.get_params(deep=True)
    for name, value in params.items():
        owner, _, last = name.rpartition("__")
        if last == "random_state" and not isinstance(value, Integral):
            model = params[owner] if owner else estimator
            if not _needs_none(model):
                kind = type(model).__name__
                return f"{kind} draws random numbers that no random_state fixes"
    return ""


def _needs_none(model: Any) -> bool:
    """Whether the settings of a model of scikit-learn's leave its random state without a use."""
    name = type(model).__name__
    if name in ("Ridge", "RidgeClassifier"):
        return model.solver not in ("sag", "saga")
    if name in ("LogisticRegression", "LogisticRegressionCV"):
        return model.solver not in ("sag", "saga", "liblinear")
    if name in ("Lasso", "ElasticNet", "LassoCV", "ElasticNetCV"):
        return model.selection == "cyclic"
    if name == "PCA":
        return model.svd_solver in ("full", "covariance_eigh")
    if name in ("SVC", "NuSVC"):
        return model.probability is not True  # it may say that it is deprecated
    if name in ("Lars", "LassoLars"):
        return model.jitter is None
    return False
