"""The table of cases: every estimator in its variants, and what it is fitted on.

One file a module of skdask. A new estimator joins all oracle tests by adding a line to the
`CASES` of its module's file.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.cases.base import Case, Data, data

CASES: list[Case] = [
    case
    for module in iter_modules(__path__)
    if module.name != "base"
    for case in import_module(f"{__name__}.{module.name}").CASES
]

__all__ = ["CASES", "Case", "Data", "data"]
