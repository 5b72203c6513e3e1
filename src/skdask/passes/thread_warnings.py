"""Warnings while estimators of scikit-learn run on several threads of this process.

Before Python 3.14 the filters of warnings are those of the process. scikit-learn's own parallel
helpers set and restore them around every call, so that threads meet each other's: some then warn
of a misuse that is none, and what is left at the end is by chance.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_BY_CHANCE = "`sklearn.utils.parallel.delayed` should be used with"


@contextmanager
def warnings_of_threads() -> Iterator[None]:
    """Leave the filters as they were, and do not show what only the race of threads made."""
    with warnings.catch_warnings():
        shown = warnings.showwarning

        def show(message: Any, *given: Any, **named: Any) -> None:
            if _BY_CHANCE not in str(message):
                shown(message, *given, **named)

        warnings.showwarning = show
        yield
