"""Splitters that hold nothing of the rows: for data of so many that a byte for each is too much.

scikit-learn's splitters draw a permutation of all rows. These deal rows out by what is known of a
row by itself: its number, its class, its group. Each subclasses the scikit-learn splitter that it
stands in for, takes its parameters, and says what it guarantees in its place. Folds are the same
whatever blocks the data are cut into, and for rows in memory: given to scikit-learn's own functions
they split the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from math import ceil, floor
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedKFold
from sklearn.utils import check_random_state, indexable
from sklearn.utils.multiclass import type_of_target

from skdask.blocks import Blocks
from skdask.exceptions import DataError
from skdask.model_selection.block_classes import classes_of_blocks
from skdask.passes import FitReport
from skdask.passes.fold_rules import (
    DealtClasses,
    DealtStretches,
    DrawnStretches,
    HashedGroups,
    HashedRoles,
    HashedRows,
    Rule,
    RuleFolds,
)
from skdask.routes.splits import Positions, Split, in_layers
from skdask.rows import Rows

# Rows of a stretch, where their user does not say
_STRETCH = 10_000
# Fewer rows than that are looked at before, in case a fold has none of them
_FEW = 100_000


class _ByRules:
    """A splitter whose folds follow from rules.

    Attributes
    ----------
    random_state : int, RandomState or None
    """

    random_state: Any

    def _rules(self, n_rows: int, seed: int, rows: Rows | None) -> list[Rule]:
        """One rule whose folds are tested on in turn, or one a split; rows where they are there."""
        raise NotImplementedError

    def _seed(self) -> int:
        if not self._is_random:
            return 0
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Positions]:
        """Row numbers of the training and the test set of each split.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,), optional
        groups : array-like of shape (n_rows,), optional

        Yields
        ------
        train, test : ndarray
        """
        X, y, groups = indexable(X, y, groups)
        n_rows = int(X.shape[0]) if hasattr(X, "shape") else len(X)
        rows = Rows(
            n_rows,
            y=None if y is None else np.asarray(y),
            groups=None if groups is None else np.asarray(groups),
        )
        rules = self._rules(n_rows, self._seed(), rows)
        partition = len(rules) == 1 and not isinstance(self, ShuffleSplit)
        for rule in rules:
            numbers = rule.numbers(0, rows)
            _check_filled(self, rule, numbers)
            for test in range(rule.n_folds if partition else 1):
                own = numbers == test
                yield np.flatnonzero(~own & (numbers < rule.n_folds)), np.flatnonzero(own)

    def split_blocks(self, blocks: Blocks) -> Split:
        """The same folds of blocks whose row counts are known, in no memory a row."""
        n_rows = blocks.n_rows
        assert n_rows is not None
        settled = copy(self)
        if self._is_random:
            settled.random_state = _as_state(self.random_state)
        rules, reports = settled._rules_of_blocks(blocks, n_rows)
        for rule in rules:
            if rule.by_position and n_rows <= _FEW:
                _check_filled(self, rule, rule.numbers(0, Rows(n_rows)))
        if isinstance(self, ShuffleSplit):
            folds, tests = in_layers([RuleFolds(rule) for rule in rules])
            return Split(settled, folds, tests, reports)
        (rule,) = rules
        return Split(settled, RuleFolds(rule), tuple(range(rule.n_folds)), reports)

    @property
    def _is_random(self) -> bool:
        return bool(getattr(self, "shuffle", True))

    def _rules_of_blocks(
        self, blocks: Blocks, n_rows: int
    ) -> tuple[list[Rule], tuple[FitReport, ...]]:
        return self._rules(n_rows, self._seed(), None), ()


def _as_state(random_state: Any) -> int:
    """A number that stands for a random state from now on, which makes the same folds."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _check_filled(splitter: Any, rule: Rule, numbers: NDArray[np.int64]) -> None:
    counts = np.bincount(numbers, minlength=rule.n_folds)[: rule.n_folds]
    if not counts.all():
        raise DataError(
            f"{splitter!r} leaves a fold of {len(numbers):,} rows empty. It is for many rows: use "
            f"{_parent_name(splitter)} of scikit-learn, or fewer folds or rows in a stretch."
        )


def _parent_name(splitter: Any) -> str:
    return next(c.__name__ for c in type(splitter).__mro__ if c.__module__.startswith("sklearn"))


