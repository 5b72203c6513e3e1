"""Forests that differ in `ccp_alpha`: each has the trees of the full one, pruned.

Trees of a forest are grown independently of each other, and each is pruned once it is grown. So
the grown trees serve every penalty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from skdask._sklearn import pruned_tree
from skdask.model_selection.fits.rules.base import Rule


class PrunedForests(Rule):
    """`ccp_alpha` of random forests and extra trees."""

    parameters = dict.fromkeys(
        (RandomForestClassifier, RandomForestRegressor, ExtraTreesClassifier, ExtraTreesRegressor),
        "ccp_alpha",
    )

    def holds(self, estimator: Any) -> bool:
        # scores out of the bag are of the pruned trees
        return not (estimator.warm_start or estimator.oob_score)

    def lead(self, values: Sequence[Any]) -> float:
        return 0.0

    def models(self, fitted: Any, values: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        for position, value in enumerate(values):
            model = copy(fitted)
            model.ccp_alpha = value
            model.estimators_ = [pruned_tree(tree, value) for tree in fitted.estimators_]
            yield position, model
