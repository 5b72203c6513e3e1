"""IncrementalPCA: scikit-learn's own steps on batches cut by the rows, in one ordered pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import decomposition

from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import (
    as_dtype,
    check_n_features,
    fit_on_blocks,
    forget_report,
    remember_features,
)
from skdask.routes.partial_fit import PartialFit, attributes_of, with_attributes
from skdask.routes.twins import plain_copy, to_sklearn
from skdask.routes.view import View
from skdask.statistics import Affine
from skdask.statistics.stream import Learnt, Stream

# What scikit-learn's fit begins with
_NOTHING = {
    "components_": None,
    "n_samples_seen_": 0,
    "mean_": 0.0,
    "var_": 0.0,
    "singular_values_": None,
    "explained_variance_": None,
    "explained_variance_ratio_": None,
    "noise_variance_": None,
}

_OF_ONE_BATCH = ("components_", "singular_values_", "explained_variance_")


@dataclass(frozen=True)
class _Steps(PartialFit):
    """Batches that were checked as rows of their blocks."""

    def step(self, plain: Any, X: Any) -> None:
        plain.partial_fit(X, check_input=False)


class IncrementalPCA(LazyTransformer, decomposition.IncrementalPCA):
    """Principal components batch by batch, on data of any size.

    Subclasses :class:`sklearn.decomposition.IncrementalPCA` and has its parameters and
    attributes. In-memory data is handed to it. On blocks one pass meets the rows in their order,
    in scikit-learn's batches whatever the blocks, so that the result is scikit-learn's on all
    rows. `PCA` is exact and faster, as its pass is parallel; this is for data too wide for it,
    and for going on with `partial_fit`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import IncrementalPCA
    >>> X = da.from_array([[0.0, 0.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(1, 2))
    >>> IncrementalPCA(n_components=1, batch_size=2).fit(X).explained_variance_ratio_
    array([1.])
    """

    def fit(self, X: Any, y: Any = None) -> IncrementalPCA:
        """Find the principal components.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.

        Returns
        -------
        self
        """
        forget_report(self)
        if not is_big(X):
            return super().fit(X, y)
        self._resumed: dict[str, Any] | None = None
        return fit_on_blocks(self, X, y, needs_y=False)

    def partial_fit(self, X: Any, y: Any = None, check_input: bool = True) -> IncrementalPCA:
        """Go on with more rows: as one batch, or on blocks in batches of ``batch_size``.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        check_input : bool, default=True
            Of rows in memory.

        Returns
        -------
        self
        """
        forget_report(self)
        if not is_big(X):
            return super().partial_fit(X, y, check_input)
        self._resumed = attributes_of(to_sklearn(self)) if hasattr(self, "components_") else None
        return fit_on_blocks(self, X, y, needs_y=False)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass: none."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        n_features, wanted = view.n_features, self.n_components
        if wanted is not None and wanted > n_features:
            raise DataError(
                f"n_components={wanted} invalid for n_features={n_features}, need more rows than "
                "columns for IncrementalPCA processing"
            )
        resumed = self.__dict__.pop("_resumed", None)
        if resumed is not None:
            check_n_features(self, n_features)
        batch = 5 * n_features if self.batch_size is None else self.batch_size
        begun = with_attributes(plain_copy(self), resumed or _NOTHING)
        kept = min(batch, n_features) if wanted is None else wanted
        steps = _Steps(begun, batch, 2 * kept + 4, least_rows=wanted or 0)
        learnt: Learnt = yield from ask(Stream(steps, view.affine), view.rows, "IncrementalPCA")
        for name, value in learnt.state.items():
            # as there, float64 from the second batch on
            typed = learnt.count <= batch and name in _OF_ONE_BATCH
            setattr(self, name, as_dtype(value, view) if typed else value)
        self.batch_size_ = batch
        remember_features(self, view)
        return ()

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        factor = self.components_.T.astype(np.float64)
        if self.whiten:
            factor = factor / np.sqrt(self.explained_variance_.astype(np.float64))
        return Affine(factor, -self.mean_.astype(np.float64) @ factor)
