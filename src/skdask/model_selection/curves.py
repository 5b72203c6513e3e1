"""learning_curve and validation_curve: all points and all folds in the passes of one fit.

The parameters of a validation curve are candidates of a search. The sizes of a learning curve are
splits that leave rows out, and so more folds of the same rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import model_selection
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.utils import check_random_state

from skdask._sklearn import translated_train_sizes
from skdask.blocks import Blocks, is_big
from skdask.exceptions import UnsupportedError
from skdask.model_selection.brought import on_brought_rows
from skdask.model_selection.evaluate import Evaluation, Question
from skdask.passes.checkpoint import count_rows
from skdask.pipeline.weights import open_weighted
from skdask.routes.splits import Positions, split_positions

Scores = NDArray[np.float64]


def validation_curve(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    param_name: str,
    param_range: Any,
    groups: Any = None,
    cv: Any = None,
    scoring: Any = None,
    n_jobs: int | None = None,
    pre_dispatch: Any = "all",
    verbose: int = 0,
    error_score: Any = np.nan,
    params: dict[str, Any] | None = None,
) -> tuple[Scores, Scores]:
    """Scores for values of a parameter, all values and folds in shared passes.

    Parameters
    ----------
    estimator : estimator
        Ours, or a scikit-learn class that ours stand for.
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    y : array-like or Dask collection, or str
        For a table, the name of its target column.
    param_name, param_range, groups, cv, scoring, params
        As in :func:`sklearn.model_selection.validation_curve`. On blocks `params` may hold sample
        weights.
    n_jobs, pre_dispatch, verbose, error_score
        For in-memory data, which scikit-learn evaluates.

    Returns
    -------
    train_scores, test_scores : ndarray of shape (n_values, n_splits)

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import validation_curve
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> alphas = [0.1, 1e4]
    >>> _, test = validation_curve(
    ...     Ridge(), X, X.sum(axis=1), param_name="alpha", param_range=alphas, cv=4
    ... )
    >>> (test.mean(axis=1) > 0.9).tolist()
    [True, False]
    """
    if not is_big(X):
        return model_selection.validation_curve(
            estimator,
            X,
            y,
            param_name=param_name,
            param_range=param_range,
            groups=groups,
            cv=cv,
            scoring=scoring,
            n_jobs=n_jobs,
            pre_dispatch=pre_dispatch,
            verbose=verbose,
            error_score=error_score,
            params=params,
        )
    given = dict(params or {})
    data, weighted = open_weighted(estimator, X, y, given, groups)
    try:
        return parameter_scores(estimator, data, weighted, param_name, param_range, cv, scoring)
    except UnsupportedError as error:
        options = {
            "param_name": param_name,
            "param_range": param_range,
            "cv": cv,
            "scoring": scoring,
            "verbose": verbose,
            "error_score": error_score,
        }
        own = model_selection.validation_curve
        brought = on_brought_rows(own, estimator, X, y, groups, given, options, str(error))
        return brought[0], brought[1]


def parameter_scores(
    estimator: Any,
    data: Blocks,
    weighted: frozenset[str],
    param_name: str,
    param_range: Any,
    cv: Any,
    scoring: Any,
) -> tuple[Scores, Scores]:
    """Training and test scores for values of a parameter; raises where they need the rows."""
    question = Question(
        what="validation_curve",
        estimator=estimator,
        candidates=[{param_name: value} for value in param_range],
        scorers={"score": check_scoring(estimator, scoring)},
        cv=cv,
        weighted_steps=weighted,
        train_scores=True,
    )
    scores = question.evaluate(data).scores
    return scores.train["score"], scores.test["score"]


def learning_curve(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    train_sizes: Any = None,
    cv: Any = None,
    scoring: Any = None,
    exploit_incremental_learning: bool = False,
    n_jobs: int | None = None,
    pre_dispatch: Any = "all",
    verbose: int = 0,
    shuffle: bool = False,
    random_state: Any = None,
    error_score: Any = np.nan,
    return_times: bool = False,
    params: dict[str, Any] | None = None,
) -> tuple[Any, ...]:
    """Scores for growing training sets, all sizes and folds in shared passes.

    Parameters
    ----------
    estimator : estimator
        Ours, or a scikit-learn class that ours stand for.
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    y : array-like or Dask collection, or str
        For a table, the name of its target column.
    groups, train_sizes, cv, scoring, shuffle, random_state, return_times, params
        As in :func:`sklearn.model_selection.learning_curve`; the same rows are trained on. On
        blocks `params` may hold sample weights.
    exploit_incremental_learning, n_jobs, pre_dispatch, verbose, error_score
        For in-memory data, which scikit-learn evaluates.

    Returns
    -------
    train_sizes_abs : ndarray of shape (n_sizes,)
    train_scores, test_scores : ndarray of shape (n_sizes, n_splits)
    fit_times, score_times : ndarray of shape (n_sizes, n_splits)
        Where `return_times`; each fit's equal part of the whole.

    Raises
    ------
    UnsupportedError
        On blocks, for what cannot be evaluated there, and for `exploit_incremental_learning`.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import learning_curve
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> sizes, _, test = learning_curve(Ridge(), X, X.sum(axis=1), train_sizes=[0.1, 1.0], cv=4)
    >>> sizes.tolist(), test.shape
    ([7, 75], (2, 4))
    """
    sizes = np.linspace(0.1, 1.0, 5) if train_sizes is None else train_sizes
    if not is_big(X):
        return model_selection.learning_curve(
            estimator,
            X,
            y,
            groups=groups,
            train_sizes=sizes,
            cv=cv,
            scoring=scoring,
            exploit_incremental_learning=exploit_incremental_learning,
            n_jobs=n_jobs,
            pre_dispatch=pre_dispatch,
            verbose=verbose,
            shuffle=shuffle,
            random_state=random_state,
            error_score=error_score,
            return_times=return_times,
            params=params,
        )
    if exploit_incremental_learning:
        raise UnsupportedError(
            "exploit_incremental_learning on blocks: all sizes share their passes already; leave "
            "it out"
        )
    given = dict(params or {})
    data, weighted = open_weighted(estimator, X, y, given, groups)
    counted, _ = count_rows(data)
    splits = split_positions(cv, counted, is_classifier(estimator))
    drawn = (shuffle, random_state)
    try:
        return size_scores(
            estimator, counted, weighted, splits, sizes, scoring, *drawn, return_times
        )
    except UnsupportedError as error:
        options = {
            "train_sizes": sizes,
            "cv": splits,
            "scoring": scoring,
            "verbose": verbose,
            "shuffle": shuffle,
            "random_state": random_state,
            "error_score": error_score,
            "return_times": return_times,
        }
        own = model_selection.learning_curve
        return tuple(on_brought_rows(own, estimator, X, y, groups, given, options, str(error)))


def size_scores(
    estimator: Any,
    data: Blocks,
    weighted: frozenset[str],
    splits: list[Positions],
    sizes: Any,
    scoring: Any,
    shuffle: bool,
    random_state: Any,
    times: bool,
) -> tuple[Any, ...]:
    """What a learning curve is made of; raises where it needs the rows."""
    absolute = translated_train_sizes(sizes, len(splits[0][0]))
    random = check_random_state(random_state) if shuffle else None
    question = Question(
        what="learning_curve",
        estimator=estimator,
        candidates=[{}],
        scorers={"score": check_scoring(estimator, scoring)},
        cv=_growing(splits, absolute, random),
        weighted_steps=weighted,
        train_scores=True,
    )
    found = question.evaluate(data)
    return absolute, *_tables(found, len(splits), len(absolute), times)


def _growing(
    splits: list[Positions], sizes: NDArray[np.int64], random: np.random.RandomState | None
) -> list[Positions]:
    """Each split with the first rows of its training set, so many after the other."""
    grown = []
    for train, test in splits:
        rows = train if random is None else random.permutation(train)
        grown += [(rows[:size], test) for size in sizes.tolist()]
    return grown


def _tables(found: Evaluation, n_splits: int, n_sizes: int, times: bool) -> list[Scores]:
    tables = [found.scores.train["score"], found.scores.test["score"]]
    if times:
        cells = n_splits * n_sizes
        tables += [np.full(cells, found.seconds / cells), np.zeros(cells)]
    return [table.reshape(n_splits, n_sizes).T for table in tables]
