"""Fitting on blocks: open the data, run the estimator's algorithm, keep the report."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

import dask.array as da
import dask.dataframe as dd
import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.preprocessing import PolynomialFeatures
from sklearn.utils import get_tags

from skdask import blocks as block_room
from skdask._sklearn import validate_params
from skdask.blocks.files import is_path
from skdask.exceptions import DataError
from skdask.passes import Algorithm, FitReport, Request, run, together
from skdask.passes.collect import with_outcomes
from skdask.passes.progress import is_verbose
from skdask.routes.callbacks import calling_back
from skdask.routes.cross_fit import forget_cross_fits, has_cross_fitting_part
from skdask.routes.documents import as_table
from skdask.routes.example import Example
from skdask.routes.splits import split_rows
from skdask.routes.twins import adopt, has_twin, plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine, MomentSummary


class BlockEstimator(Protocol):
    """What an estimator offers to be fitted on blocks."""

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that its algorithm will make whatever comes before it.

        A pipeline asks for those of all its steps at once, so that they share the first pass.
        """
        ...

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Set the fitted attributes; returns sentences for the fit report."""
        ...


class BlockTransformer(BlockEstimator, Protocol):
    """A transformer whose transform is affine."""

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        ...


def algorithm_of(estimator: BlockEstimator, view: View) -> Algorithm[tuple[str, ...]]:
    """Its algorithm on a view: of its class, as some estimators have a parameter of that name."""
    if not hasattr(type(estimator), "algorithm"):
        return fit_stateless(estimator, view)
    return type(estimator).algorithm(estimator, view)


def first_requests_of(estimator: Any, view: View) -> tuple[Request, ...]:
    """What an estimator asks of the raw rows whatever comes before it."""
    if not hasattr(type(estimator), "first_requests"):
        return (Request(Example(), view.rows, type(estimator).__name__),)
    requests: tuple[Request, ...] = estimator.first_requests(view)
    return requests


def maps_rows(transformer: Any) -> bool:
    """Whether rows must go through a transformer, as it is not affine."""
    return bool(getattr(transformer, "maps_rows", not hasattr(type(transformer), "affine")))


def is_stateless(transformer: Any) -> bool:
    """Whether a transformer is the same whatever rows it is fitted on."""
    if getattr(transformer, "stateless", False):
        return True
    if isinstance(transformer, PolynomialFeatures):
        # it is fitted to the number of columns
        return True
    return hasattr(transformer, "transform") and not get_tags(transformer).requires_fit


def fit_stateless(estimator: Any, view: View) -> Algorithm[tuple[str, ...]]:
    """Fit what learns nothing but the names and the number of its columns, on one row."""
    seen = yield from view.example(type(estimator).__name__)
    assert seen.first is not None
    is_ours = type(estimator).__module__.split(".")[0] == "skdask"
    plain = plain_copy(estimator) if is_ours else clone(estimator)
    with config_context(assume_finite=True):
        plain.fit(seen.first.X)
    take_over(estimator, plain)
    remember_features(estimator, view)
    return ()


def after_step(
    transformer: Any, view: View, names: tuple[str, ...] | None = None
) -> Algorithm[View]:
    """What the step after a fitted transformer sees.

    The view is that of the whole that both are steps of: where it is applied to its rows in turn,
    the transformer will be.
    """
    if not maps_rows(transformer):
        return view.through(transformer.affine(), names, transformer)
    after = yield from view.mapped(
        transformer, type(transformer).__name__, is_stateless(transformer)
    )
    if not view.applied:
        forget_cross_fits(transformer)
    return after


def fit_together(
    estimators: Sequence[BlockEstimator], views: Sequence[View]
) -> Algorithm[list[tuple[str, ...]]]:
    """Fit estimators side by side; their class may share more than passes between them."""
    shared = getattr(type(estimators[0]), "algorithm_together", None)
    alike = {type(estimator) for estimator in estimators}
    if shared is not None and len(alike) == 1:
        return (yield from shared(estimators, views))
    algorithms = [
        algorithm_of(estimator, view) for estimator, view in zip(estimators, views, strict=True)
    ]
    return (yield from together(algorithms))


def fit_on_blocks(
    estimator: Any, X: Any, y: Any = None, sample_weight: Any = None, *, needs_y: bool = True
) -> Any:
    """Fit an estimator on anything that `skdask.blocks.open` takes."""
    data = open_to_fit(estimator, X, y, sample_weight, needs_y=needs_y)
    return fit_on(estimator, data, View.whole(data))


def open_to_fit(
    estimator: Any, X: Any, y: Any = None, sample_weight: Any = None, *, needs_y: bool = True
) -> block_room.Blocks:
    """Open data for an estimator whose parameters are valid, in the form that it takes."""
    validate_params(estimator)
    if not needs_y and not (is_table(X) and isinstance(y, str | list)):
        # ignored; but a column that y names is no feature
        y = None
    X, y = as_table(estimator, X, y)
    if needs_y:
        y = one_target(estimator, X, y)
    data = in_form(estimator, block_room.open(X, y, sample_weight))
    if needs_y and not data.has_y:
        raise DataError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target "
            "y is None. For a table, y may be the name of its target column."
        )
    return data


def open_for(estimator: Any, X: Any, y: Any = None, sample_weight: Any = None) -> block_room.Blocks:
    """Open data for a fitted estimator: of a table, the columns that it was fitted with."""
    X, y = as_table(estimator, X, y)
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and is_table(X):
        _check_names(names, X)
        return in_form(estimator, block_room.open(X, y, sample_weight, columns=list(names)))
    data = in_form(estimator, block_room.open(X, y, sample_weight))
    check_n_features(estimator, data.n_features)
    return data


def _check_names(expected: Any, X: Any) -> None:
    """Raise scikit-learn's error where a column of the fit is missing; others may be there."""
    there = set(X.columns) if isinstance(X, dd.DataFrame) else set(expected)
    missing = [name for name in expected if name not in there]
    if missing:
        raise DataError(
            "The feature names should match those that were passed during fit.\nFeature names seen "
            "at fit time, yet now missing:\n" + "\n".join(f"- {name}" for name in missing)
        )


