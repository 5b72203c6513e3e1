"""What selectors of columns share: how their choice reaches the steps after them.

Choosing columns is affine, so what follows is computed from statistics of the raw rows and costs no
pass of its own. Where there are very many columns, or sparse ones, that would be dear, so the
rows themselves go through the selector.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from skdask.mixins.transformer import LazyTransformer
from skdask.routes.view import View
from skdask.statistics import Affine

# Above so many columns statistics of all of them cost more than another read
_WIDE = 512


class BlockSelector(LazyTransformer):
    """A selector that is fitted on blocks."""

    _maps_rows = False

    def choose_form(self, view: View) -> None:
        """Decide how the steps after it see the rows."""
        self._maps_rows = view.facts.sparse or view.n_features > _WIDE

    @property
    def maps_rows(self) -> bool:
        """Whether rows must go through it."""
        return self._maps_rows

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        estimator: Any = self
        return selection(estimator.get_support(), estimator.n_features_in_)


def selection(columns: Any, n_features: int) -> Affine:
    """The map that leaves these columns."""
    kept = np.eye(n_features)[:, columns]
    return Affine(kept, np.zeros(kept.shape[1]))
