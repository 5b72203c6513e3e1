"""Cases of skdask.impute."""

from __future__ import annotations

from skdask.impute import KNNImputer, MissingIndicator, SimpleImputer
from tests.cases.base import Case

CASES = [
    Case(SimpleImputer(), "missing", weights=None, sparse=True),
    Case(SimpleImputer(strategy="median"), "missing", weights=None),
    Case(SimpleImputer(strategy="most_frequent"), "missing", weights=None),
    Case(KNNImputer(n_neighbors=2), "missing", weights=None),
    Case(MissingIndicator(), "missing", weights=None),
]
