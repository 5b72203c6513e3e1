"""cross_validate and cross_val_score: all folds in shared passes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import model_selection
from sklearn.base import clone
from sklearn.metrics import check_scoring

from skdask._sklearn import named_scorers
from skdask.blocks import is_big
from skdask.exceptions import SkdaskError, UnsupportedError
from skdask.model_selection.brought import on_brought_rows
from skdask.model_selection.evaluate import Evaluation, Question
from skdask.model_selection.in_memory import why_not_shared, why_random
from skdask.model_selection.plan.execute import assemble
from skdask.pipeline.weights import open_weighted
from skdask.routes.splits import fold_indices, held
from skdask.routes.twins import adopt, parent_class, to_sklearn


def cross_validate(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: Any = "2*n_jobs",
    return_train_score: bool = False,
    return_estimator: bool = False,
    return_indices: bool = False,
    error_score: Any = np.nan,
    share: bool = True,
) -> dict[str, Any]:
    """Evaluate metrics by cross-validation, all folds in shared passes.

    Parameters
    ----------
    estimator : estimator
        Ours, or a scikit-learn class that ours stand for.
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    y : array-like or Dask collection, or str
        For a table, the name of its target column.
    groups, scoring, cv, params, return_train_score, return_estimator, return_indices
        As in :func:`sklearn.model_selection.cross_validate`. On blocks `params` may hold sample
        weights.
    n_jobs, verbose, pre_dispatch, error_score
        For in-memory data that scikit-learn has to validate itself.
    share : bool, default=True
        Whether folds share passes. False is the plain loop, for checking: each fold in passes of
        its own, in-memory data by scikit-learn.

    Returns
    -------
    dict of str to ndarray of shape (n_splits,)
        As in scikit-learn; ``fit_time`` is each fold's equal part of the whole.

    Raises
    ------
    UnsupportedError
        On blocks, for parameters of a fit that cannot be used there.
    MemoryBudgetError
        On blocks, where a step, a scorer or the splitter needs rows in memory, which it names,
        and they do not fit there.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import cross_validate
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> sorted(cross_validate(Ridge(), X, X.sum(axis=1), cv=4))
    ['fit_time', 'score_time', 'test_score']
    """
    fit_params = dict(params or {})
    shared: dict[str, Any] | None = None

    def run_shared() -> dict[str, Any]:
        return fold_scores(
            estimator,
            X,
            y,
            fit_params,
            groups=groups,
            scoring=scoring,
            cv=cv,
            return_train_score=return_train_score,
            return_estimator=return_estimator,
            return_indices=return_indices,
            share=share,
        )

    if is_big(X):
        try:
            return run_shared()
        except UnsupportedError as error:
            options = {
                "scoring": scoring,
                "cv": cv,
                "verbose": verbose,
                "return_train_score": return_train_score,
                "return_estimator": return_estimator,
                "return_indices": return_indices,
                "error_score": error_score,
            }
            return _in_memory(estimator, X, y, groups, fit_params, options, str(error))
    reason = why_not_shared(estimator, X, y, fit_params)
    if share and not reason and not why_random(estimator, *X.shape):
        try:
            shared = run_shared()
        except (SkdaskError, ValueError, TypeError, np.linalg.LinAlgError):
            # scikit-learn's own validation says what is wrong, or scores the failure
            shared = None
    if shared is not None:
        return shared
    return dict(
        model_selection.cross_validate(
            estimator,
            X,
            y,
            groups=groups,
            scoring=scoring,
            cv=cv,
            n_jobs=n_jobs,
            verbose=verbose,
            params=params,
            pre_dispatch=pre_dispatch,
            return_train_score=return_train_score,
            return_estimator=return_estimator,
            return_indices=return_indices,
            error_score=error_score,
        )
    )


def fold_scores(
    estimator: Any,
    X: Any,
    y: Any,
    params: dict[str, Any],
    *,
    groups: Any,
    scoring: Any,
    cv: Any,
    return_train_score: bool,
    return_estimator: bool,
    return_indices: bool,
    share: bool = True,
) -> dict[str, Any]:
    """What `cross_validate` gives, from passes over blocks; raises where it needs the rows."""
    data, weighted = open_weighted(estimator, X, y, params, groups)
    question = Question(
        what="cross_validate",
        estimator=estimator,
        candidates=[{}],
        scorers=_scorers(estimator, scoring),
        cv=cv,
        weighted_steps=weighted,
        train_scores=return_train_score,
        keep_fitted=return_estimator,
        share=share,
    )
    found = question.evaluate(data)
    result = _as_result(found, return_train_score)
    if return_estimator:
        result["estimator"] = _fitted(estimator, found, in_memory=not is_big(X))
    if return_indices:
        split = held(found.split, found.data)
        pairs = list(fold_indices(split, found.data.n_rows or 0))
        result["indices"] = {
            "train": tuple(train for train, _ in pairs),
            "test": tuple(test for _, test in pairs),
        }
    return result


def _in_memory(
    estimator: Any,
    X: Any,
    y: Any,
    groups: Any,
    params: dict[str, Any],
    options: dict[str, Any],
    why: str,
) -> dict[str, Any]:
    """Rows on blocks that must be in memory: scikit-learn's own, folds side by side in threads."""
    result = on_brought_rows(
        model_selection.cross_validate, estimator, X, y, groups, params, options, why
    )
    if "estimator" in result:
        result["estimator"] = [adopt(model) for model in result["estimator"]]
    return dict(result)


def _scorers(estimator: Any, scoring: Any) -> dict[str, Any]:
    if scoring is None or isinstance(scoring, str) or callable(scoring):
        return {"score": check_scoring(estimator, scoring)}
    return named_scorers(estimator, scoring)


def _as_result(found: Evaluation, train_scores: bool) -> dict[str, Any]:
    n_folds = found.split.n_splits
    result: dict[str, Any] = {
        "fit_time": np.full(n_folds, found.seconds / n_folds),
        "score_time": np.zeros(n_folds),
    }
    for name, table in found.scores.test.items():
        result[f"test_{name}"] = table[0]
        if train_scores:
            result[f"train_{name}"] = found.scores.train[name][0]
    return result


def _fitted(estimator: Any, found: Evaluation, in_memory: bool) -> list[Any]:
    models = []
    plain = in_memory and type(estimator) is parent_class(type(estimator))
    for fold in range(found.split.n_splits):
        template = adopt(clone(estimator))
        model = assemble(template, found.scores.fitted[0, fold])
        models.append(to_sklearn(model) if plain else model)
    return models


def cross_val_score(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: Any = "2*n_jobs",
    error_score: Any = np.nan,
    share: bool = True,
) -> NDArray[np.float64]:
    """Evaluate a score by cross-validation, all folds in shared passes.

    Parameters
    ----------
    estimator, X, y, groups, scoring, cv, n_jobs, verbose, params, pre_dispatch, error_score, \
            share
        As in :func:`cross_validate`, with one scorer.

    Returns
    -------
    ndarray of shape (n_splits,)

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import cross_val_score
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> cross_val_score(Ridge(), X, X.sum(axis=1), cv=2).round(3)
    array([1., 1.])
    """
    scorer = check_scoring(estimator, scoring)
    scores: NDArray[np.float64] = cross_validate(
        estimator,
        X,
        y,
        groups=groups,
        scoring={"score": scorer},
        cv=cv,
        n_jobs=n_jobs,
        verbose=verbose,
        params=params,
        pre_dispatch=pre_dispatch,
        error_score=error_score,
        share=share,
    )["test_score"]
    return scores
