"""Parts of fitted forests, boosted and pruned trees, and what features are worth to a model."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection._base import _get_feature_importances


def feature_importances(estimator: BaseEstimator, getter: Any) -> NDArray[np.float64]:
    """How much each feature counts, by which `RFE` leaves some out."""
    return np.ravel(_get_feature_importances(estimator, getter, transform_func="square"))


def forest_rows(forest: Any, X: Any) -> Any:
    """Rows as the trees of a forest take them."""
    return forest._validate_X_predict(X)


def adaptive_rows(model: Any, X: Any) -> Any:
    """Rows as the estimators of an AdaBoost model take them."""
    return model._check_X(X)


def boosting_stages(model: Any, X: Any) -> Iterator[Any]:
    """A boosted model as it was after every round, that knows its answer for these rows alone."""
    for raw in model._staged_raw_predict(X):
        stage = copy(model)
        vars(stage)["_raw_predict"] = lambda *_, raw=raw, **__: raw.copy()
        yield stage


def pruned_tree(tree: Any, ccp_alpha: float) -> Any:
    """A fitted tree pruned as if it had been fitted with that complexity parameter."""
    pruned = copy(tree)
    pruned.ccp_alpha = ccp_alpha
    pruned._prune_tree()
    return pruned
