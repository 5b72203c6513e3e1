"""Folds of a splitter: scikit-learn's own folds, on the same rows, as a group-by.

Test sets that overlap are sorted into layers, each of which is a group-by: a repetition of
RepeatedKFold is one, and so is a split of ShuffleSplit or TimeSeriesSplit. Unshuffled KFold and
LeaveOneOut are arithmetic. Other splitters get a fold number a row and layer, one or two bytes;
where the target is on disk, one pass over it alone gives the classes that some of them need.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn.model_selection import (
    KFold,
    LeaveOneOut,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    check_cv,
)

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.passes import FitReport, Folds, NoFolds, run
from skdask.passes.fold_rules import RuleFolds
from skdask.passes.folds import FoldNumbers, FoldRanges, LayeredFolds, RangeRoles
from skdask.passes.request import ask
from skdask.rows import Rows
from skdask.statistics import Codes

# Numbers of the rows of a training set and of a test set
Positions = tuple[NDArray[np.intp], NDArray[np.intp]]

# What scikit-learn's splitters keep a row while they split: indices, masks, permutations
SPLIT_BYTES_A_ROW = 40


@dataclass(frozen=True)
class Split:
    """Folds of some data.

    Attributes
    ----------
    splitter : cross-validation splitter
    folds : Folds
    tests : tuple of int
        The fold that is the test set of each split; its training set is the rest of the layer.
    reports : tuple of FitReport
        Of the passes that finding the folds took.
    """

    splitter: Any
    folds: Folds
    tests: tuple[int, ...]
    reports: tuple[FitReport, ...] = ()

    @property
    def n_splits(self) -> int:
        return len(self.tests)


def split_rows(cv: Any, blocks: Blocks, classifier: bool, *, overlapping: bool = False) -> Split:
    """The folds of a splitter over blocks whose row counts are known.

    Parameters
    ----------
    cv : int, splitter, iterable of (train, test) or None
        As in scikit-learn.
    blocks : Blocks
    classifier : bool
        Whether an integer means stratified folds.
    overlapping : bool, default=False
        Whether rows may be in several test sets, in none, or in neither set of a split.

    Raises
    ------
    UnsupportedError
        Where they may not, and the test sets do not put every row into exactly one of them; where
        a training set repeats a row.
    """
    n_rows = blocks.n_rows
    assert n_rows is not None
    if hasattr(cv, "split_blocks"):
        split: Split = cv.split_blocks(blocks)
        _check_partition(split, overlapping)
        return split
    known = _look(cv, blocks, classifier)
    splitter, reports = known.splitter, known.reports
    if type(splitter) is TimeSeriesSplit and overlapping:
        return _over_time(splitter, n_rows, reports)
    if type(splitter) is KFold and not splitter.shuffle:
        _check_enough(splitter.n_splits, n_rows)
        ranges = FoldRanges(_even_bounds(n_rows, splitter.n_splits))
        return Split(splitter, ranges, tuple(range(splitter.n_splits)), reports)
    if type(splitter) is StratifiedKFold and not splitter.shuffle:
        assert known.codes is not None
        _check_enough(splitter.n_splits, n_rows)
        numbers = _stratified_numbers(known.codes, splitter.n_splits)
        dealt = FoldNumbers(numbers, splitter.n_splits)
        return Split(splitter, dealt, tuple(range(splitter.n_splits)), reports)
    if type(splitter) is LeaveOneOut:
        each = FoldRanges(tuple(range(n_rows + 1)))
        return Split(splitter, each, tuple(range(n_rows)), reports)
    folds, tests = _numbered(known, n_rows)
    split = Split(splitter, folds, tests, reports)
    _check_partition(split, overlapping)
    return split


def _check_partition(split: Split, overlapping: bool) -> None:
    partition = len(split.folds.layers) == 1 and split.tests == tuple(range(split.folds.n_folds))
    if not overlapping and not partition:
        raise UnsupportedError(_no_partition(split.splitter))


def in_layers(parts: Sequence[Folds]) -> tuple[Folds, tuple[int, ...]]:
    """Splits whose fold 0 is tested on and 1 trained on, as layers; and their test folds.

    What is asked of all rows, as a refit does, needs them all in the first layer.
    """
    tests = tuple(range(1, 1 + 2 * len(parts), 2))
    return LayeredFolds((NoFolds(), *parts)), tests


def _over_time(splitter: TimeSeriesSplit, n_rows: int, reports: tuple[FitReport, ...]) -> Split:
    """TimeSeriesSplit's folds, which are stretches of rows: no memory a row."""
    n_splits, gap, most = splitter.n_splits, splitter.gap, splitter.max_train_size
    test_size = n_rows // (n_splits + 1) if splitter.test_size is None else splitter.test_size
    if n_splits + 1 > n_rows:
        raise DataError(
            f"Cannot have number of folds={n_splits + 1} greater than the number of "
            f"samples={n_rows}."
        )
    if n_rows - gap - test_size * n_splits <= 0:
        raise DataError(
            f"Too many splits={n_splits} for number of samples={n_rows} with "
            f"test_size={test_size} and gap={gap}."
        )
    parts = []
    for start in range(n_rows - n_splits * test_size, n_rows, test_size):
        end = start - gap
        first = end - most if most and most < end else 0
        parts.append(RangeRoles((start, start + test_size), (first, end)))
    folds, tests = in_layers(parts)
    return Split(splitter, folds, tests, reports)


