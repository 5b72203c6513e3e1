"""permutation_importance: all features and all repetitions scored in one pass.

The values are scikit-learn's for the same seed, as columns are permuted over all rows. What that
takes in memory are one column and one order of the rows; where more of them fit, more are scored
in a pass, and the columns of the next pass are read by the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn import inspection
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch, check_random_state
from sklearn.utils.validation import check_is_fitted

from skdask import config
from skdask._sklearn import named_scores_of
from skdask.blocks import Blocks, is_big
from skdask.exceptions import DataError, MemoryBudgetError, SparseDataError, UnsupportedError
from skdask.inspection.brought import rows_in_memory
from skdask.inspection.permuted_columns import (
    Drawn,
    GatherColumns,
    OtherColumn,
    columns_of,
    order_type,
)
from skdask.metrics.judged import Recipe
from skdask.metrics.scoring import Scored, recipe_of, score_by_predictions
from skdask.passes import ALL_ROWS, Algorithm, Request, RowSet, run, together
from skdask.passes.checkpoint import count_rows
from skdask.passes.folds import FoldNumbers, Folds, NoFolds
from skdask.passes.prefix import Prefix
from skdask.routes.fitting import open_for
from skdask.routes.lazy import bare_predictor
from skdask.routes.steps import Select, content_token

_NAME = "permutation_importance"


def permutation_importance(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    scoring: Any = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: Any = None,
    sample_weight: Any = None,
    max_samples: float = 1.0,
) -> Any:
    """How much worse a fitted estimator is scored where a feature is permuted.

    On Dask collections, Blocks and paths the features are permuted as scikit-learn does it with
    the same ``random_state``, over all rows, so that the importances are the same.

    Parameters
    ----------
    estimator : fitted estimator
        Ours, or any of scikit-learn's.
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    y : array-like or Dask collection, or str
        For a table, the name of its target column.
    scoring : str, callable, list, tuple, dict or None
        One metric or several. A callable that is no scorer of :func:`skdask.metrics.make_scorer`
        needs the rows in memory.
    n_repeats : int, default=5
    n_jobs : int, optional
        For in-memory data, which scikit-learn evaluates.
    random_state : int, RandomState or None
    sample_weight : array-like, Dask collection or str, optional
        Used in scoring.
    max_samples : int or float, default=1.0
        How many rows are drawn, without replacement, to be permuted and scored. Where a column of
        all rows does not fit in memory, one of so many rows does.

    Returns
    -------
    Bunch, or dict of str to Bunch for several metrics
        With `importances_mean` and `importances_std`, of shape (n_features,), and `importances`,
        of shape (n_features, n_repeats).

    Raises
    ------
    MemoryBudgetError
        On blocks, where a column and an order of the rows do not fit in memory.

    Notes
    -----
    **Passes** 2 where all columns fit in half of the memory limit: they are read, and then all
    features and repetitions are scored together. Else one more for every further batch of columns
    or repetitions. Metrics that are curves over thresholds may take a second pass to be scored.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.inspection import permutation_importance
    >>> from skdask.linear_model import Ridge
    >>> X = da.random.default_rng(0).normal(size=(100, 2), chunks=25)
    >>> y = X[:, 0]
    >>> result = permutation_importance(Ridge().fit(X, y), X, y, random_state=0)
    >>> result.importances.shape, bool(result.importances_mean[0] > result.importances_mean[1])
    ((2, 5), True)
    """
    options = {
        "scoring": scoring,
        "n_repeats": n_repeats,
        "random_state": random_state,
        "max_samples": max_samples,
    }
    if not is_big(X):
        return inspection.permutation_importance(
            estimator, X, y, n_jobs=n_jobs, sample_weight=sample_weight, **options
        )
    check_is_fitted(estimator)
    _check_options(n_repeats, max_samples)
    joint = check_scoring(estimator, scoring=scoring)
    scorers = named_scores_of(joint) or {"score": joint}
    data = open_for(estimator, X, y, sample_weight)
    if data.sparse:
        raise SparseDataError(
            "Sparse data was passed for X, but dense data is required: columns of sparse rows are "
            "not permuted, neither here nor by scikit-learn. For a Dask Array use "
            "X.map_blocks(lambda block: block.toarray())."
        )
    try:
        recipes = {name: recipe_of(scorer, estimator) for name, scorer in scorers.items()}
        if not hasattr(estimator, "predict"):
            raise UnsupportedError(f"{type(estimator).__name__} has no predict")
    except UnsupportedError as error:
        plain, rows = rows_in_memory(estimator, data, _NAME, str(error))
        return inspection.permutation_importance(
            plain, rows.X, rows.y, sample_weight=rows.sample_weight, **options
        )
    if not data.has_y:
        raise DataError("scoring needs y; for a table, y may be the name of its target column")
    counted, _ = count_rows(data)
    found = _Importances(estimator, counted, scorers, recipes, options).run()
    return found if named_scores_of(joint) else found["score"]


def _check_options(n_repeats: Any, max_samples: Any) -> None:
    if not isinstance(n_repeats, int | np.integer) or n_repeats < 1:
        raise ValueError(f"n_repeats must be an int of at least 1. Got {n_repeats!r} instead.")
    whole = _is_count(max_samples) and max_samples >= 1
    if not whole and not (isinstance(max_samples, float) and 0.0 < max_samples <= 1.0):
        raise ValueError(
            "max_samples must be an int of at least 1 or a float in the range (0.0, 1.0]. Got "
            f"{max_samples!r} instead."
        )


def _is_count(max_samples: Any) -> bool:
    """Whether it is a number of rows, rather than a share of them."""
    return isinstance(max_samples, int | np.integer)


class _Importances:
    """The passes over some data, in batches of as many columns and repetitions as fit.

    Parameters
    ----------
    estimator : fitted estimator
    data : Blocks
        With known row counts.
    scorers : dict of str to scorer
    recipes : dict of str to Recipe or None
    options : dict
        As `permutation_importance` takes them.
    """

    def __init__(
        self,
        estimator: Any,
        data: Blocks,
        scorers: Mapping[str, Any],
        recipes: Mapping[str, Recipe | None],
        options: Mapping[str, Any],
    ) -> None:
        n_rows = data.n_rows
        assert n_rows is not None
        self._plain = bare_predictor(estimator)
        self._data, self._scorers, self._recipes = data, scorers, recipes
        self._options, self._n_repeats = options, int(options["n_repeats"])
        most = options["max_samples"]
        if _is_count(most) and most > n_rows:
            raise ValueError("max_samples must be <= n_samples")
        count = int(most) if _is_count(most) else int(most * n_rows)
        if count < 1:
            raise ValueError(f"max_samples={most} of {n_rows} rows is none of them")
        self._n_columns, self._n_orders = self._batches(count)
        seed = check_random_state(options["random_state"]).randint(np.iinfo(np.int32).max + 1)
        self._seed = int(seed)
        self._drawn = Drawn(self._seed, n_rows, count)
        # by the model, which is hashed once and not for each of the columns
        self._model = content_token(self._plain)

    def _batches(self, count: int) -> tuple[int, int]:
        """Columns and repetitions of a pass."""
        data, half = self._data, config.get().budget // 2
        width = 8
        if data.table:
            width = max(8, data.row_bytes // max(1, data.n_features))
        # a column is held twice while it is gathered, an order while the next is drawn
        column, order = 2 * width * count, np.dtype(order_type(count)).itemsize * count
        n_orders = int(np.clip((half // 2 - 2 * order) // max(1, order), 1, self._n_repeats))
        n_columns = (half - (n_orders + 2) * order) // max(1, column)
        if n_columns < 1:
            raise MemoryBudgetError(
                f"{_NAME} permutes a column over {count:,} rows, which takes "
                f"{format_bytes(column + 3 * order)} in memory, of which half of the limit of "
                f"{format_bytes(2 * half)} may be used. Draw fewer rows with max_samples, or raise "
                "skdask.config.set(memory_limit=...)."
            )
        return min(n_columns, data.n_features), n_orders

    @property
    def _folds(self) -> Folds:
        """The drawn rows as the first fold."""
        rows = self._drawn.rows
        if rows is None:
            return NoFolds()
        numbers = np.ones(self._data.n_rows or 0, dtype=np.uint8)
        numbers[rows] = 0
        return FoldNumbers(numbers, 2)

    def run(self) -> dict[str, Bunch]:
        """Importances by the name of the metric."""
        of = {**self._options, "estimator": self._plain, "seed": self._seed}
        done = run([self._algorithm()], self._data, what=_NAME, of=of, folds=self._folds)
        before, after = done.results[0]
        return {name: _as_bunch(before[name], after[name]) for name in self._scorers}

    def _algorithm(self) -> Algorithm[tuple[dict[str, float], dict[str, NDArray[np.float64]]]]:
        n_features, step = self._data.n_features, self._n_columns
        batches = [
            range(start, min(start + step, n_features)) for start in range(0, n_features, step)
        ]
        shape = (n_features, self._n_repeats)
        after = {name: np.empty(shape) for name in self._scorers}
        first = yield from together([*self._scores(ALL_ROWS), self._gather(batches[0])])
        before = dict(zip(self._scorers, first[:-1], strict=True))
        columns = list(columns_of(first[-1], batches[0]))
        for start in range(0, self._n_repeats, self._n_orders):
            orders = self._drawn.orders(min(self._n_orders, self._n_repeats - start))
            last = start + len(orders) == self._n_repeats
            for number, batch in enumerate(batches):
                asked = [
                    algorithm
                    for column in columns
                    for order in orders
                    for algorithm in self._scores(self._rows_with(OtherColumn(column, order)))
                ]
                coming = batches[(number + 1) % len(batches)]
                ends = len(batches) == 1 or (last and coming is batches[0])
                if not ends:
                    asked.append(self._gather(coming))
                found = yield from together(asked)
                scores = found if ends else found[:-1]
                by_column = np.reshape(scores, (len(columns), len(orders), len(self._scorers)))
                for position, name in enumerate(self._scorers):
                    own = slice(start, start + len(orders))
                    after[name][batch.start : batch.stop, own] = by_column[:, :, position]
                if not ends:
                    columns = list(columns_of(found[-1], coming))
        return before, after

    def _scores(self, rows: RowSet) -> list[Algorithm[Any]]:
        data = self._data
        scored = Scored(rows, data.has_weight, data.n_rows, data.n_targets, self._model)
        return [
            score_by_predictions(recipe, self._scorers[name], self._plain, scored)
            for name, recipe in self._recipes.items()
        ]

    @property
    def _fold(self) -> int | None:
        return None if self._drawn.rows is None else 0

    def _rows_with(self, step: OtherColumn) -> RowSet:
        data = self._data
        return RowSet(self._fold, prefix=Prefix(step, None, data.n_features, data.row_bytes))

    def _gather(self, places: range) -> Algorithm[Any]:
        data = self._data
        width = len(places) * max(8, data.row_bytes // max(1, data.n_features))
        names: Any = list(places)
        if data.table:
            assert data.template is not None
            names = [data.template.columns[place] for place in places]
        prefix = None
        if len(places) < data.n_features:
            prefix = Prefix(Select(names), None, len(places), width)
        gather = GatherColumns(width, config.get().budget)
        (found,) = yield (Request(gather, RowSet(self._fold, prefix=prefix), _NAME),)
        if found.rows is None:
            raise MemoryBudgetError(
                f"{len(places)} column(s) of {self._drawn.count:,} rows take "
                f"{format_bytes(found.n_bytes)}, more than the memory limit. Draw fewer rows with "
                "max_samples, or raise skdask.config.set(memory_limit=...)."
            )
        return found.rows.X


def _as_bunch(before: float, after: NDArray[np.float64]) -> Bunch:
    importances = before - after
    return Bunch(
        importances_mean=np.mean(importances, axis=1),
        importances_std=np.std(importances, axis=1),
        importances=importances,
    )
