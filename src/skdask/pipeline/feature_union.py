"""FeatureUnion: transformers side by side on the same columns, in the passes of the slowest.

All of them see one view of the rows, so what several ask for is computed once. A union of affine
transformers is affine itself: what follows it needs no pass of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn import pipeline

from skdask._sklearn import validate_params
from skdask.blocks import is_big
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request
from skdask.pipeline.weights import open_weighted, takes_weights
from skdask.preprocessing import FunctionTransformer
from skdask.routes.branches import branch_of, fit_branches, requests_of_branches
from skdask.routes.fitting import fit_on, forget_report, maps_rows, takes_tables
from skdask.routes.view import View
from skdask.statistics import Affine


class FeatureUnion(LazyProjector, pipeline.FeatureUnion):
    """Transformers side by side, their outputs put together, on data of any size.

    Subclasses :class:`sklearn.pipeline.FeatureUnion` and has its parameters and attributes.
    In-memory data is handed to it. On blocks the transformers may be skdask's, the scikit-learn
    classes that they stand for, pipelines of them, or ones that learn nothing; all are fitted
    side by side in shared passes.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.pipeline import FeatureUnion
    >>> from skdask.preprocessing import MinMaxScaler, StandardScaler
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> union = FeatureUnion([("scaled", StandardScaler()), ("share", MinMaxScaler())]).fit(X)
    >>> union.get_feature_names_out().tolist()
    ['scaled__x0', 'share__x0']
    >>> union.fit_report_.passes
    1
    """

    transformer_list: list[tuple[str, Any]]

    def fit(self, X: Any, y: Any = None, **params: Any) -> FeatureUnion:
        """Fit all transformers.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection, or str, default=None
            For a table, the name of its target column, which is no feature.
        **params : dict
            ``sample_weight``, where all transformers take it; others for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **params)
        validate_params(self)
        data, weighted = open_weighted(self, X, y, params)
        self.check_steps(data.has_y)
        return fit_on(self, data, View.whole(data, weighted=bool(weighted)))

    def check_steps(self, has_y: bool) -> None:
        """Raise where a transformer cannot run on blocks; replace scikit-learn's by ours."""
        self.transformer_list = list(self.transformer_list)
        self._validate_transformers()
        self._validate_transformer_weights()
        self.transformer_list = [
            (name, part if part == "drop" else self._part_of(name, part))
            for name, part in self.transformer_list
        ]

    def _part_of(self, name: str, part: Any) -> Any:
        if part == "passthrough":  # which scikit-learn replaces when it fits
            return FunctionTransformer(feature_names_out="one-to-one")
        return branch_of(name, part)

    def _parts(self) -> Iterator[Any]:
        """The transformers that do something."""
        for _, part in self.transformer_list:
            if part != "drop":
                yield part

    @property
    def takes_tables(self) -> bool:
        """Whether a transformer takes frames whose columns keep their types."""
        return any(
            takes_tables(part)
            for part in self._parts()
            if part != "passthrough" and not _is_identity(part)
        )

    @property
    def takes_weights(self) -> bool:
        """Whether all transformers take sample weights."""
        return all(part != "passthrough" and takes_weights(part) for part in self._parts())

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        parts = list(self._parts())
        return requests_of_branches(parts, [view] * len(parts))

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        parts = list(self._parts())
        yield self.first_requests(view)
        return (yield from fit_branches(parts, [view] * len(parts)))

    @property
    def maps_rows(self) -> bool:
        """Whether rows must go through it, as one of its parts is not affine."""
        parts = list(self._parts())
        return not parts or any(maps_rows(part) and not _is_identity(part) for part in parts)

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        weights = self.transformer_weights or {}
        maps = []
        for name, part in self.transformer_list:
            if part == "drop":
                continue
            own = Affine.identity(part.n_features_in_) if _is_identity(part) else part.affine()
            weight = weights.get(name)
            maps.append(own if weight is None else own.scaled(float(weight)))
        return Affine.side_by_side(maps)


def _is_identity(part: Any) -> bool:
    return isinstance(part, FunctionTransformer) and part.func is None


def make_union(
    *transformers: Any,
    n_jobs: int | None = None,
    verbose: bool = False,
    verbose_feature_names_out: bool = True,
) -> FeatureUnion:
    """Build a :class:`FeatureUnion` whose transformers are named for their classes.

    Parameters
    ----------
    *transformers : estimators
    n_jobs, verbose, verbose_feature_names_out
        As in scikit-learn.

    Returns
    -------
    FeatureUnion

    Examples
    --------
    >>> from skdask.pipeline import make_union
    >>> from skdask.preprocessing import MinMaxScaler, StandardScaler
    >>> [name for name, _ in make_union(StandardScaler(), MinMaxScaler()).transformer_list]
    ['standardscaler', 'minmaxscaler']
    """
    return FeatureUnion(
        pipeline.make_union(*transformers).transformer_list,
        n_jobs=n_jobs,
        verbose=verbose,
        verbose_feature_names_out=verbose_feature_names_out,
    )