def split_positions(cv: Any, blocks: Blocks, classifier: bool) -> list[Positions]:
    """Row numbers of the training and the test set of each split, in the splitter's own order.

    Parameters
    ----------
    cv, blocks, classifier
        As for :func:`split_rows`.
    """
    n_rows = blocks.n_rows
    assert n_rows is not None
    known = _look(cv, blocks, classifier)
    found: list[Positions] = []
    for train, test in _pairs(known, n_rows):
        found.append((train, test))
        check_split_fits(known.splitter, n_rows, sum(a.nbytes + b.nbytes for a, b in found))
    return found


def held(split: Split, blocks: Blocks) -> Split:
    """The same split with the fold of every row in memory, where only the rows know it."""
    folds = split.folds
    if not isinstance(folds, RuleFolds) or folds.rule.by_position:
        return split
    numbers = np.empty(blocks.n_rows or 0, dtype=_number_type(folds.n_folds))
    for fold, (_, test) in enumerate(split_positions(split.splitter, blocks, True)):
        numbers[test] = fold
    return replace(split, folds=FoldNumbers(numbers, folds.n_folds))


@dataclass(frozen=True)
class _Known:
    """What a splitter looks at, and the passes that finding it took."""

    splitter: Any
    codes: NDArray[np.int32] | None
    groups: NDArray[Any] | None
    reports: tuple[FitReport, ...]


def _look(cv: Any, blocks: Blocks, classifier: bool) -> _Known:
    reports: tuple[FitReport, ...] = ()
    coded = groups = None
    if _looks_at_classes(cv, classifier):
        read = run([ask(Codes(), asked_by="StratifiedKFold")], blocks, what="class of every row")
        reports, coded = (read.report,), read.results[0]
    splitter = check_cv(cv, None if coded is None else coded.classes, classifier=classifier)
    arithmetic = type(splitter) in (KFold, StratifiedKFold) and not splitter.shuffle
    if blocks.has_groups and not arithmetic:
        grouped = run([ask(Codes(of_groups=True))], blocks, what="group of every row")
        reports, groups = (*reports, grouped.report), grouped.results[0].codes
        if hasattr(cv, "split_blocks"):
            # it goes by what groups are, and not only by which rows share one
            groups = grouped.results[0].classes[groups]
    return _Known(splitter, None if coded is None else coded.codes, groups, reports)


def _looks_at_classes(cv: Any, classifier: bool) -> bool:
    if cv is None or isinstance(cv, int | np.integer):
        return classifier
    return isinstance(cv, _OF_CLASSES)


_OF_CLASSES = (
    StratifiedKFold,
    StratifiedShuffleSplit,
    StratifiedGroupKFold,
    RepeatedStratifiedKFold,
)


