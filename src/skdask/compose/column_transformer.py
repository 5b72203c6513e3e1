"""ColumnTransformer: every branch on its own columns, all in the passes of the slowest branch."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import compose
from sklearn.base import clone

from skdask._sklearn import column_branches, column_positions
from skdask.blocks import is_big
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request, together
from skdask.routes.branches import (
    Entries,
    branch_of,
    entries_of,
    fit_branches,
    frozen,
    put_together,
    requests_of_branches,
    thawed,
)
from skdask.routes.example import Example, Seen
from skdask.routes.fitting import fit_on_blocks, forget_report, remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View


class ColumnTransformer(LazyTransformer, compose.ColumnTransformer):
    """Apply transformers to columns of a table, on data of any size.

    Subclasses :class:`sklearn.compose.ColumnTransformer` and has its parameters and attributes.
    In-memory data is handed to it. On blocks the transformers may be skdask's, the scikit-learn
    classes that they stand for, pipelines of them, or ones that learn nothing; all branches are
    fitted side by side in shared passes.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    Functions that select columns see a frame without rows, with the types of the columns. Whether
    the output is sparse follows from the density of all rows, as in scikit-learn; where the widths
    of the branches do not settle that, one more pass counts the entries.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> from skdask.compose import ColumnTransformer
    >>> from skdask.preprocessing import OneHotEncoder, StandardScaler
    >>> table = pd.DataFrame({"size": [1.0, 3.0, 2.0, 2.0], "city": ["a", "b", "b", "a"]})
    >>> columns = ColumnTransformer(
    ...     [("scaled", StandardScaler(), ["size"]), ("coded", OneHotEncoder(), ["city"])]
    ... )
    >>> fitted = columns.fit(dd.from_pandas(table, npartitions=2))
    >>> fitted.get_feature_names_out().tolist()
    ['scaled__size', 'coded__city_a', 'coded__city_b']
    >>> fitted.fit_report_.passes
    1
    """

    takes_tables = True

    def fit(self, X: Any, y: Any = None, **params: Any) -> ColumnTransformer:
        """Fit all transformers.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection, or str, default=None
        **params : dict
            As in scikit-learn, for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **params)
        # a branch may look at the target
        return fit_on_blocks(self, X, y, needs_y=y is not None)

    def _branches(self, view: View) -> list[tuple[str, Any, View]]:
        """Name, our transformer and view of each branch that has columns."""
        template = view.facts.template
        if template is None:
            template = np.empty((1, view.n_features), view.facts.dtype)
        plain = clone(plain_copy(self))
        branches = []
        for name, transformer, positions in column_branches(plain, template):
            if isinstance(transformer, str):
                continue  # "passthrough" has nothing to learn
            columns = positions
            if view.facts.template is not None:
                columns = [view.facts.template.columns[position] for position in positions]
            branches.append((name, branch_of(name, clone(transformer)), view.selecting(columns)))
        return branches

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        branches = self._branches(view)
        requests = requests_of_branches([t for _, t, _ in branches], [v for *_, v in branches])
        return (*requests, Request(Example(), view.rows, "ColumnTransformer"))

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        branches = self._branches(view)
        transformers, views = [t for _, t, _ in branches], [v for *_, v in branches]
        yield (
            *requests_of_branches(transformers, views),
            Request(Example(), view.rows, "ColumnTransformer"),
        )
        outcomes = yield from fit_branches(transformers, views)
        seen = yield from view.example("ColumnTransformer")
        assert seen.first is not None
        fitted = dict(zip([name for name, *_ in branches], transformers, strict=True))
        self._take(fitted, seen.first)
        views_of = dict(zip(fitted, views, strict=True))
        self.sparse_output_ = yield from self._is_sparse(view, views_of, seen)
        remember_features(self, view)
        return outcomes

    def _is_sparse(self, view: View, views: dict[str, View], seen: Seen) -> Algorithm[bool]:
        """Whether columns side by side are sparse enough in all rows to be kept so."""
        first = seen.first
        assert first is not None
        parts: list[Entries] = []
        for name, transformer, columns in self.transformers_:
            width = self.output_indices_[name].stop - self.output_indices_[name].start
            if name in views:
                parts.append(entries_of(transformer, views[name], width, first))
            elif width:
                selected = view.selecting(self._positions(view, columns))
                parts.append(entries_of(None, selected, width, first))
        if not any(part.is_sparse for part in parts):
            return False
        threshold, total = self.sparse_threshold, sum(part.width for part in parts)
        least = sum(part.least for part in parts) / total < threshold
        most = sum(part.most for part in parts) / total < threshold
        if least == most:
            return bool(most)
        counts = yield from together([part.counted() for part in parts if part.is_sparse])
        dense = sum(part.width for part in parts if not part.is_sparse)
        density = (sum(counts) + dense * seen.count) / (total * seen.count)
        return bool(density < threshold)

    def _positions(self, view: View, columns: Any) -> list[Any]:
        """Columns as a view selects them: by name of a frame, else by position."""
        template = view.facts.template
        if template is None:
            template = np.empty((1, view.n_features), view.facts.dtype)
        positions = column_positions(template, columns)
        return positions if view.facts.template is None else list(template.columns[positions])

    def _take(self, fitted: dict[str, Any], first: Any) -> None:
        """Let scikit-learn put the fitted branches together."""
        plain = plain_copy(self)
        plain.transformers = [
            (name, frozen(fitted[name]) if name in fitted else transformer, columns)
            for name, transformer, columns in plain.transformers
        ]
        if "remainder" in fitted:
            plain.remainder = frozen(fitted["remainder"])
        put_together(plain, first.X)
        plain.transformers_ = [
            (name, thawed(transformer), columns)
            for name, transformer, columns in plain.transformers_
        ]
        plain.transformers, plain.remainder = self.transformers, self.remainder
        # scikit-learn keeps the remainder as it was given here too
        name, _, columns = plain._remainder
        plain._remainder = (name, self.remainder, columns)
        take_over(self, plain)


def make_column_transformer(
    *transformers: Any,
    remainder: Any = "drop",
    sparse_threshold: float = 0.3,
    n_jobs: int | None = None,
    verbose: bool = False,
    verbose_feature_names_out: bool = True,
    **options: Any,
) -> ColumnTransformer:
    """Build a :class:`ColumnTransformer` whose branches are named for their classes.

    Parameters
    ----------
    *transformers : tuples of a transformer and its columns
    remainder, sparse_threshold, n_jobs, verbose, verbose_feature_names_out, **options
        As in scikit-learn.

    Returns
    -------
    ColumnTransformer

    Examples
    --------
    >>> from skdask.compose import make_column_transformer
    >>> from skdask.preprocessing import StandardScaler
    >>> make_column_transformer((StandardScaler(), ["size"])).transformers[0][0]
    'standardscaler'
    """
    named = compose.make_column_transformer(*transformers).transformers
    return ColumnTransformer(
        named,
        remainder=remainder,
        sparse_threshold=sparse_threshold,
        n_jobs=n_jobs,
        verbose=verbose,
        verbose_feature_names_out=verbose_feature_names_out,
        **options,
    )
