"""Birch: rows enter scikit-learn's own tree one after the other, in one pass."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import cluster, config_context

from skdask._sklearn import birch_tree, set_birch_tree
from skdask.blocks import is_big
from skdask.mixins.clusterer import LazyClusterer, label_lazily
from skdask.mixins.transformer import LazyProjector, refuse_partial_fit
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import as_dtype, fit_on_blocks, forget_report, remember_features
from skdask.routes.steps import content_token
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics.stream import Learner, Learnt, Stream

_BATCH_ROWS = 8192
# Subclusters that a projection of memory allows for before any are known
_EXPECTED_SUBCLUSTERS = 4096

Tree = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class _Growth(Learner):
    """The tree after each batch; the subclusters are put together once all rows are in it."""

    plain: Any = field(compare=False)
    batch_rows: int = 1
    least_rows: int = 0
    takes_sparse: bool = True
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", content_token(self.plain.get_params(deep=False)))

    def begin(self) -> Tree:
        return {}

    def learn(self, state: Tree, X: Any) -> Tree:
        grown = plain_copy(self.plain, n_clusters=None, compute_labels=False)
        if state:
            set_birch_tree(grown, state)
            grown.n_features_in_ = X.shape[1]
        # a batch is checked with the rows of its block
        with config_context(assume_finite=True):
            grown.partial_fit(X)
        return birch_tree(grown)

    def state_bytes(self, n_columns: int) -> int:
        return _EXPECTED_SUBCLUSTERS * (16 * n_columns + 64)


class Birch(LazyClusterer, LazyProjector, cluster.Birch):
    """Clusters of a tree that grows with the rows, on data of any size.

    Subclasses :class:`sklearn.cluster.Birch` and has its parameters and attributes. In-memory
    data is handed to it. On blocks rows enter the tree in their order, as there, in one pass on
    one thread: scikit-learn adds some ten thousand rows a second. The tree has to fit in memory,
    so choose a ``threshold`` that keeps it small.

    Attributes
    ----------
    labels_ : ndarray or Dask Array of shape (n_rows,)
        After a fit on blocks it is lazy, as are the results of `predict`.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import Birch
    >>> X = da.from_array([[0.0, 1.0], [0.3, 1.0], [0.0, -1.0], [0.3, -1.0]], chunks=(2, 2))
    >>> Birch(n_clusters=None).fit(X).predict(X).compute()
    array([0, 0, 1, 1])
    """

    def fit(self, X: Any, y: Any = None) -> Birch:
        """Build the tree and put its subclusters together.

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
        fit_on_blocks(self, X, y, needs_y=False)
        return label_lazily(self, X) if self.compute_labels else self

    def partial_fit(self, X: Any = None, y: Any = None) -> Birch:
        """More rows in memory, or none to put the subclusters together again."""
        if X is not None:
            refuse_partial_fit(self, X)
        return super().partial_fit(X, y)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass: none."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the rows of a view, in their order."""
        self.__dict__.pop("labels_", None)
        plain = plain_copy(self)
        growth = Stream(_Growth(plain, _BATCH_ROWS), view.affine)
        learnt: Learnt = yield from ask(growth, view.rows, "Birch")
        set_birch_tree(plain, learnt.state)
        centroids = np.concatenate([leaf.centroids_ for leaf in plain._get_leaves()])
        plain.subcluster_centers_ = as_dtype(centroids, view)
        plain._n_features_out = len(centroids)
        # without rows it puts together what there is
        plain.partial_fit()
        take_over(self, plain)
        remember_features(self, view)
        return (f"the tree has {len(centroids):,} subclusters of {learnt.count:,} rows",)

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed.

        The tree stays behind where it came from blocks: it is no part of predictions.
        """
        plain = super().to_sklearn()
        if not hasattr(self, "fit_report_"):
            return plain
        bare = copy(plain)
        for name in ("root_", "dummy_leaf_"):
            vars(bare).pop(name, None)
        return bare
