"""KernelDensity of rows that are held in memory, or that stay on blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import neighbors
from sklearn.utils.validation import check_is_fitted, validate_data

from skdask.blocks import Blocks, is_big
from skdask.exceptions import UnsupportedError
from skdask.neighbors.answers import in_sets, plain_of, training_blocks
from skdask.neighbors.density import LogDensities
from skdask.neighbors.fitting import HeldOrOnBlocks, fit_neighbors, forget_blocks, refers_to
from skdask.neighbors.search import queries_a_pass
from skdask.passes import Algorithm, ask, run
from skdask.passes.executor import InlineExecutor
from skdask.routes.fitting import forget_report, open_for, remember_features
from skdask.routes.lazy import apply_lazily, predict_lazily
from skdask.routes.twins import ON_BLOCKS, plain_copy, settled, to_sklearn
from skdask.routes.view import View

_LOG_SUM_BYTES = 8


class KernelDensity(HeldOrOnBlocks, neighbors.KernelDensity):
    """The density of rows of any number, from a kernel around each.

    Subclasses :class:`sklearn.neighbors.KernelDensity` and has its parameters and attributes.
    In-memory data is handed to it. Training rows on blocks that take up to a quarter of the memory
    limit are held in memory, and then the fit is scikit-learn's own. More rows stay where they
    are; each set of queries reads them once.

    Attributes
    ----------
    tree_ : KDTree or BallTree
        Of rows that are held.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.neighbors import KernelDensity
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> KernelDensity(bandwidth=0.5).fit(X).score_samples([[1.5], [5.0]]).round(2).tolist()
    [-1.22, -19.32]
    """

    # a search scores linear models only
    searchable = False

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KernelDensity:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            forget_blocks(self)
            neighbors.KernelDensity.fit(self, X, y, sample_weight)
            return self
        fit_neighbors(self, X, y, sample_weight, needs_y=False)
        return self

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        blocks = self.__dict__.get(ON_BLOCKS)
        if blocks is None:
            return (yield from super().algorithm(view))
        # the bandwidth is of the number of rows, which a broadcast row has too
        n_rows, n_features = int(blocks.n_rows), view.n_features
        self.bandwidth_ = _bandwidth(self.bandwidth, n_rows, n_features)
        # which checks the metric
        plain_copy(self, bandwidth=1.0).fit(np.zeros((2, n_features)))
        self.__dict__.pop("tree_", None)
        remember_features(self, view)
        return refers_to(blocks)

    def score_samples(self, X: Any) -> Any:
        """Logarithm of the density at each row: lazily for Dask collections, Blocks and paths."""
        blocks = training_blocks(self)
        if blocks is None:
            return apply_lazily(self, "score_samples", X) if is_big(X) else super().score_samples(X)
        check_is_fitted(self)
        density = DensityOnBlocks(plain_of(self), blocks)
        if not is_big(X):
            return density.predict(X)
        if not hasattr(X, "dask"):
            X = open_for(self, X).to_dask()
        chunks, X = in_sets(X, queries_a_pass(blocks, _LOG_SUM_BYTES, alone=True))
        lazily = DensityOnBlocks(plain_of(self), blocks, alone=X.npartitions > 1)
        result = predict_lazily(lazily, self, X)
        return result if chunks is None else result.rechunk({0: chunks})

    def score(self, X: Any, y: Any = None) -> Any:
        """The sum of the logarithms of the density at all rows."""
        if is_big(X):
            return float(self.score_samples(X).sum().compute())
        return super().score(X, y)

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Rows drawn from the density, in memory."""
        if training_blocks(self) is not None:
            raise UnsupportedError(
                "sample draws from rows that are held in memory, and these stay on blocks: fit on "
                "a sample of them, or raise skdask.config.set(memory_limit=...)."
            )
        return super().sample(n_samples, random_state)

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)


def _bandwidth(given: Any, n_rows: int, n_features: int) -> Any:
    """The bandwidth as scikit-learn takes it: a number, or by a rule."""
    power = -1 / (n_features + 4)
    if given == "scott":
        return n_rows**power
    if given == "silverman":
        return (n_rows * (n_features + 2) / 4) ** power
    return given


@dataclass
class DensityOnBlocks:
    """Densities at rows in memory, by a pass over the training rows.

    Parameters
    ----------
    plain : fitted scikit-learn KernelDensity
        Without its tree.
    blocks : Blocks
    alone : bool
        Whether the pass is one task among others, which then takes one thread.
    """

    plain: Any
    blocks: Blocks
    alone: bool = False

    def __post_init__(self) -> None:
        if hasattr(self.plain, "feature_names_in_"):
            self.feature_names_in_ = self.plain.feature_names_in_

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Logarithms of the density."""
        X = self._checked(X)
        params = {**self.plain.get_params(), "bandwidth": self.plain.bandwidth_}
        found = []
        height = queries_a_pass(self.blocks, _LOG_SUM_BYTES, alone=self.alone)
        for start in range(0, len(X), height):
            queries = X[start : start + height]
            statistic = LogDensities(queries, tuple(params.items()), self.blocks.has_weight)
            done = run(
                [ask(statistic, asked_by="KernelDensity")],
                self.blocks,
                what="KernelDensity.score_samples",
                executor=InlineExecutor() if self.alone else None,
                once=True,
            )
            found.append(done.results[0])
        return np.concatenate(found)

    def example(self, X: Any) -> NDArray[np.float64]:
        """An answer of the right type, without a pass."""
        return np.zeros(len(self._checked(X)))

    def _checked(self, X: Any) -> NDArray[np.float64]:
        plain = settled(self.plain, bare=not hasattr(self, "feature_names_in_"))
        checked: NDArray[np.float64] = validate_data(
            plain, X, order="C", dtype=np.float64, reset=False
        )
        return checked
