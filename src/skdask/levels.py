"""Columns by their distinct values, each with the positions at which it occurs.

Text is slow to compare and slow to turn into objects, and tables say the same few words over and
over. So what is asked of every value of a column is asked of each distinct one, and the answers are
handed to the rows by number.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def level_codes(column: Any) -> tuple[NDArray[np.intp], int]:
    """Numbers of the distinct values of a column, in no order, and how many there are.

    Parameters
    ----------
    column : pandas Series or ndarray of shape (n_rows,)

    Returns
    -------
    codes : ndarray of shape (n_rows,)
        Every number below the count occurs. What is missing has one number too; in a column of
        objects, where it may be None or NaN, every row has its own.
    count : int
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _used(column.cat.codes.to_numpy(), len(column.cat.categories))
    codes, values = pd.factorize(column)
    missing = codes < 0
    if not missing.any():
        return codes, len(values)
    if column.dtype == object:
        return np.arange(len(column)), len(column)
    codes[missing] = len(values)
    return codes, len(values) + 1


def _used(codes: NDArray[Any], count: int) -> tuple[NDArray[np.intp], int]:
    """Codes of categories, -1 for none, by the numbers of those that occur."""
    from_zero = codes.astype(np.intp) + 1
    occurs = np.bincount(from_zero, minlength=count + 1) > 0
    return (np.cumsum(occurs) - 1)[from_zero], int(occurs.sum())


def first_positions(codes: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Where each number occurs, for the first time."""
    first = np.empty(count, np.intp)
    # of several positions the last one written stays
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first


def level_rows(X: Any) -> tuple[Any, list[NDArray[np.intp]]]:
    """Rows that hold every distinct value of every column, and where each value of X is among them.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (n_rows, n_columns)
        Of one row or more.

    Returns
    -------
    levels : as X, of shape (n_levels, n_columns)
        As many rows as the column of most distinct values has; others repeat one of theirs.
    codes : list of ndarray of shape (n_rows,)
        Value i of column j is ``levels[codes[j][i], j]``.
    """
    framed = isinstance(X, pd.DataFrame)
    columns = [X.iloc[:, j] if framed else X[:, j] for j in range(X.shape[1])]
    found = [level_codes(column) for column in columns]
    longest = max(count for _, count in found)
    parts = []
    for column, (codes, count) in zip(columns, found, strict=True):
        first = np.zeros(longest, np.intp)
        first[:count] = first_positions(codes, count)
        first[count:] = first[0]
        parts.append(column.iloc[first].reset_index(drop=True) if framed else column[first])
    if not framed:
        return np.column_stack(parts), [codes for codes, _ in found]
    levels = pd.concat(parts, axis=1)
    levels.columns = X.columns
    return levels, [codes for codes, _ in found]
