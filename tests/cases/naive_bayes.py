"""Cases of skdask.naive_bayes."""

from __future__ import annotations

from skdask.naive_bayes import GaussianNB
from tests.cases.base import Case

CASES = [
    Case(GaussianNB(), "two classes", counts_rows=True),
    Case(GaussianNB(), "three words", counts_rows=True),
    Case(GaussianNB(priors=[0.2, 0.8], var_smoothing=1e-3), "two words", counts_rows=True),
    Case(GaussianNB(), "float classes", counts_rows=True),
    Case(GaussianNB(), "wide classes", counts_rows=True),
]
