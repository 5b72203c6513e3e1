"""The score functions themselves, of rows in memory as scikit-learn's and of any others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from sklearn import feature_selection

from skdask.blocks import is_big
from skdask.feature_selection.univariate import SelectKBest


def _on_blocks_too(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def score(X: Any, y: Any = None, **settings: Any) -> Any:
        if not is_big(X):
            return function(X, y, **settings)
        fitted = SelectKBest(partial(function, **settings), k="all").fit(X, y)
        if fitted.pvalues_ is None:
            return fitted.scores_
        return fitted.scores_, fitted.pvalues_

    score.__doc__ = f"""`sklearn.feature_selection.{function.__name__}` on data of any size.

    Parameters
    ----------
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    y : array-like or Dask collection of shape (n_rows,), or str
        For a table, the name of its target column; None for Blocks that carry it.
    **settings
        As in scikit-learn.

    Returns
    -------
    ndarray of shape (n_features,), or two of them
        As in scikit-learn; {_how(function)}.
    """
    score.__module__ = __name__
    score.of_rows = function  # type: ignore[attr-defined]
    return score


def _how(function: Any) -> str:
    if function.__name__.startswith("mutual_info"):
        return "of a uniform sample of `config.set(sample_rows=...)` rows on blocks"
    return "exact in one pass on blocks"


chi2 = _on_blocks_too(feature_selection.chi2)
f_classif = _on_blocks_too(feature_selection.f_classif)
f_regression = _on_blocks_too(feature_selection.f_regression)
mutual_info_classif = _on_blocks_too(feature_selection.mutual_info_classif)
mutual_info_regression = _on_blocks_too(feature_selection.mutual_info_regression)
r_regression = _on_blocks_too(feature_selection.r_regression)
