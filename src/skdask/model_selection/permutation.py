"""permutation_test_score: all permuted targets and all folds in the passes of one fit.

The target alone is gathered, permuted as scikit-learn does it, and dealt out to the rows as a pass
meets them. Where the splitter looks at classes, each permutation has folds of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from numbers import Integral
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn import model_selection
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import (
    BaseShuffleSplit,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePGroupsOut,
    LeavePOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    check_cv,
)
from sklearn.utils import check_random_state

from skdask import config
from skdask.blocks import Blocks, is_big
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.model_selection.brought import on_brought_rows
from skdask.model_selection.evaluate import Question, check_target
from skdask.model_selection.permuted_targets import (
    GatherTargets,
    OtherTarget,
    dealt_in_groups,
    with_other_target,
)
from skdask.model_selection.plan.compile import CompiledSearch
from skdask.model_selection.plan.execute import Scores, SearchAlgorithm
from skdask.passes import Algorithm, ask, run
from skdask.passes.checkpoint import count_rows
from skdask.pipeline.weights import open_weighted
from skdask.routes.splits import Positions, split_rows
from skdask.routes.view import Facts

# Bytes a row beside a permuted target: a permutation while it is drawn, and numbers of folds
_BESIDE = 16


def permutation_test_score(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = None,
    n_permutations: int = 100,
    n_jobs: int | None = None,
    random_state: Any = 0,
    verbose: int = 0,
    scoring: Any = None,
    params: dict[str, Any] | None = None,
) -> tuple[float, NDArray[np.float64], float]:
    """How often a score is reached by chance, with targets that are permuted.

    Parameters
    ----------
    estimator : estimator
        Ours, or a scikit-learn class that ours stand for.
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    y : array-like or Dask collection, or str
        For a table, the name of its target column.
    groups, cv, n_permutations, random_state, scoring, params
        As in :func:`sklearn.model_selection.permutation_test_score`; the same targets are
        permuted to the same rows. On blocks `params` may hold sample weights.
    n_jobs, verbose
        For in-memory data, which scikit-learn evaluates.

    Returns
    -------
    score : float
    permutation_scores : ndarray of shape (n_permutations,)
    pvalue : float

    Raises
    ------
    MemoryBudgetError
        On blocks, where the target of all rows and a permutation of it do not fit in memory.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import permutation_test_score
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> score, by_chance, pvalue = permutation_test_score(
    ...     Ridge(), X, X.sum(axis=1), n_permutations=19
    ... )
    >>> bool(score > by_chance.max()), pvalue
    (True, 0.05)
    """
    if not is_big(X):
        return model_selection.permutation_test_score(
            estimator,
            X,
            y,
            groups=groups,
            cv=cv,
            n_permutations=n_permutations,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
            scoring=scoring,
            params=params,
        )
    given = dict(params or {})
    data, weighted = open_weighted(estimator, X, y, given, groups)
    question = question_of(estimator, cv, scoring, weighted)
    try:
        search = question.compiled()
    except UnsupportedError as error:
        options = {
            "cv": cv,
            "n_permutations": n_permutations,
            "random_state": random_state,
            "verbose": verbose,
            "scoring": scoring,
        }
        own = model_selection.permutation_test_score
        found = on_brought_rows(own, estimator, X, y, groups, given, options, str(error))
        return found[0], found[1], found[2]
    return tested(question, search, data, n_permutations, random_state)


def question_of(estimator: Any, cv: Any, scoring: Any, weighted: frozenset[str]) -> Question:
    """The score of one estimator, by whatever target."""
    return Question(
        what="permutation_test_score",
        estimator=estimator,
        candidates=[{}],
        scorers={"score": check_scoring(estimator, scoring)},
        cv=cv,
        weighted_steps=weighted,
    )


def tested(
    question: Question, search: CompiledSearch, data: Blocks, n_permutations: int, random: Any
) -> tuple[float, NDArray[np.float64], float]:
    """The score, those of permuted targets, and how often these reach it."""
    scores = _Test(question, search, data).scores(n_permutations, random)
    score, by_chance = float(scores[0]), scores[1:]
    pvalue = (np.sum(by_chance >= score) + 1.0) / (n_permutations + 1)
    return score, by_chance, float(pvalue)


class _Test:
    """The scores of targets that are permuted, in batches of as many as fit in memory.

    Parameters
    ----------
    question : Question
    search : CompiledSearch
    data : Blocks
    """

    def __init__(self, question: Question, search: CompiledSearch, data: Blocks) -> None:
        check_target(data, question.estimator)
        if not data.has_y:
            raise DataError("permutation_test_score needs y, whose values are permuted")
        self._question, self._search = question, search
        self._data, _ = count_rows(data)
        self._budget = config.get().budget
        self._values, self._groups = self._gather()
        cv, classifier = question.cv, is_classifier(question.estimator)
        self._splitter = check_cv(cv, self._values, classifier=classifier)
        listed = not (cv is None or isinstance(cv, Integral) or hasattr(cv, "split"))
        self._alike = listed or _splits_alike(self._splitter)

    def _gather(self) -> tuple[NDArray[Any], NDArray[Any] | None]:
        data, n_rows = self._data, self._data.n_rows or 0
        assert data.y_dtype is not None
        width = data.y_dtype.itemsize * data.n_targets
        needed = n_rows * (2 * width + _BESIDE)
        if needed > self._budget // 2:
            raise MemoryBudgetError(
                f"permutation_test_score permutes the target of all {n_rows:,} rows, which takes "
                f"{format_bytes(needed)} in memory, of a limit of {format_bytes(self._budget)}. "
                "Test on a sample of the rows, or raise skdask.config.set(memory_limit=...)."
            )
        gather = GatherTargets(width, self._budget)
        done = run([ask(gather)], data, what="target of every row", once=True)
        rows = done.results[0].rows
        if rows is None:
            raise MemoryBudgetError(
                "permutation_test_score permutes the target of all rows, which is larger than the "
                "memory limit. Test on a sample of the rows, or raise "
                "skdask.config.set(memory_limit=...)."
            )
        return rows.y, rows.groups

    def scores(self, n_permutations: int, random_state: Any) -> NDArray[np.float64]:
        """The score of the target as it is, then of each permutation."""
        random = check_random_state(random_state)
        most = self._budget // 4 // (self._values.nbytes + len(self._values) * _BESIDE)
        found: list[float] = []
        batch: list[NDArray[Any]] = [self._values]
        for _ in range(n_permutations):
            if len(batch) > max(1, most):
                found += self._scored(batch, first=not found)
                batch = []
            batch.append(_shuffled(self._values, self._groups, random))
        found += self._scored(batch, first=not found)
        return np.array(found)

    def _scored(self, targets: Sequence[NDArray[Any]], *, first: bool) -> list[float]:
        """Scores of some targets, the first of which may be that of the data."""
        question, data = self._question, self._data
        classifier = is_classifier(question.estimator)
        splitter, alike = self._splitter, self._alike
        by_target = _SplitsOfTargets(splitter, targets, self._groups)
        split = split_rows(splitter if alike else by_target, data, classifier, overlapping=True)
        if alike:
            tests = [split.tests] * len(targets)
        else:
            ends = np.cumsum(by_target.counts)[:-1]
            tests = [tuple(part.tolist()) for part in np.split(np.array(split.tests), ends)]
        others = [OtherTarget(values, alike) for values in targets[int(first) :]]
        own = [SearchAlgorithm(self._search, Facts.of(data), test) for test in tests]
        algorithms: list[Algorithm[Scores]] = [own[0].run()] if first else []
        algorithms += [
            with_other_target(test.run(), dealt, data.n_features)
            for test, dealt in zip(
                own[int(first) :], dealt_in_groups(others, data.n_features), strict=True
            )
        ]
        of = {part.name: getattr(question, part.name) for part in fields(question)}
        done = run(
            algorithms,
            data,
            what=question.what,
            of={**of, "targets": [other.token for other in others]},
            folds=split.folds,
        )
        return [float(np.mean(scores.test["score"][0])) for scores in done.results]


def _shuffled(
    values: NDArray[Any], groups: NDArray[Any] | None, random: np.random.RandomState
) -> NDArray[Any]:
    """The values in another order, within groups where there are any."""
    if groups is None:
        return values[random.permutation(len(values))]
    rows = np.arange(len(values))
    for group in np.unique(groups):
        own = groups == group
        rows[own] = random.permutation(rows[own])
    return values[rows]


# Splitters that look at no target
_BLIND = (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePGroupsOut,
    LeavePOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)


def _splits_alike(splitter: Any) -> bool:
    """Whether a splitter gives the same folds for every target, and whenever it is asked."""
    draws = getattr(splitter, "shuffle", isinstance(splitter, BaseShuffleSplit | RepeatedKFold))
    settled = isinstance(getattr(splitter, "random_state", None), Integral)
    return type(splitter) in _BLIND and (settled or not draws)


class _SplitsOfTargets:
    """The splits of one target after the other.

    Attributes
    ----------
    counts : list of int
        How many splits each target had, once they were made.
    """

    def __init__(
        self, splitter: Any, targets: Sequence[NDArray[Any]], groups: NDArray[Any] | None
    ) -> None:
        self._splitter, self._targets, self._groups = splitter, targets, groups
        self.counts: list[int] = []

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Positions]:
        """Sets of row numbers; what is passed beside the rows is not looked at."""
        for target in self._targets:
            count = 0
            for train, test in self._splitter.split(X, target, self._groups):
                yield train, test
                count += 1
            self.counts.append(count)

    def __repr__(self) -> str:
        return repr(self._splitter)