def _even_bounds(n_rows: int, n_folds: int) -> tuple[int, ...]:
    """KFold's bounds: the first folds are one row longer where the rows do not divide."""
    sizes = np.full(n_folds, n_rows // n_folds)
    sizes[: n_rows % n_folds] += 1
    return tuple(np.concatenate([[0], np.cumsum(sizes)]).tolist())


def _check_enough(n_folds: int, n_rows: int) -> None:
    if n_folds > n_rows:
        raise DataError(
            f"Cannot have number of splits n_splits={n_folds} greater than the number of samples: "
            f"n_samples={n_rows}."
        )


def _number_type(n_folds: int) -> Any:
    return np.uint8 if n_folds <= 256 else np.uint16 if n_folds <= 65536 else np.uint32


def _stratified_numbers(codes: NDArray[np.int32], n_folds: int) -> NDArray[Any]:
    """StratifiedKFold's fold of every row, without shuffling.

    Classes are taken in the order in which they first appear; the rows of all classes, sorted,
    are dealt out to the folds in turn, and each class's rows go to the folds in blocks of that
    size.
    """
    counts = np.bincount(codes)
    if n_folds > counts.max():
        raise DataError(
            f"n_splits={n_folds} cannot be greater than the number of members in each class."
        )
    _warn_of_rare(counts, n_folds)
    first = [int(np.argmax(codes == code)) for code in range(len(counts))]
    numbers = np.empty(len(codes), dtype=_number_type(n_folds))
    start = 0
    for code in np.argsort(first):
        stop = start + counts[code]
        dealt = [_in_turn(fold, start, stop, n_folds) for fold in range(n_folds)]
        numbers[codes == code] = np.repeat(np.arange(n_folds, dtype=numbers.dtype), dealt)
        start = stop
    return numbers


def _in_turn(fold: int, start: int, stop: int, n_folds: int) -> int:
    """How many of the positions from start to stop are dealt to the fold."""
    return (stop - fold + n_folds - 1) // n_folds - (start - fold + n_folds - 1) // n_folds


def _warn_of_rare(counts: NDArray[np.int64], n_folds: int) -> None:
    if n_folds > counts.min():
        warnings.warn(
            f"The least populated class in y has only {counts.min()} members, which is less than "
            f"n_splits={n_folds}.",
            UserWarning,
            stacklevel=2,
        )


class _Layers:
    """Splits sorted into group-bys as they come."""

    def __init__(self, n_rows: int) -> None:
        self._n_rows = n_rows
        self._parts: list[Folds] = []
        self._tests: list[int] = []
        self._n_folds = 0
        # the test set of every row in the layer that is being made, -1 in none
        self._numbers: NDArray[np.int32] | None = None
        self._n_tests = 0

    @property
    def n_bytes(self) -> int:
        """What all layers hold."""
        return sum(part.numbers.nbytes for part in self._parts if isinstance(part, FoldNumbers))

    def add(self, train: NDArray[np.intp], test: NDArray[np.intp]) -> None:
        if len(train) + len(test) < self._n_rows:
            self._finish()
            numbers = np.full(self._n_rows, 2, dtype=np.uint8)
            numbers[test], numbers[train] = 0, 1
            if not self._parts:
                # what is asked of all rows, as a refit does, needs them all in the first layer
                self._append(NoFolds(), 0)
            self._append(FoldNumbers(numbers, 2), 1)
            return
        if self._numbers is None or (self._numbers[test] != -1).any():
            self._finish()
            self._numbers, self._n_tests = np.full(self._n_rows, -1, dtype=np.int32), 0
        self._numbers[test] = self._n_tests
        self._n_tests += 1

    def _finish(self) -> None:
        numbers, self._numbers = self._numbers, None
        if numbers is None:
            return
        n_folds = self._n_tests
        if (numbers == -1).any():
            # rows that no test set has are a fold of their own, which is always trained on
            numbers[numbers == -1] = n_folds
            n_folds += 1
        self._append(FoldNumbers(numbers.astype(_number_type(n_folds)), n_folds), self._n_tests)

    def _append(self, part: Folds, n_tests: int) -> None:
        self._parts.append(part)
        self._tests += range(self._n_folds, self._n_folds + n_tests)
        self._n_folds += part.n_folds

    def folds(self) -> tuple[Folds, tuple[int, ...]]:
        """All folds, and which of them are test sets, in the order of the splits."""
        self._finish()
        alone = len(self._parts) == 1
        return self._parts[0] if alone else LayeredFolds(tuple(self._parts)), tuple(self._tests)


def _numbered(known: _Known, n_rows: int) -> tuple[Folds, tuple[int, ...]]:
    """The folds of any splitter, and which of them are its test sets."""
    layers = _Layers(n_rows)
    for train, test in _pairs(known, n_rows):
        _check_sets(known.splitter, train, test, n_rows)
        layers.add(train, test)
        check_split_fits(known.splitter, n_rows, layers.n_bytes)
    return layers.folds()


def _pairs(known: _Known, n_rows: int) -> Iterator[Positions]:
    """The sets that a splitter gives, as numbers of rows."""
    check_split_fits(known.splitter, n_rows, 0)
    rows = np.zeros(n_rows, dtype=np.uint8)
    empty = True
    for train, test in known.splitter.split(rows, known.codes, known.groups):
        yield _positions(train), _positions(test)
        empty = False
    if empty:
        raise DataError(f"{known.splitter!r} gives no split")


def check_split_fits(splitter: Any, n_rows: int, held: int) -> None:
    """Raise where splitting so many rows takes more than the memory limit."""
    needed, budget = n_rows * SPLIT_BYTES_A_ROW + held, config.get().budget
    if needed > budget:
        raise MemoryBudgetError(
            f"{splitter!r} needs about {format_bytes(needed)} to split {n_rows:,} rows, but the "
            f"memory limit is {format_bytes(budget)}. Use KFold or StratifiedKFold without "
            "shuffling, or a splitter that holds nothing of the rows: BlockKFold, "
            "BlockShuffleSplit, HashedKFold, HashedStratifiedKFold, HashedGroupKFold or "
            "HashedShuffleSplit of skdask.model_selection; or raise "
            "skdask.config.set(memory_limit=...)."
        )


def _positions(rows: Any) -> NDArray[np.intp]:
    """Numbers of rows, from numbers or from a mask."""
    given = np.asarray(rows)
    return np.flatnonzero(given) if given.dtype == bool else given.astype(np.intp)


def _check_sets(splitter: Any, train: Any, test: Any, n_rows: int) -> None:
    times = np.bincount(train, minlength=n_rows) + np.bincount(test, minlength=n_rows)
    if times.max() > 1:
        raise UnsupportedError(
            f"{splitter!r} gives a split with a row in both sets, or twice in one, which is no "
            "group-by of the rows. Use weights for rows that count twice, or a sample of the rows "
            "that fits in memory."
        )


def _no_partition(splitter: Any) -> str:
    return (
        f"{splitter!r} does not put every row into exactly one test set, so its folds cannot be "
        "computed as a group-by on blocks yet. Use KFold, StratifiedKFold or GroupKFold."
    )


def fold_indices(split: Split, n_rows: int) -> Iterator[Positions]:
    """Row numbers of the training and the test set of each split."""
    folds = split.folds
    parts = folds.parts if isinstance(folds, LayeredFolds) else (folds,)
    for layer, part in zip(folds.layers, parts, strict=True):
        numbers = numbers_of(part, n_rows)
        for test in split.tests:
            if test in layer:
                own = numbers == test - layer.start
                yield np.flatnonzero(~own & (numbers < part.n_folds)), np.flatnonzero(own)


def numbers_of(folds: Folds, n_rows: int) -> NDArray[Any]:
    """The fold of every row, of folds that are one layer."""
    if isinstance(folds, FoldRanges):
        return np.repeat(np.arange(folds.n_folds), np.diff(folds.bounds))
    if isinstance(folds, FoldNumbers):
        return folds.numbers
    if isinstance(folds, RangeRoles):
        roles = np.full(n_rows, folds.n_folds, dtype=np.uint8)
        roles[slice(*folds.test)], roles[slice(*folds.train)] = 0, 1
        return roles
    if isinstance(folds, RuleFolds):
        if not folds.rule.by_position:
            raise ValueError("these folds are known by rows, and not by their numbers")
        return folds.rule.numbers(0, Rows(n_rows)).astype(_number_type(folds.n_folds))
    assert isinstance(folds, NoFolds)
    return np.zeros(n_rows, dtype=np.uint8)
