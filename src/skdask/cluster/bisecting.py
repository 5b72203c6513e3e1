"""BisectingKMeans: a tree of 2-means, its leaves split side by side in shared passes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn import cluster
from sklearn.cluster import kmeans_plusplus
from sklearn.utils import check_random_state

from skdask._sklearn import bisecting_tree, openmp_threads
from skdask.cluster.scores import InertiaScore
from skdask.exceptions import DataError
from skdask.mixins.clusterer import LazyDistances
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.kmeans_starts import GATHERED_BYTES, FirstLook, first_look
from skdask.routes.sampling import WHOLE
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.solvers.bisecting import Node, bisect
from skdask.solvers.kmeans_start import mapped_rows
from skdask.solvers.lloyd import KMeansProblem
from skdask.statistics.branch import Branch
from skdask.statistics.far_sample import FarSample
from skdask.statistics.lloyd import ClusterSpreads
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import SampledRows

Matrix = NDArray[np.float64]


class BisectingKMeans(InertiaScore, LazyDistances, cluster.BisectingKMeans):
    """K-means clusters of clusters, on data of any size.

    Subclasses :class:`sklearn.cluster.BisectingKMeans` and has its parameters and attributes.
    In-memory data is handed to it, and so are blocks that take up to 16 MiB. Larger data are
    split as there, a pass an iteration for up to eight leaves of the tree at once; the starts of
    a split are drawn from those of its rows that are in a uniform sample of 16 MiB.

    Attributes
    ----------
    labels_ : ndarray or Dask Array of shape (n_rows,)
        After a fit on blocks it is lazy, as are the results of `predict`.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import BisectingKMeans
    >>> X = da.from_array([[1.0], [2.0], [9.0], [10.0]], chunks=(2, 1))
    >>> model = BisectingKMeans(n_clusters=2, random_state=0).fit(X)
    >>> sorted(model.cluster_centers_.ravel().tolist())
    [1.5, 9.5]
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (self._sample_request(view),)

    def _sample_request(self, view: View) -> Request:
        size = GATHERED_BYTES // (8 * view.facts.n_features)
        return view.sample_request(size, self.random_state, "BisectingKMeans")

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        self.__dict__.pop("labels_", None)
        self.__dict__.pop("_X_mean", None)
        look = yield from first_look(view, "BisectingKMeans", self._sample_request(view))
        assert look.sample is not None
        if look.sample.count < self.n_clusters:
            raise DataError(
                f"n_samples={look.sample.count} should be >= n_clusters={self.n_clusters}."
            )
        if look.sample.is_whole:
            self._fit_gathered(look.sample, view)
            return WHOLE
        root, problem = yield from self._split(look, look.sample, view)
        self._set_from(root, problem.mapped, look, view)
        drawn, count = look.sample.rows.n_rows, look.sample.count
        return (f"starts were drawn from {drawn:,} of {count:,} rows",)

    def _fit_gathered(self, sample: SampledRows, view: View) -> None:
        weight = sample.rows.sample_weight if view.weighted else None
        plain = plain_copy(self).fit(view.show(sample.rows.X), None, weight)
        take_over(self, plain)
        self.__dict__.pop("labels_", None)
        remember_features(self, view)

    def _split(
        self, look: FirstLook, sample: SampledRows, view: View
    ) -> Algorithm[tuple[Node, KMeansProblem]]:
        mapped = Mapped.around(
            view.affine, look.columns.mean, look.variance,
            weighted=view.weighted, keep_zeros=view.facts.sparse,
        )  # fmt: skip
        name = "BisectingKMeans"
        problem = KMeansProblem(mapped, view.rows, 0.0, self.tol, self.max_iter, name)
        centre = look.columns.mean - mapped.shift
        branch = Branch.root(mapped)
        whole = yield from ask(ClusterSpreads(branch, centre[np.newaxis]), view.rows, name)
        root = Node(branch, centre, look.n_rows, float(whole.inertias[0]))
        keeps_zeros = view.facts.sparse and view.affine.keeps_zeros
        mean = np.zeros_like(centre) if keeps_zeros else centre
        starts = _Starts(self, problem, sample, mean)
        missing = yield from bisect(
            root, problem, self.n_clusters, self.bisecting_strategy == "largest_cluster", starts
        )
        if missing:
            raise DataError(
                f"after {self.n_clusters - 1 - missing} splits no cluster has two rows that "
                f"differ: ask for n_clusters={self.n_clusters - missing} at most"
            )
        return root, problem

    def _set_from(self, root: Node, mapped: Mapped, look: FirstLook, view: View) -> None:
        leaves = list(root.leaves())
        shift = mapped.shift
        origin = np.zeros(view.n_features)
        if not (view.facts.sparse and view.affine.keeps_zeros):
            origin = look.columns.mean
            self._X_mean = as_dtype(origin, view)
        self._bisecting_tree = bisecting_tree(
            root, leaves, lambda node: as_dtype(node.centre + shift - origin, view)
        )
        centres = np.array([leaf.centre for leaf in leaves]) + shift
        self.cluster_centers_ = as_dtype(centres, view)
        self.inertia_ = float(sum(leaf.inertia for leaf in leaves))
        self._n_features_out = len(leaves)
        self._n_threads = openmp_threads()
        remember_features(self, view)


class _Starts:
    """Two centres to start a split from, for each run: from the sample, by the way to the node."""

    def __init__(
        self, model: BisectingKMeans, problem: KMeansProblem, sample: SampledRows, mean: Matrix
    ) -> None:
        self._model = model
        self._mean = mean
        self._problem = problem
        self._rows = mapped_rows(problem.mapped, sample.rows)
        weight = sample.rows.sample_weight if problem.mapped.weighted else None
        self._weight = np.ones(len(self._rows)) if weight is None else weight
        self._seed = int(check_random_state(model.random_state).randint(2**31 - 1))

    def __call__(self, node: Node) -> Algorithm[list[Matrix]]:
        own = node.branch.belong(self._rows)
        rows, weight = self._rows[own], self._weight[own]
        # every node has random numbers of its own, in whichever order nodes are split
        way = int("1" + "".join(map(str, node.branch.sides)), 2)
        random = np.random.RandomState([self._seed, *_words(way)])
        if np.count_nonzero(weight) < 2 or (rows == rows[0]).all():
            centres = node.centre[np.newaxis]
            far = FarSample(node.branch, centres, size=1, seed=self._seed)
            found = yield from ask(far, self._problem.rows, self._problem.asked_by)
            if found.rows.n_rows:
                centres = np.vstack([centres, mapped_rows(self._problem.mapped, found.rows)])
            return [centres[[0, -1]]]
        return [self._one(rows, weight, random) for _ in range(self._model.n_init)]

    def _one(self, rows: Matrix, weight: Matrix, random: np.random.RandomState) -> Matrix:
        init = self._model.init
        if callable(init):
            # which sees dense rows around their mean, as in scikit-learn
            return np.asarray(init(rows - self._mean, 2, random_state=random)) + self._mean
        if init == "random":
            share = weight / weight.sum()
            return rows[random.choice(len(rows), size=2, replace=False, p=share)]
        centres, _ = kmeans_plusplus(rows, 2, sample_weight=weight, random_state=random)
        return np.asarray(centres)


def _words(number: int) -> list[int]:
    """A number of any size in parts of 32 bits."""
    return [number >> shift & 0xFFFFFFFF for shift in range(0, number.bit_length(), 32)]
