"""What encoders and imputers ask for: the categories of a view, within the memory limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from skdask import config
from skdask.passes import Request
from skdask.routes.view import View
from skdask.tables import Categories, ColumnCategories


def category_request(view: View, asked_by: str, *, uniform: bool = False) -> Request:
    """The distinct values of every column: equal for all that ask, so that they share it.

    With `uniform`, as what sorts them needs it, text and other things in a column are an error.
    """
    # states on several levels of the merge tree are there together, most of them small
    quarter = config.get().budget // 4
    # a power of two: what is free in the machine changes from one call to the next
    limit = 1 << (quarter.bit_length() - 1)
    return Request(Categories(limit, view.feature_names, uniform), view.rows, asked_by)


def category_values(view: View, columns: Sequence[ColumnCategories]) -> list[NDArray[Any]]:
    """The distinct values of every column, in the type of the array that they came in."""
    values = [column.all_values() for column in columns]
    given = view.facts.given_dtype if view.affine.is_identity else None
    return values if given is None else [found.astype(given) for found in values]
