"""The inside of what scikit-learn decorates: where a function of its can be given another body.

scikit-learn validates the parameters of its public functions and of every `fit` in a decorator
(`validate_params`, `_fit_context`), which holds the undecorated function in a cell of its closure.
Another function in that cell is another body under the same object: names that were imported
before, `is`, signatures, docstrings, pickles by name and the validation itself stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType
from typing import Any


def inner_cell(decorated: Any) -> CellType:
    """The cell of a decorated function that holds the function it decorates.

    Raises
    ------
    LookupError
        Where there is none: this release of scikit-learn decorates in another way, or not at all.
    """
    inner = getattr(decorated, "__wrapped__", None)
    for cell in getattr(decorated, "__closure__", None) or ():
        if inner is not None and cell.cell_contents is inner:
            return cell
    raise LookupError(f"{getattr(decorated, '__qualname__', decorated)} has no inside to replace")


class Replaced:
    """A decorated function whose inside is another one until `undo`.

    Parameters
    ----------
    decorated : function
    make : callable
        From the function inside to the one in its place.
    """

    def __init__(self, decorated: Any, make: Callable[[Any], Any]) -> None:
        self._cell = inner_cell(decorated)
        self._original = self._cell.cell_contents
        self._cell.cell_contents = make(self._original)

    def undo(self) -> None:
        """Put back what was there."""
        self._cell.cell_contents = self._original
