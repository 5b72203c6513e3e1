"""Labels and groups of all rows, gathered as whole numbers: what splitters look at.

Only codes are held, in the smallest type that holds them, in the order of their values: so a
splitter that sorts them deals the rows out as it would by the values themselves.
"""

from __future__ import annotations

from typing import Any

import dask
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skdask.blocks.dask_collections import is_dask, is_dask_array


def gathered_codes(labels: Any) -> NDArray[Any]:
    """The place of each row's label among all labels in order; one computation.

    Parameters
    ----------
    labels : Dask Array or Series, or array in memory, of shape (n_rows,) or (n_rows, n_columns)
        Rows of several columns are labels by their text, as in scikit-learn.
    """
    if not is_dask(labels):
        pieces = [_coded(labels)]
    else:
        if is_dask_array(labels) and labels.ndim == 2:
            labels = labels.rechunk({1: -1})
        parts = labels.to_delayed()
        pieces = list(dask.compute(*(dask.delayed(_coded)(part) for part in np.ravel(parts))))
    values = _in_order([found for found, _ in pieces])
    kind = np.min_scalar_type(max(len(values) - 1, 0))
    codes = [np.searchsorted(values, found).astype(kind)[code] for found, code in pieces]
    return np.concatenate(codes)


def _in_order(parts: list[NDArray[Any]]) -> NDArray[Any]:
    parts = [part for part in parts if len(part)] or parts[:1]
    if len({part.dtype.kind for part in parts}) > 1:
        parts = [part.astype(object) for part in parts]
    return np.unique(np.concatenate(parts))


def _coded(labels: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    values = np.asarray(labels)
    if values.ndim == 2:
        values = np.array([" ".join(row.astype("str")) for row in values], dtype=object)
    if pd.isna(values).any():
        raise ValueError("Input contains NaN among the labels or groups by which rows are split.")
    found, codes = np.unique(values, return_inverse=True)
    return found, codes.astype(np.min_scalar_type(max(len(found) - 1, 0)))
