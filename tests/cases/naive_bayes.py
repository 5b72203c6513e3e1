"""Cases of skdask.naive_bayes."""

from __future__ import annotations

from skdask.naive_bayes import GaussianNB
from tests.cases.base import Case

CASES = [
    Case(GaussianNB(), "two classes"),
    Case(GaussianNB(), "three words"),
    Case(GaussianNB(priors=[0.2, 0.8], var_smoothing=1e-3), "two words"),
    Case(GaussianNB(), "float classes"),
    Case(GaussianNB(), "wide classes"),
]
