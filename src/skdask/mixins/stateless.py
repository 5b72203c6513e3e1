"""A transformer that learns nothing of the rows but the names and the number of their columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.example import Example
from skdask.routes.fitting import fit_stateless
from skdask.routes.view import View


class StatelessTransformer(FeaturesFit, LazyTransformer):
    """Fitted on the first row, which costs a pass only where nothing else is asked."""

    stateless = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Example(), view.rows, type(self).__name__),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the first row of a view."""
        return (yield from fit_stateless(self, view))


class SeededTransformer(StatelessTransformer):
    """One that draws random numbers for its columns: the same for all rows only by a seed."""

    random_state: Any

    @property
    def stateless(self) -> bool:  # type: ignore[override]
        """Whether it is the same whatever rows it is fitted on."""
        return isinstance(self.random_state, int | np.integer)
