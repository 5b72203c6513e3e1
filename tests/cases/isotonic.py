"""Cases of skdask.isotonic."""

from __future__ import annotations

from skdask.isotonic import IsotonicRegression
from tests.cases.base import Case

CASES = [
    Case(IsotonicRegression(out_of_bounds="clip"), "one feature"),
    Case(IsotonicRegression(increasing=False), "one feature"),
    Case(IsotonicRegression(increasing="auto", y_min=-3.0, y_max=8.0), "one feature"),
]
