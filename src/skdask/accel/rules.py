"""Where our answer is scikit-learn's: which estimators, which rows, which calls.

By default only what agrees to rounding: models that see the rows through means and covariances,
solved as scikit-learn solves them. Solvers that stop at a tolerance are for
``install(within_tolerance=True)``. Nothing here looks at more than parameters, types and shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn import get_config

from skdask.accel.settings import settings
from skdask.accel.stay import Stay

Rule = Callable[[Any], str]


def _always(model: Any) -> str:
    return ""


def _direct(model: Any) -> str:
    if model.positive:
        return "positive=True"
    if model.solver not in ("auto", "cholesky", "svd"):
        return f"its solver {model.solver!r} stops at a tolerance"
    return ""


def _not_positive(model: Any) -> str:
    return "positive=True" if model.positive else ""


def _cyclic(model: Any) -> str:
    if model.selection != "cyclic":
        return "selection='random'"
    if not isinstance(model.precompute, str | bool):
        return "it is given a Gram matrix"
    return ""


def _least_angle(model: Any) -> str:
    if getattr(model, "jitter", None) is not None:
        return "jitter"
    return "" if isinstance(model.precompute, str | bool) else "it is given a Gram matrix"


def _full(model: Any) -> str:
    if model.svd_solver in ("auto", "full", "covariance_eigh"):
        return ""
    return f"its solver {model.svd_solver!r} is random"


def _discriminant(model: Any) -> str:
    if model.covariance_estimator is not None:
        return "covariance_estimator"
    return "" if model.solver == "lsqr" else "rounding chooses the signs of its axes"


def _scores_of_moments(model: Any) -> str:
    known = ("f_classif", "f_regression", "r_regression")
    name = getattr(model.score_func, "__name__", "")
    ours = getattr(model.score_func, "__module__", "").startswith("sklearn.")
    return "" if ours and name in known else f"score_func {name or model.score_func!r}"


def _keeps_no_rows(model: Any) -> str:
    if model.scoring is not None:
        return "its scoring looks at the rows"
    return "store_cv_results keeps a value for each row" if model.store_cv_results else ""


# to rounding
EXACT: dict[str, Rule] = {
    "BayesianRidge": _always,
    "ElasticNet": _cyclic,
    "ElasticNetCV": _cyclic,
    "GaussianNB": _always,
    "GraphicalLassoCV": _always,
    "Lars": _least_angle,
    "LarsCV": _least_angle,
    "Lasso": _cyclic,
    "LassoCV": _cyclic,
    "LedoitWolf": _always,
    "LinearDiscriminantAnalysis": _discriminant,
    "LinearRegression": _not_positive,
    "MaxAbsScaler": _always,
    "MinMaxScaler": _always,
    "OrthogonalMatchingPursuit": _always,
    "OrthogonalMatchingPursuitCV": _always,
    "PCA": _full,
    "PolynomialFeatures": _always,
    "Ridge": _direct,
    "RidgeCV": _keeps_no_rows,
    "RidgeClassifier": _direct,
    "RidgeClassifierCV": _keeps_no_rows,
    "SelectKBest": _scores_of_moments,
    "SelectPercentile": _scores_of_moments,
    "StandardScaler": _always,
    "VarianceThreshold": _always,
}

# up to the tolerance of a solver
WITHIN_TOLERANCE: dict[str, Rule] = {
    "GammaRegressor": _always,
    "HuberRegressor": _always,
    # what leaves the path again is zero here, and some 1e-16 of either sign there
    "LassoLars": _least_angle,
    "LassoLarsCV": _least_angle,
    "LogisticRegression": _always,
    "LogisticRegressionCV": _always,
    "PoissonRegressor": _always,
    "TweedieRegressor": _always,
}


def is_sklearn(value: Any) -> bool:
    """Whether it is of exactly one of scikit-learn's own classes."""
    return type(value).__module__.split(".")[0] == "sklearn"


def parts_of(estimator: Any) -> list[Any]:
    """The steps of a pipeline that do something, or the estimator alone."""
    if type(estimator).__name__ != "Pipeline":
        return [estimator]
    steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    return [part for step in steps for part in parts_of(step)]


