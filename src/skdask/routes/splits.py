"""Folds of a splitter: scikit-learn's own folds, on the same rows, as a group-by.

Unshuffled KFold is arithmetic. Stratified and other splitters get a fold number a row, one or
two bytes; where the target is on disk, one pass over it alone gives the classes that a
stratified splitter needs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn.model_selection import KFold, StratifiedKFold, check_cv

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.passes import FitReport, Folds, NoFolds, run
from skdask.passes.folds import FoldNumbers, FoldRanges
from skdask.passes.request import ask
from skdask.statistics import Codes

# What scikit-learn's splitters keep a row while they split: indices, masks, permutations
SPLIT_BYTES_A_ROW = 40


@dataclass(frozen=True)
class Split:
    """Folds of some data.

    Attributes
    ----------
    splitter : cross-validation splitter
    folds : Folds
    reports : tuple of FitReport
        Of the passes that finding the folds took.
    """

    splitter: Any
    folds: Folds
    reports: tuple[FitReport, ...] = ()


def split_rows(cv: Any, blocks: Blocks, classifier: bool) -> Split:
    """The folds of a splitter over blocks whose row counts are known.

    Parameters
    ----------
    cv : int, splitter, iterable of (train, test) or None
        As in scikit-learn.
    blocks : Blocks
    classifier : bool
        Whether an integer means stratified folds.

    Raises
    ------
    UnsupportedError
        Where the test sets do not put every row into exactly one fold.
    """
    n_rows = blocks.n_rows
    assert n_rows is not None
    reports: tuple[FitReport, ...] = ()
    coded = None
    whole_number = cv is None or isinstance(cv, int | np.integer)
    if (classifier and whole_number) or isinstance(cv, StratifiedKFold):
        read = run([ask(Codes(), asked_by="StratifiedKFold")], blocks, what="class of every row")
        reports, coded = (read.report,), read.results[0]
    splitter = check_cv(cv, None if coded is None else coded.classes, classifier=classifier)
    if type(splitter) is KFold and not splitter.shuffle:
        _check_enough(splitter.n_splits, n_rows)
        return Split(splitter, FoldRanges(_even_bounds(n_rows, splitter.n_splits)), reports)
    if type(splitter) is StratifiedKFold and not splitter.shuffle:
        assert coded is not None
        _check_enough(splitter.n_splits, n_rows)
        numbers = _stratified_numbers(coded.codes, splitter.n_splits)
        return Split(splitter, FoldNumbers(numbers, splitter.n_splits), reports)
    codes = None if coded is None else coded.codes
    groups = None
    if blocks.has_groups:
        grouped = run([ask(Codes(of_groups=True))], blocks, what="group of every row")
        reports, groups = (*reports, grouped.report), grouped.results[0].codes
    return Split(splitter, _numbered(splitter, n_rows, codes, groups), reports)


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


def _numbered(splitter: Any, n_rows: int, codes: Any, groups: Any) -> Folds:
    """Any splitter whose test sets are a partition of the rows."""
    needed, budget = n_rows * SPLIT_BYTES_A_ROW, config.get().budget
    if needed > budget:
        raise MemoryBudgetError(
            f"{splitter!r} needs about {format_bytes(needed)} to split {n_rows:,} rows, but the "
            f"memory limit is {format_bytes(budget)}. Use KFold or StratifiedKFold without "
            "shuffling, or raise skdask.config.set(memory_limit=...)."
        )
    rows = np.zeros(n_rows, dtype=np.uint8)
    numbers = np.full(n_rows, -1, dtype=np.int32)
    n_folds = 0
    for n_folds, (train, test) in enumerate(splitter.split(rows, codes, groups), 1):
        taken = numbers[test] != -1
        if taken.any() or len(train) + len(test) != n_rows:
            raise UnsupportedError(_no_partition(splitter))
        numbers[test] = n_folds - 1
    if n_folds == 0 or (numbers == -1).any():
        raise UnsupportedError(_no_partition(splitter))
    return FoldNumbers(numbers.astype(_number_type(n_folds)), n_folds)


def _no_partition(splitter: Any) -> str:
    return (
        f"{splitter!r} does not put every row into exactly one test set, so its folds cannot be "
        "computed as a group-by on blocks yet. Use KFold, StratifiedKFold or GroupKFold."
    )


def fold_indices(folds: Folds, n_rows: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Row numbers of the training and the test set of each fold."""
    numbers: NDArray[Any]
    if isinstance(folds, FoldRanges):
        numbers = np.repeat(np.arange(folds.n_folds), np.diff(folds.bounds))
    elif isinstance(folds, FoldNumbers):
        numbers = folds.numbers
    else:
        assert isinstance(folds, NoFolds)
        numbers = np.zeros(n_rows, dtype=np.uint8)
    for fold in range(folds.n_folds):
        yield np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)
