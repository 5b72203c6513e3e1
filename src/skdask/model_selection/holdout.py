"""train_test_split: collections in two, lazily, by scikit-learn's own choice of rows.

The rows are chosen from a byte a row, by scikit-learn, and stay in their order: shuffling what is
larger than memory would move all of it. Where even that is too much, splitters by hashes choose
rows one by one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn import model_selection
from sklearn.model_selection import GroupShuffleSplit

from skdask import blocks as block_room
from skdask import config
from skdask.blocks import Blocks
from skdask.blocks.dask_collections import is_dask
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.model_selection.chosen_rows import lengths_of, rows_with
from skdask.model_selection.gathered import gathered_codes
from skdask.routes.splits import SPLIT_BYTES_A_ROW

_TRAIN, _TEST, _NEITHER = 1, 0, 2


def train_test_split(
    *arrays: Any,
    test_size: Any = None,
    train_size: Any = None,
    random_state: Any = None,
    shuffle: bool = True,
    stratify: Any = None,
    groups: Any = None,
) -> list[Any]:
    """Split arrays, frames and Dask collections into training and test rows.

    Dask collections are split lazily, and all alike, however each of them is chunked. The rows
    are those that scikit-learn chooses for the same ``random_state``; they stay in the order of
    the data, where scikit-learn's come shuffled.

    Parameters
    ----------
    *arrays : Dask Array, DataFrame or Series, Blocks, path, or in-memory rows, of the same length
    test_size, train_size : float, int or None
        As in scikit-learn.
    random_state : int, RandomState or None
    shuffle : bool, default=True
        Whether rows are drawn at random; else the first are training rows.
    stratify : array-like or Dask collection, default=None
        Labels of which both parts get the same shares; read once.
    groups : array-like or Dask collection, default=None
        Groups that are not torn apart; sizes are then shares of the groups, as in
        :class:`sklearn.model_selection.GroupShuffleSplit`. Read once.

    Returns
    -------
    list
        Training and test rows of each of the arrays. Where one of them is a Dask collection, in
        the order of the data.

    Raises
    ------
    MemoryBudgetError
        Where choosing among so many rows takes more memory than the limit.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.model_selection import train_test_split
    >>> X = da.arange(12, chunks=5).reshape(12, 1)
    >>> X_train, X_test = train_test_split(X, random_state=0)
    >>> X_train.chunks[0], X_test.compute().ravel().tolist()
    ((4, 4, 1), [4, 6, 11])
    """
    if not arrays:
        raise ValueError("At least one array required as input")
    if groups is not None and stratify is not None:
        raise UnsupportedError(
            "train_test_split with both stratify and groups: no exact split keeps both. Take a "
            "fold of StratifiedGroupKFold, which keeps groups together and shares nearly so."
        )
    given = [*arrays, *(extra for extra in (stratify, groups) if extra is not None)]
    if groups is None and not any(_is_lazy(array) for array in given):
        return list(
            model_selection.train_test_split(
                *arrays,
                test_size=test_size,
                train_size=train_size,
                random_state=random_state,
                shuffle=shuffle,
                stratify=stratify,
            )
        )
    collections = [_as_collection(array) for array in arrays]
    lengths = lengths_of([*collections, *given[len(arrays) :]])
    n_rows = _common_length(lengths)
    sides = _sides(n_rows, test_size, train_size, random_state, shuffle, stratify, groups)
    found = []
    for collection, own in zip(collections, lengths, strict=False):
        found += [rows_with(collection, own, sides, side) for side in (_TRAIN, _TEST)]
    return found


def _is_lazy(array: Any) -> bool:
    """Whether rows come from elsewhere; a list of texts is rows here, and no list of paths."""
    return is_dask(array) or isinstance(array, Blocks | str | os.PathLike)


def _as_collection(array: Any) -> Any:
    if isinstance(array, Blocks | str | os.PathLike):
        return block_room.open(array).to_dask()
    return array


def _common_length(lengths: Sequence[tuple[int, ...]]) -> int:
    found = [sum(own) for own in lengths]
    if len(set(found)) > 1:
        raise DataError(
            f"Found input variables with inconsistent numbers of samples: {found!r}. All that is "
            "split together needs the same rows."
        )
    return found[0]


def _sides(
    n_rows: int,
    test_size: Any,
    train_size: Any,
    random_state: Any,
    shuffle: bool,
    stratify: Any,
    groups: Any,
) -> NDArray[np.uint8]:
    """For each row whether it trains, tests, or neither, as scikit-learn chooses."""
    needed, budget = n_rows * SPLIT_BYTES_A_ROW, config.get().budget
    if needed > budget:
        raise MemoryBudgetError(
            f"train_test_split needs about {format_bytes(needed)} to choose among {n_rows:,} rows, "
            f"but the memory limit is {format_bytes(budget)}. Raise "
            "skdask.config.set(memory_limit=...), split by a column of the data, or give a search "
            "cv=HashedShuffleSplit(1), which holds nothing of the rows."
        )
    if groups is None:
        train, test = model_selection.train_test_split(
            np.arange(n_rows),
            test_size=test_size,
            train_size=train_size,
            random_state=random_state,
            shuffle=shuffle,
            stratify=None if stratify is None else gathered_codes(stratify),
        )
    else:
        if not shuffle:
            raise ValueError("a split by groups draws them at random: leave shuffle=True")
        if test_size is None and train_size is None:
            test_size = 0.25
        splitter = GroupShuffleSplit(
            1, test_size=test_size, train_size=train_size, random_state=random_state
        )
        rows = np.empty(n_rows, dtype=np.uint8)
        train, test = next(splitter.split(rows, groups=gathered_codes(groups)))
    sides = np.full(n_rows, _NEITHER, dtype=np.uint8)
    sides[train], sides[test] = _TRAIN, _TEST
    return sides
