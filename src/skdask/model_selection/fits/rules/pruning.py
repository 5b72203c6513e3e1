"""Trees that differ in `ccp_alpha`: each is the full tree, pruned.

scikit-learn grows the whole tree and prunes it then, so growing it once is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from skdask._sklearn import pruned_tree
from skdask.model_selection.fits.rules.base import Rule


class PruningPath(Rule):
    """`ccp_alpha` of single trees."""

    parameters = dict.fromkeys(
        (DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor),
        "ccp_alpha",
    )

    def lead(self, values: Sequence[Any]) -> float:
        return 0.0

    def models(self, fitted: Any, values: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        for position, value in enumerate(values):
            yield position, pruned_tree(fitted, value)
