"""Cases of skdask.random_projection."""

from __future__ import annotations

from skdask.random_projection import GaussianRandomProjection
from tests.cases.base import Case

CASES = [
    Case(GaussianRandomProjection(3, random_state=0), "rows", weights=None, sparse=True),
    Case(
        GaussianRandomProjection(2, random_state=1, compute_inverse_components=True),
        "wide",
        weights=None,
    ),
]