def check_n_features(estimator: Any, n_features: int) -> None:
    """Raise scikit-learn's error where there are other features than in the fit."""
    expected = getattr(estimator, "n_features_in_", n_features)
    if n_features != expected:
        raise DataError(
            f"X has {n_features} features, but {type(estimator).__name__} is expecting "
            f"{expected} features as input."
        )


def _as_numbers(target: Any) -> Any:
    try:
        return target.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{error}: the target has objects that are no numbers, but a regressor needs numbers; "
            "use a classifier, or turn the target into numbers"
        ) from error


def one_target(estimator: Any, X: Any, y: Any) -> Any:
    """The target: a column of its own as a vector, with scikit-learn's warning.

    Estimators of several targets keep it as it is.
    """
    last = getattr(estimator, "steps", [(None, estimator)])[-1][1]
    if not isinstance(last, BaseEstimator):  # "passthrough"
        return y
    if is_regressor(last) and isinstance(y, da.Array) and y.dtype.kind == "O":
        y = y.map_blocks(_as_numbers, dtype=np.float64)
    if not (is_classifier(last) or is_regressor(last)) or get_tags(last).target_tags.multi_output:
        return y
    if isinstance(y, list) and len(y) == 1 and isinstance(y[0], str) and is_table(X):
        vector = y[0]
    elif isinstance(y, str | list | tuple) or getattr(y, "ndim", 1) != 2 or y.shape[1] != 1:
        return y
    else:
        vector = y[y.columns[0]] if hasattr(y, "columns") else y[:, 0]
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        "to (n_samples, ), for example using ravel().",
        DataConversionWarning,
        stacklevel=4,
    )
    return vector


def takes_tables(estimator: Any) -> bool:
    """Whether an estimator takes frames whose columns keep their types, rather than a matrix.

    Ours say so; what is not ours may look at names and types, so it is given them.
    """
    ours = type(estimator).__module__.split(".")[0] == "skdask" or has_twin(estimator)
    return bool(getattr(adopt(estimator), "takes_tables", not ours))


