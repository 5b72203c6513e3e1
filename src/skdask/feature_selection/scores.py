"""How each feature goes with the target, one at a time: scikit-learn's scores from statistics.

F tests and correlations follow from moments, within the classes or with the target, and chi2 from
the classes' sums. What is no function of such sums, mutual information and what a user has written,
is computed on a sample of the rows whose size the fit report says.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import special, stats
from sklearn import feature_selection
from sklearn.utils.validation import column_or_1d

from skdask import config
from skdask.exceptions import DataError
from skdask.passes import Algorithm, Request, ask
from skdask.routes.view import View
from skdask.rows import is_sparse
from skdask.statistics import Association, AssociationState, ClassColumns, ClassSummary
from skdask.statistics.sample import SampledRows

# scores, or scores and p-values, and sentences for the fit report
Scored = tuple[Any, tuple[str, ...]]


def score_requests(score_func: Any, view: View, asked_by: str) -> tuple[Request, ...]:
    """What a score function will ask of the rows."""
    function, _ = _taken_apart(score_func)
    if function in _OF_TARGET:
        _check_target(view)
        if view.affine.by_column:
            return (Request(Association(), view.rows, asked_by),)
        return (view.weighing(False).moments_request(True, asked_by),)
    if function in _OF_CLASSES and view.affine.by_column:
        return (Request(ClassColumns(), view.rows, asked_by),)
    if function in _OF_CLASSES:
        return ()
    return (_sample_request(score_func, view, asked_by),)


def score_features(score_func: Any, view: View, asked_by: str) -> Algorithm[Scored]:
    """What a score function gives for all rows, or for a sample of them."""
    function, settings = _taken_apart(score_func)
    if function in _OF_TARGET:
        _check_target(view)
        association = yield from _association(view, asked_by)
        return _OF_TARGET[function](association, **settings), ()
    if function in _OF_CLASSES:
        classes = yield from _class_columns(view, asked_by)
        if function is feature_selection.chi2:
            ends = yield from view.extremes(asked_by)
            if (ends.smallest < 0).any():
                raise DataError("Input X must be non-negative.")
        return _OF_CLASSES[function](classes), ()
    return (yield from _on_sample(score_func, view, asked_by))


def _taken_apart(score_func: Any) -> tuple[Any, dict[str, Any]]:
    """scikit-learn's function and the arguments that it is given beside the rows."""
    if isinstance(score_func, partial) and not score_func.args:
        inner, settings = _taken_apart(score_func.func)
        return inner, settings | score_func.keywords
    return getattr(score_func, "of_rows", score_func), {}


def _check_target(view: View) -> None:
    view.check_numeric_target()
    if view.facts.y_ndim != 1:
        column_or_1d(np.empty((2, 2)))  # scikit-learn's error


def _association(view: View, asked_by: str) -> Algorithm[AssociationState]:
    if not view.affine.by_column:
        moments = yield from view.weighing(False).moments(True, asked_by)
        return AssociationState.of(moments)
    raw: AssociationState = yield from ask(Association(), view.rows, asked_by)
    return raw.through(view.affine)


def _class_columns(view: View, asked_by: str) -> Algorithm[ClassSummary]:
    if not view.affine.by_column:
        return (yield from view.weighing(False).class_moments("columns", asked_by))
    raw: ClassSummary = yield from ask(ClassColumns(), view.rows, asked_by)
    return raw.through(view.affine)


def _correlation(found: AssociationState, *, center: bool = True, force_finite: bool = True) -> Any:
    spread, product = found.scatter, found.product
    if not center:
        spread = spread + found.weight * np.square(found.mean)
        product = product + found.weight * found.mean[:-1] * found.mean[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = product / np.sqrt(spread[:-1]) / np.sqrt(spread[-1])
    if force_finite:
        correlation[np.isnan(correlation)] = 0.0
    return correlation


def _regression(
    found: AssociationState, *, center: bool = True, force_finite: bool = True
) -> tuple[Any, Any]:
    correlation = _correlation(found, center=center, force_finite=force_finite)
    freedom = found.count - (2 if center else 1)
    squared = np.square(correlation)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = squared / (1.0 - squared) * freedom
        p_values = stats.f.sf(statistic, 1, freedom)
    if force_finite:
        statistic[np.isinf(statistic)] = np.finfo(np.float64).max
        constant = np.isnan(statistic)
        statistic[constant], p_values[constant] = 0.0, 1.0
    return statistic, p_values


def _classification(found: ClassSummary) -> tuple[Any, Any]:
    n_classes, n_rows = len(found.classes), int(found.counts.sum())
    between = n_classes - 1
    within = n_rows - n_classes
    weights = found.weights[:, np.newaxis]
    # from deviations: no digits are lost where columns lie far from zero
    offsets = found.means - (weights * found.means).sum(axis=0) / n_rows
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_between = (weights * np.square(offsets)).sum(axis=0) / float(between)
        mean_within = found.spread.sum(axis=0) / float(within)
        constant = np.flatnonzero(mean_within == 0.0)
        if len(constant) and (mean_between == 0.0).any():
            warnings.warn(f"Features {constant} are constant.", UserWarning, stacklevel=2)
        statistic = mean_between / mean_within
    return statistic, special.fdtrc(between, within, statistic)


def _chi2(found: ClassSummary) -> tuple[Any, Any]:
    observed = found.means * found.weights[:, np.newaxis]
    share = found.weights / found.weights.sum()
    if len(share) == 1:  # scikit-learn counts a second class, without rows
        observed, share = np.vstack([0 * observed, observed]), np.append(0.0, share)
    expected = np.outer(share, observed.sum(axis=0))
    with np.errstate(invalid="ignore"):
        statistic = (np.square(observed - expected) / expected).sum(axis=0)
    return statistic, special.chdtrc(len(share) - 1, statistic)


_OF_TARGET: dict[Any, Callable[..., Any]] = {
    feature_selection.f_regression: _regression,
    feature_selection.r_regression: _correlation,
}
_OF_CLASSES: dict[Any, Callable[..., Any]] = {
    feature_selection.f_classif: _classification,
    feature_selection.chi2: _chi2,
}


def _sample_request(score_func: Any, view: View, asked_by: str) -> Request:
    seed = _taken_apart(score_func)[1].get("random_state")
    return view.sample_request(config.get().sample_rows, seed, asked_by)


def _on_sample(score_func: Any, view: View, asked_by: str) -> Algorithm[Scored]:
    request = _sample_request(score_func, view, asked_by)
    sample: SampledRows = yield from ask(request.statistic, view.rows, asked_by)
    X = sample.rows.X
    if not view.affine.is_identity:
        X = view.affine.apply(X.toarray() if is_sparse(X) else X)
    function, settings = _taken_apart(score_func)
    found = function(X, sample.rows.y, **settings)
    if sample.is_whole:
        return found, ()
    name = getattr(function, "__name__", repr(function))
    told = (
        f"{name} of a uniform sample of {sample.rows.n_rows:,} of {sample.count:,} rows, see "
        "skdask.config.set(sample_rows=...)"
    )
    return found, (told,)