class BlockKFold(_ByRules, KFold):
    """K folds of stretches of consecutive rows, dealt out in turn.

    Every run of ``n_splits`` stretches gives each fold one. So the sizes of folds differ by at most
    ``block_rows``, and each fold is spread over all of the data, while rows beside each other stay
    in one fold.

    Parameters
    ----------
    n_splits : int, default=5
    block_rows : int, default=10000
        Rows of a stretch. They are counted from the first row on and have nothing to do with the
        blocks in which data are read.
    shuffle : bool, default=False
        Whether the order of the folds is another one in every run.
    random_state : int, RandomState or None

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import BlockKFold
    >>> cv = BlockKFold(2, block_rows=3)
    >>> [test.tolist() for _, test in cv.split(np.zeros((10, 1)))]
    [[0, 1, 2, 6, 7, 8], [3, 4, 5, 9]]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        block_rows: int = _STRETCH,
        shuffle: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__(n_splits, shuffle=shuffle, random_state=random_state)
        self.block_rows = _checked_stretch(block_rows)

    def _rules(self, n_rows: int, seed: int, rows: Rows | None) -> list[Rule]:
        return [DealtStretches(self.n_splits, self.block_rows, seed if self.shuffle else None)]


def _checked_stretch(block_rows: Any) -> int:
    if not isinstance(block_rows, Integral) or block_rows < 1:
        raise ValueError(f"block_rows must be an int of at least 1. Got {block_rows!r} instead.")
    return int(block_rows)


class BlockShuffleSplit(_ByRules, ShuffleSplit):
    """Random splits of stretches of consecutive rows.

    As many stretches as `test_size` and `train_size` ask for, rounded as scikit-learn rounds rows,
    are drawn without replacement; a number of rows is rounded to stretches. So a test set has its
    share of the rows within two stretches.

    Parameters
    ----------
    n_splits : int, default=10
    block_rows : int, default=10000
        Rows of a stretch, counted from the first row on.
    test_size, train_size : float, int or None
        As in scikit-learn, in rows.
    random_state : int, RandomState or None

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import BlockShuffleSplit
    >>> cv = BlockShuffleSplit(1, block_rows=2, test_size=0.4, random_state=0)
    >>> [(len(train), len(test)) for train, test in cv.split(np.zeros((10, 1)))]
    [(6, 4)]
    """

    def __init__(
        self,
        n_splits: int = 10,
        *,
        block_rows: int = _STRETCH,
        test_size: Any = None,
        train_size: Any = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            n_splits, test_size=test_size, train_size=train_size, random_state=random_state
        )
        self.block_rows = _checked_stretch(block_rows)

    def _rules(self, n_rows: int, seed: int, rows: Rows | None) -> list[Rule]:
        n_stretches = -(-n_rows // self.block_rows)
        test, train = _shares(self, n_rows)
        n_test = ceil(round(test * n_stretches, 6))
        n_train = min(floor(round(train * n_stretches, 6)), n_stretches - n_test)
        return [
            DrawnStretches(self.block_rows, n_stretches, n_test, n_train, seed, split)
            for split in range(self.n_splits)
        ]


def _shares(splitter: Any, n_rows: int) -> tuple[float, float]:
    """Shares of the rows to test and to train on, with scikit-learn's defaults."""
    test = _share(splitter.test_size, n_rows, "test_size")
    train = _share(splitter.train_size, n_rows, "train_size")
    if test is None:
        test = 0.1 if train is None else 1.0 - train
    if train is None:
        train = 1.0 - test
    if test + train > 1.0 + 1e-12:
        raise ValueError(
            f"The sum of test_size and train_size = {test + train:.6g} should be in the (0, 1) "
            "range: together they are more than all rows"
        )
    return test, train


def _share(size: Any, n_rows: int, name: str) -> float | None:
    """A share of the rows, given as such or as a number of them."""
    if size is None:
        return None
    if isinstance(size, int | np.integer) and 0 < size < n_rows:
        return int(size) / n_rows
    if isinstance(size, float) and 0.0 < size < 1.0:
        return float(size)
    raise ValueError(
        f"{name}={size} should be either positive and smaller than the number of samples {n_rows} "
        "or a float in the (0, 1) range"
    )


class HashedKFold(_ByRules, KFold):
    """K folds by a hash of the seed and each row's number.

    Every row is in each fold with the same chance, on its own. So a fold of n rows in all has
    ``n / n_splits`` of them, give or take ``sqrt(n / n_splits)`` as a standard deviation, and as
    many of each class within the same bound for the class; four deviations are exceeded once in
    16,000 times.

    Parameters
    ----------
    n_splits : int, default=5
    random_state : int, RandomState or None

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import HashedKFold
    >>> cv = HashedKFold(2, random_state=0)
    >>> [len(test) for _, test in cv.split(np.zeros((1000, 1)))]
    [497, 503]
    """

    def __init__(self, n_splits: int = 5, *, random_state: Any = None) -> None:
        super().__init__(n_splits, shuffle=True, random_state=random_state)

    def _rules(self, n_rows: int, seed: int, rows: Rows | None) -> list[Rule]:
        return [HashedRows(self.n_splits, seed)]


