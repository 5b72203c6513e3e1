"""NaN and infinity in a block: scikit-learn's errors, with the place in the data.

Finding that all is finite is one sum per array; only a bad block is looked at in detail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.exceptions import DataError
from skdask.rows import Block, is_frame, is_sparse


def raise_non_finite(
    block: Block,
    feature_names: Sequence[str] | None = None,
    estimator_name: str | None = None,
    *,
    allow_nan: bool = False,
) -> None:
    """Raise if a block holds NaN or infinity; do nothing when all is finite.

    Parameters
    ----------
    block : Block
    feature_names : sequence of str, optional
        To name the column.
    estimator_name : str, optional
        For the message.
    allow_nan : bool, default=False
        Let NaN in X pass, but not infinity.

    Raises
    ------
    DataError
        With scikit-learn's wording, the column, the block and the number of the row.
    """
    rows = block.rows
    if is_frame(rows.X):
        _raise_in_frame(block, estimator_name, allow_nan)
        rows = replace(rows, X=None)
    for role, values in (("X", rows.X), ("y", rows.y), ("sample_weight", rows.sample_weight)):
        if values is None or _all_finite(values):
            continue
        _raise_first(block, role, values, feature_names, estimator_name, allow_nan and role == "X")


def _raise_in_frame(block: Block, estimator_name: str | None, allow_nan: bool) -> None:
    """The same for the columns of a frame that are numbers."""
    for name in block.rows.X.columns:
        values = np.asarray(block.rows.X[name])
        if values.dtype.kind == "f" and not _all_finite(values):
            column = values[:, np.newaxis]
            _raise_first(block, "X", column, [str(name)], estimator_name, allow_nan)


def _all_finite(values: Any) -> bool:
    if values.dtype.kind == "f":
        # the sum of finite numbers is finite unless it overflows, and then one looks closer
        with np.errstate(over="ignore", invalid="ignore"):
            return bool(np.isfinite(values.sum()))
    if values.dtype.kind == "O":
        return not _missing(values).any()
    return True


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    # NaN is the only value that differs from itself
    return np.asarray((values != values) | (values == None), dtype=bool)  # noqa: E711


def _raise_first(
    block: Block,
    role: str,
    values: Any,
    feature_names: Sequence[str] | None,
    estimator_name: str | None,
    allow_nan: bool,
) -> None:
    stored = values if is_sparse(values) else None
    if stored is not None:
        values = stored.data
    if values.dtype.kind == "O":
        bad = nan = _missing(values)
    else:
        nan = np.isnan(values)
        bad = np.isinf(values) if allow_nan else ~np.isfinite(values)
    positions = np.argwhere(bad)
    if len(positions) == 0:
        return
    place, is_nan = tuple(positions[0]), bool(nan[tuple(positions[0])])
    if stored is not None:
        # the place of an entry in the whole
        entry = int(place[0])
        row = int(np.searchsorted(stored.indptr, entry, side="right")) - 1
        place = (row, int(stored.indices[entry]))
    if is_nan:
        what = f"Input {role} contains NaN."
    else:
        what = f"Input {role} contains infinity or a value too large for {values.dtype!r}."
    start = (
        "" if block.first_row is None else f", row {block.first_row + int(place[0])} of the data"
    )
    column = _column(role, place, feature_names)
    message = (
        f"{what}\nThe first is in {column}row {int(place[0])} of block {block.index} "
        f"({block.where}){start}."
    )
    if role == "X" and is_nan:
        if estimator_name:
            message += f"\n{estimator_name} does not accept missing values encoded as NaN natively."
        message += (
            " Leave the column out with drop=, or fill them in or drop the rows before: Dask "
            "DataFrame's fillna or dropna, sklearn.impute.SimpleImputer in memory."
        )
    else:
        message += f" Replace or drop the rows where {role} is not a finite number."
    raise DataError(message)


def _column(role: str, place: tuple[Any, ...], feature_names: Sequence[str] | None) -> str:
    if len(place) == 1:
        return ""
    number = int(place[1])
    if role == "X" and feature_names is not None:
        return f"column {feature_names[number]!r}, "
    return f"column {number}, "
