"""scikit-learn's own functions on rows that are on blocks, and must be in memory for them.

What no statistic of the rows can tell needs the rows. Where they fit the memory limit they are
read once, and folds are fitted side by side in threads on that one copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from joblib import parallel_config

from skdask.model_selection.fits.rows import bring_to_memory, weights_among
from skdask.passes.blas import one_blas_thread
from skdask.pipeline.weights import open_weighted


def on_brought_rows(
    function: Callable[..., Any],
    estimator: Any,
    X: Any,
    y: Any,
    groups: Any,
    params: Mapping[str, Any],
    options: Mapping[str, Any],
    why: str,
) -> Any:
    """What a function of scikit-learn's model selection gives for rows on blocks.

    Raises
    ------
    MemoryBudgetError
        Where the rows do not fit, saying why they would have to.
    """
    data, weighted = open_weighted(estimator, X, y, dict(params), groups)
    found = bring_to_memory(data, function.__name__, why)
    rows = found.rows
    with (
        one_blas_thread(),
        parallel_config(backend="threading", n_jobs=found.threads),
    ):
        return function(
            estimator,
            rows.X,
            rows.y,
            groups=rows.groups,
            params=weights_among(dict(params), rows, sorted(weighted)),
            **options,
        )
