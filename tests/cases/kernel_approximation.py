"""Cases of skdask.kernel_approximation."""

from __future__ import annotations

from skdask.kernel_approximation import (
    AdditiveChi2Sampler,
    PolynomialCountSketch,
    RBFSampler,
    SkewedChi2Sampler,
)
from tests.cases.base import Case

CASES = [
    Case(RBFSampler(n_components=4, random_state=0), "rows", weights=None, sparse=True),
    Case(
        RBFSampler(gamma="scale", n_components=4, random_state=0),
        "rows",
        weights=None,
        sparse=True,
    ),
    Case(SkewedChi2Sampler(n_components=4, random_state=0), "positive features", weights=None),
    Case(AdditiveChi2Sampler(), "positive features", weights=None),
    Case(PolynomialCountSketch(n_components=4, random_state=0), "rows", weights=None, sparse=True),
]
