"""A transformer that learns nothing of the rows but the names and the number of their columns."""

from __future__ import annotations

from typing import Any

from skdask.blocks import is_big
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.example import Example
from skdask.routes.fitting import fit_on_blocks, fit_stateless, forget_report
from skdask.routes.view import View


class StatelessTransformer(LazyTransformer):
    """Fitted on the first row, which costs a pass only where nothing else is asked."""

    stateless = True

    def fit(self, X: Any, y: Any = None) -> Any:
        """Learn the names and the number of the columns.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y)  # type: ignore[misc]
        return fit_on_blocks(self, X, y, needs_y=False)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Example(), view.rows, type(self).__name__),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the first row of a view."""
        return (yield from fit_stateless(self, view))