def why_inexact(estimator: Any) -> str:
    """Why our answer for an estimator may differ from scikit-learn's; empty if it does not."""
    if not is_sklearn(estimator):
        return f"{type(estimator).__name__} is not scikit-learn's"
    if type(estimator).__name__ == "Pipeline":
        if estimator.transform_input is not None:
            return "transform_input"
        reasons = (why_inexact(part) for part in parts_of(estimator))
        return next((reason for reason in reasons if reason), "")
    name = type(estimator).__name__
    rule = EXACT.get(name)
    if rule is None and settings().within_tolerance:
        rule = WITHIN_TOLERANCE.get(name)
    if rule is None and name in WITHIN_TOLERANCE:
        return f"{name} agrees up to its tolerance only (--within-tolerance accelerates it)"
    if rule is None:
        return f"{name} has no shared route"
    if getattr(estimator, "warm_start", False):
        return f"{name}: warm_start"
    reason = rule(estimator)
    return f"{name}: {reason}" if reason else ""


def settle_call(estimator: Any) -> None:
    """Leave calls to scikit-learn that are to be watched, or whose output is set otherwise.

    Raises
    ------
    Stay
    """
    config = get_config()
    if config["enable_metadata_routing"]:
        raise Stay("metadata routing is enabled")
    if config["array_api_dispatch"]:
        raise Stay("array_api_dispatch is enabled")
    if config["transform_output"] != "default":
        raise Stay(f"transform_output is {config['transform_output']!r}")
    for part in all_parts(estimator):
        name = type(part).__name__
        if getattr(part, "_skl_callbacks", None):
            raise Stay(f"{name} has callbacks")
        if getattr(part, "_sklearn_output_config", None):
            raise Stay(f"set_output of {name}")
        if getattr(part, "memory", None) is not None:
            raise Stay(f"memory of {name}")
        if part is not estimator and getattr(part, "verbose", False):
            raise Stay(f"verbose of {name}")


def check_scoring_functions(scoring: Any) -> None:
    """Leave scorers that are, or hold, a function which is not scikit-learn's.

    Raises
    ------
    Stay
    """
    scorers = list(scoring.values()) if isinstance(scoring, dict) else [scoring]
    for scorer in scorers:
        if not callable(scorer):
            continue
        function = getattr(scorer, "_score_func", None)
        module = str(getattr(function, "__module__", "sklearn"))
        if not is_sklearn(scorer) or module.split(".")[0] != "sklearn":
            raise Stay("a function of yours scores the fits")


def all_parts(estimator: Any) -> Iterator[Any]:
    """An estimator and all estimators among its parameters, however deep."""
    yield estimator
    if hasattr(estimator, "get_params") and not isinstance(estimator, type):
        for value in estimator.get_params(deep=True).values():
            if hasattr(value, "get_params") and not isinstance(value, type):
                yield value


def shape_of(X: Any) -> tuple[int, int]:
    """Rows and columns of a dense table of numbers in double precision.

    Raises
    ------
    Stay
        For anything else.
    """
    if type(X) is np.ndarray:
        if X.ndim != 2:
            raise Stay(f"X has {X.ndim} dimension{'s' * (X.ndim != 1)}")
        dtypes = [X.dtype]
    elif type(X).__name__ == "DataFrame" and type(X).__module__.split(".")[0] == "pandas":
        dtypes = list(X.dtypes.unique())
        if not all(isinstance(name, str) for name in X.columns):
            raise Stay("columns whose names are no text")
    else:
        raise Stay(f"X is a {type(X).__name__}, not a dense table")
    if not all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in dtypes):
        raise Stay("X has columns that are no numbers")
    if any(dtype.kind == "f" and dtype.itemsize < 8 for dtype in dtypes):
        raise Stay("X is in single precision, whose rounding shows")
    n_rows, n_features = X.shape
    if n_rows < 2 * n_features:
        raise Stay(f"X has {n_features} columns for {n_rows} rows")
    return n_rows, n_features
