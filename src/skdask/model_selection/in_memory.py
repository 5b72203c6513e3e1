"""When in-memory data takes the shared route, and when scikit-learn runs the search itself.

The shared route is exact, so it is taken wherever scikit-learn's own answer is: a solver that is
random by design, sparse rows or more columns than rows stay with scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn import get_config
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from skdask.exceptions import SkdaskError
from skdask.metrics.own_score import scores_itself
from skdask.model_selection.plan.templates import Templates
from skdask.routes.callbacks import has_callbacks
from skdask.routes.twins import adopt

# Wider than this the moments cost more than they save on data that is in memory anyway
_MOST_FEATURES = 2000


def why_not_shared(estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> str:
    """Why scikit-learn should run this on in-memory data; empty if the shared route will do."""
    if get_config()["enable_metadata_routing"]:
        return "metadata routing is enabled"
    if y is None:
        return "there is no target"
    if has_callbacks(estimator):
        return "the estimator has callbacks"
    if not isinstance(X, np.ndarray | pd.DataFrame) or X.ndim != 2:
        return f"X is a {type(X).__name__}, not a dense table"
    numeric = (
        X.dtype.kind in "biuf"
        if isinstance(X, np.ndarray)
        else all(dtype.kind in "biuf" for dtype in X.dtypes)
    )
    if not numeric:
        return "X has columns that are no numbers"
    n_rows, n_features = X.shape
    if n_features > _MOST_FEATURES or n_rows < 2 * n_features:
        return f"X has {n_features} columns for {n_rows} rows"
    odd = [name for name in params if name.rpartition("__")[2] != "sample_weight"]
    if odd:
        return f"fit is given {odd[0]}"
    return ""


def why_random(candidate: Any, n_rows: int, n_features: int) -> str:
    """Which step of a candidate scikit-learn solves with random numbers; empty if none does."""
    steps = candidate.steps if isinstance(candidate, Pipeline) else [("", candidate)]
    found = (_why_step_is_random(step, n_rows, n_features) for _, step in steps)
    return next(filter(None, found), "")


def why_any_random(
    estimator: Any, candidates: Iterable[Mapping[str, Any]], n_rows: int, n_features: int
) -> str:
    """The same of all candidates, each different step once; or why one cannot be shared."""
    templates, met = Templates(estimator), {}
    try:
        for params in candidates:
            met.update({id(step): step for _, step in templates.steps_of(params)})
    except (SkdaskError, ValueError, TypeError) as error:
        return str(error)
    found = (_why_step_is_random(step, n_rows, n_features) for step in met.values())
    return next(filter(None, found), "")


def _why_step_is_random(step: Any, n_rows: int, n_features: int) -> str:
    if scores_itself(adopt(step)):
        return f"{type(step).__name__} needs no target"
    if isinstance(step, Ridge) and step.solver in ("sag", "saga"):
        return f"Ridge(solver={step.solver!r}) is random by design"
    if isinstance(step, PCA) and _is_random(step, n_rows, n_features):
        return "PCA would use its randomized solver"
    return ""


def _is_random(pca: PCA, n_rows: int, n_features: int) -> bool:
    if pca.svd_solver != "auto":
        return bool(pca.svd_solver in ("randomized", "arpack"))
    if n_features <= 1000 and n_rows >= 10 * n_features:
        return False
    wanted = pca.n_components
    return isinstance(wanted, int) and 1 <= wanted < 0.8 * min(n_rows, n_features)