def in_form(estimator: Any, data: block_room.Blocks) -> block_room.Blocks:
    """The blocks in the form that the estimator takes.

    Raises
    ------
    DataError
        scikit-learn's error where it takes numbers only and a column is none.
    """
    return data.as_tables() if takes_tables(estimator) else data.as_matrices()


def is_table(X: Any) -> bool:
    """Whether X is a Dask DataFrame or the path of a file with named columns."""
    path = is_path(X) and (isinstance(X, list | tuple) or not os.fspath(X).endswith(".npy"))
    return path or isinstance(X, dd.DataFrame | block_room.PolarsFrames)


def forget_report(estimator: Any) -> None:
    """Before a fit in memory: what an earlier fit on blocks cost is no longer true."""
    vars(estimator).pop("fit_report_", None)


def fit_on(estimator: Any, data: block_room.Blocks, view: View) -> Any:
    """Run an estimator's algorithm over blocks and keep its report."""
    name, verbose, folds = type(estimator).__name__, is_verbose(estimator), None
    reports: tuple[FitReport, ...] = ()
    validated = inner_validation(estimator)
    if validated is not None:
        data = data.counted()
        classifier = getattr(validated, "validates_as_classifier", is_classifier(validated))
        split = split_rows(validated.cv, data, classifier)
        folds, reports = split.folds, split.reports
        view = replace(view, n_folds=folds.n_folds)
    applied = vars(estimator).pop("_applied", None)
    if applied is not None or has_cross_fitting_part(estimator):
        # rows are told apart by their numbers, which no later pass may give anew
        data = data.counted()
    if applied is not None:
        applied.append(data)
        view = view.applying()
    # closed also where a pass fails: what callbacks began then ends before the error is seen
    with (
        calling_back(estimator, data) as around,
        closing(algorithm_of(estimator, view)) as algorithm,
    ):
        done = run(
            [algorithm],
            data,
            what=name,
            folds=folds,
            of=estimator,
            verbose=verbose,
            around_pass=around,
        )
    report = with_outcomes(done.report, done.results[0])
    if reports:  # the passes that found the folds come first
        report = replace(report, log=tuple(r for part in (*reports, report) for r in part.log))
    estimator.fit_report_ = report
    return estimator


def inner_validation(estimator: Any) -> Any:
    """The estimator, or a pipeline's last step, that validates on folds within its fit, if any."""
    steps = getattr(estimator, "steps", None)
    last = estimator if steps is None else steps[-1][1]
    inner = getattr(last, "inner_estimator", None)
    if inner is not None:
        return inner_validation(inner)
    return last if getattr(last, "validates_on_folds", False) else None


def remember_features(estimator: BaseEstimator, view: View) -> None:
    """Set n_features_in_ and, where columns have names, feature_names_in_."""
    estimator.n_features_in_ = view.n_features
    names = view.feature_names
    if names is not None:
        estimator.feature_names_in_ = np.asarray(names, dtype=object)
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def equivalent_data(
    summary: MomentSummary, view: View
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Moment-equivalent rows as (X, y, sample_weight).

    The weights make them count as many rows as they stand for, where an objective is a sum.
    """
    rows = summary.equivalent_rows()
    X, y = rows[:, : view.n_features], rows[:, view.n_features :]
    weight = np.full(len(rows), summary.weight / len(rows))
    return X, y.ravel() if view.facts.y_ndim == 1 else y, weight


def as_dtype(value: Any, view: View) -> Any:
    """A fitted attribute in the data's precision, as scikit-learn would leave it."""
    if isinstance(value, np.ndarray):
        return value.astype(view.facts.dtype, copy=False)
    return view.facts.dtype.type(value)


def warn_not_converged(estimator: BaseEstimator, outcome: str) -> None:
    """Warn as scikit-learn does, with the solver's own sentence and what to do."""
    warnings.warn(
        f"{type(estimator).__name__} failed to converge: {outcome}.\n"
        "You might increase max_iter, or scale the data as shown in:\n"
        "    https://scikit-learn.org/stable/modules/preprocessing.html",
        ConvergenceWarning,
        stacklevel=4,
    )