class HashedShuffleSplit(_ByRules, ShuffleSplit):
    """Random splits by a hash of the seed, the split and each row's number.

    Every row is tested on with the chance `test_size`, and trained on with the chance `train_size`.
    So a test set has ``test_size * n`` rows, give or take its square root as a standard deviation.

    Parameters
    ----------
    n_splits : int, default=10
    test_size, train_size : float, int or None
        As in scikit-learn; a number of rows is met on average.
    random_state : int, RandomState or None

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import HashedShuffleSplit
    >>> cv = HashedShuffleSplit(1, test_size=0.2, random_state=0)
    >>> [(len(train), len(test)) for train, test in cv.split(np.zeros((1000, 1)))]
    [(793, 207)]
    """

    def _rules(self, n_rows: int, seed: int, rows: Rows | None) -> list[Rule]:
        test, train = _shares(self, n_rows)
        return [HashedRoles(test, train, seed, split) for split in range(self.n_splits)]


class HashedGroupKFold(_ByRules, GroupKFold):
    """K folds by a hash of the seed and each row's group, which is never divided.

    Every group is in each fold with the same chance, on its own, whatever its size. So folds of
    many groups of about one size are of about one size; a group that has a large share of the rows
    makes its fold as large.

    Parameters
    ----------
    n_splits : int, default=5
    random_state : int, RandomState or None

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import HashedGroupKFold
    >>> cv = HashedGroupKFold(2, random_state=0)
    >>> groups = np.repeat(["ant", "bee", "cow", "dog"], 2)
    >>> [" ".join(np.unique(groups[test])) for _, test in cv.split(groups, groups=groups)]
    ['ant cow dog', 'bee']
    """

    def __init__(self, n_splits: int = 5, *, random_state: Any = None) -> None:
        super().__init__(n_splits, shuffle=True, random_state=random_state)

    def _rules(self, n_rows: int, seed: int, rows: Rows | None) -> list[Rule]:
        return [HashedGroups(self.n_splits, seed)]

    def _rules_of_blocks(
        self, blocks: Blocks, n_rows: int
    ) -> tuple[list[Rule], tuple[FitReport, ...]]:
        if not blocks.has_groups:
            raise ValueError("The 'groups' parameter should not be None.")
        return super()._rules_of_blocks(blocks, n_rows)


class HashedStratifiedKFold(_ByRules, StratifiedKFold):
    """K folds with the same shares of all classes.

    The rows of a class are dealt out in rounds in which every fold has its turn, in an order that
    is hashed from the seed, the class and the round. So the rows that folds have of a class differ
    by one at most. What is held are counts of the classes in each block, from a pass over the
    target.

    Parameters
    ----------
    n_splits : int, default=5
    random_state : int, RandomState or None

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import HashedStratifiedKFold
    >>> cv = HashedStratifiedKFold(2, random_state=0)
    >>> y = np.repeat([0, 1], [7, 4])
    >>> [np.bincount(y[test]).tolist() for _, test in cv.split(y, y)]
    [[3, 2], [4, 2]]
    """

    def __init__(self, n_splits: int = 5, *, random_state: Any = None) -> None:
        super().__init__(n_splits, shuffle=True, random_state=random_state)

    def _rules(self, n_rows: int, seed: int, rows: Rows | None) -> list[Rule]:
        if rows is None or rows.y is None:
            raise ValueError("The 'y' parameter should not be None.")
        kind = type_of_target(rows.y)
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                f"Supported target types are: ('binary', 'multiclass'). Got {kind!r} instead."
            )
        classes = np.unique(rows.y)
        before = np.zeros((1, len(classes)), np.int64)
        return [DealtClasses(self.n_splits, seed, classes, np.zeros(1, np.int64), before)]

    def _rules_of_blocks(
        self, blocks: Blocks, n_rows: int
    ) -> tuple[list[Rule], tuple[FitReport, ...]]:
        if not blocks.has_y:
            raise ValueError("The 'y' parameter should not be None.")
        found, report = classes_of_blocks(blocks, type(self).__name__)
        if self.n_splits > found.totals.max():
            raise DataError(
                f"n_splits={self.n_splits} cannot be greater than the number of members in each "
                "class."
            )
        seed = self._seed()
        rule = DealtClasses(self.n_splits, seed, found.classes, found.starts, found.before)
        return [rule], (report,)
