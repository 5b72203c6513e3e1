"""Cases of skdask.feature_extraction that take rows of numbers."""

from __future__ import annotations

from skdask.feature_extraction.text import TfidfTransformer
from tests.cases.base import Case

CASES = [
    Case(TfidfTransformer(), "counts of words", weights=None, sparse=True),
    Case(TfidfTransformer(smooth_idf=False, norm="l1"), "counts of words", weights=None),
    Case(TfidfTransformer(use_idf=False, sublinear_tf=True), "counts of words", weights=None),
]
