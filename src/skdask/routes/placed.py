"""Errors that scikit-learn raises on one block of a lazy result, with the place of the block.

A lazy result is computed much later than it was asked for, and maybe on another machine, so the
error alone would say that there is a NaN, and not in which of a thousand partitions.
"""

from __future__ import annotations

from typing import Any

from sklearn.utils import get_tags

from skdask.blocks.checks import raise_non_finite
from skdask.exceptions import DataError, KindError
from skdask.rows import Block, Rows, is_frame


def raise_placed(error: Exception, block: Any, place: int | None, plain: Any) -> None:
    """Raise an error of scikit-learn's again, with the chunk or partition that it is of.

    Parameters
    ----------
    error : ValueError or TypeError
        Any other is left to its raiser.
    block : array, sparse array or frame
    place : int or None
        Number of the block; None where it is not known.
    plain : estimator
        scikit-learn's, which met the block.
    """
    where = _where(block, place)
    said = str(error)
    if "contains NaN" in said or "contains infinity" in said:
        rows = Rows(block.shape[0], block)
        allow_nan = bool(get_tags(plain).input_tags.allow_nan)
        names = getattr(plain, "feature_names_in_", None)
        met = Block(place or 0, None, rows, where)
        raise_non_finite(met, names, type(plain).__name__, allow_nan=allow_nan)
    message = f"{said.rstrip('.')}. Found in {where}."
    if type(error) is ValueError:
        raise DataError(message) from error
    if type(error) is TypeError:
        raise KindError(message) from error


def _where(block: Any, place: int | None) -> str:
    number = "" if place is None else f" {place}"
    if not is_frame(block):
        return f"chunk{number} of the Dask Array"
    first, last = block.index[0], block.index[-1]
    return f"partition{number} of the Dask DataFrame, index {first} to {last}"
