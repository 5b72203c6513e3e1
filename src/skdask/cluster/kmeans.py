"""KMeans: Lloyd's algorithm over passes, from scikit-learn's start or scalable k-means++."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn import cluster
from sklearn.exceptions import ConvergenceWarning

from skdask import config
from skdask._sklearn import openmp_threads
from skdask.cluster.scores import InertiaScore
from skdask.exceptions import DataError
from skdask.mixins.clusterer import LazyDistances
from skdask.passes import Algorithm, Request, together
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.kmeans_starts import FirstLook, first_look, sample_request, starts
from skdask.routes.view import View
from skdask.solvers.lloyd import Clustering, KMeansProblem, lloyd
from skdask.statistics import ColumnMoments
from skdask.statistics.lloyd_bounds import RowBounds
from skdask.statistics.mapped import Mapped

# Two runs whose inertias differ by less than rounding have found the same clusters
_ROUNDING = 1e-13
# Labels and bounds of the rows are kept from pass to pass where they take less than this share of
# the memory budget: of data that fit in memory, that is
_REMEMBERED_SHARE = 16


class KMeans(InertiaScore, LazyDistances, cluster.KMeans):
    """K-means clustering on data of any size.

    Subclasses :class:`sklearn.cluster.KMeans` and has its parameters and attributes. In-memory
    data is handed to it. On blocks a pass is an iteration; from the same start it takes the same
    iterations as scikit-learn. Where the data take up to 16 MiB the start is scikit-learn's for
    the same ``random_state`` as well; beyond that ``init="k-means++"`` is scalable k-means++.
    All ``n_init`` runs share their passes.

    Attributes
    ----------
    labels_ : ndarray or Dask Array of shape (n_rows,)
        After a fit on blocks it is lazy, as are the results of `predict`.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    ``algorithm="elkan"`` has the same result as ``"lloyd"`` and is run as that on blocks, since
    its bounds are as long as the data.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import KMeans
    >>> X = da.from_array([[1.0], [2.0], [9.0], [10.0]], chunks=(2, 1))
    >>> model = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> sorted(model.cluster_centers_.ravel().tolist())
    [1.5, 9.5]
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        moments = [
            Request(ColumnMoments(weighted), view.rows, "KMeans")
            for weighted in {False, view.weighted}
        ]
        sample = self._sample_request(view)
        return (*moments, *([] if sample is None else [sample]))

    def _sample_request(self, view: View) -> Request | None:
        if isinstance(self.init, str) or callable(self.init):
            return sample_request(view, self.random_state, type(self).__name__)
        return None

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        self.__dict__.pop("labels_", None)
        look = yield from first_look(view, "KMeans", self._sample_request(view))
        if look.n_rows < self.n_clusters:
            raise DataError(f"n_samples={look.n_rows} should be >= n_clusters={self.n_clusters}.")
        runs = self._runs()
        problem = self._problem(view, look, runs)
        begun = yield from starts(
            self.init, runs, self.n_clusters, self.random_state, problem, look, view
        )
        found = yield from together([lloyd(problem, start) for start in begun])
        best = found[0]
        for other in found[1:]:
            if other.inertia < best.inertia - _ROUNDING * problem.total:
                best = other
        self._set_from(best, problem, view)
        return (best.outcome,)

    def _problem(self, view: View, look: FirstLook, runs: int) -> KMeansProblem:
        variance = look.variance
        mapped = Mapped.around(
            view.affine, look.columns.mean, variance,
            weighted=view.weighted, keep_zeros=view.facts.sparse,
        )  # fmt: skip
        tol = float(variance.mean()) * self.tol
        remembered = 2 * runs * look.n_rows * RowBounds.bytes_a_row(view.n_features)
        return KMeansProblem(
            mapped, view.rows, look.total(mapped), tol, self.max_iter, "KMeans",
            bool(self.verbose), remembered <= config.get().budget // _REMEMBERED_SHARE,
        )  # fmt: skip

    def _runs(self) -> int:
        """Number of starts, with scikit-learn's warnings about what makes no sense."""
        if vars(self)["algorithm"] == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=2,
            )
        given = not isinstance(self.init, str) and not callable(self.init)
        if self.n_init == "auto":
            return 1 if given or self.init == "k-means++" else 10
        if given and self.n_init != 1:
            warnings.warn(
                "Explicit initial center position passed: performing only one init in KMeans "
                f"instead of n_init={self.n_init}.",
                RuntimeWarning,
                stacklevel=2,
            )
            return 1
        return int(self.n_init)

    def _set_from(self, best: Clustering, problem: KMeansProblem, view: View) -> None:
        self.cluster_centers_ = as_dtype(best.centres + problem.mapped.shift, view)
        self._n_features_out = self.n_clusters
        self._n_threads = openmp_threads()
        self.inertia_ = best.inertia
        self.n_iter_ = best.n_iter
        remember_features(self, view)
        distinct = int(np.count_nonzero(best.counts))
        if distinct < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({distinct}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=2,
            )
