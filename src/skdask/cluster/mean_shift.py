"""MeanShift: all seeds climb together, a step a pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import cluster
from sklearn.neighbors import NearestNeighbors

from skdask import config
from skdask.blocks import is_big
from skdask.cluster.sampled import NearestLabels
from skdask.exceptions import DataError
from skdask.mixins.clusterer import LazyClusterer, label_lazily
from skdask.passes import Algorithm, Request, ask, together
from skdask.routes.fitting import fit_on_blocks, forget_report, remember_features
from skdask.routes.lazy import fitted_columns, predict_lazily
from skdask.routes.view import View
from skdask.rows import is_sparse
from skdask.solvers.mean_shift import Peaks, climb
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import SampledRows


class MeanShift(LazyClusterer, cluster.MeanShift):
    """Clusters around the peaks of a density, on data of any size.

    Subclasses :class:`sklearn.cluster.MeanShift` and has its parameters and attributes. In-memory
    data is handed to it. On blocks every step takes all rows, a pass for all seeds. Where
    ``seeds`` or ``bandwidth`` are not given they come from a uniform sample of
    ``skdask.config.get().sample_rows`` rows, 5000 unless set; ``min_bin_freq`` then counts rows
    of the sample. A step costs as much as there are seeds, so give a few, or ``bin_seeding=True``.

    Attributes
    ----------
    labels_ : ndarray or Dask Array of shape (n_rows,)
        After a fit on blocks it is lazy, as are the results of `predict`.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.cluster import MeanShift
    >>> X = da.from_array([[1.0], [1.5], [2.0], [8.0], [8.5], [9.0]], chunks=(2, 1))
    >>> sorted(MeanShift(bandwidth=2.0).fit(X).cluster_centers_.ravel().tolist())
    [1.5, 8.5]
    """

    def fit(self, X: Any, y: Any = None) -> MeanShift:
        """Find the clusters.

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
            return super().fit(X, y)
        fit_on_blocks(self, X, y, needs_y=False)
        bandwidth = self.__dict__.pop("_used_bandwidth")
        if self.cluster_all:
            return label_lazily(self, X)
        centres = self.cluster_centers_
        nearest = NearestLabels(centres, np.arange(len(centres)), bandwidth, {})
        self.labels_ = predict_lazily(nearest, self, fitted_columns(self, X))
        return self

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return () if self._is_given else (self._sample_request(view),)

    @property
    def _is_given(self) -> bool:
        """Whether no rows are needed to begin with."""
        return self.seeds is not None and self.bandwidth is not None

    def _sample_request(self, view: View) -> Request:
        return view.sample_request(config.get().sample_rows, 0, "MeanShift")

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        self.__dict__.pop("labels_", None)
        algorithms: list[Algorithm[Any]] = [view.weighing(False).column_moments("MeanShift")]
        if not self._is_given:
            algorithms.append(ask(self._sample_request(view).statistic, view.rows, "MeanShift"))
        columns, *sampled = yield from together(algorithms)
        mapped = Mapped.around(
            view.affine, columns.mean, columns.scatter / np.maximum(columns.weight, 1.0),
            weighted=False, keep_zeros=False,
        )  # fmt: skip
        sample = np.empty((0, 0))
        if sampled:
            X = sampled[0].rows.X
            sample = view.affine.apply(X.toarray() if is_sparse(X) else X)
        bandwidth = self.bandwidth
        if bandwidth is None:
            bandwidth = cluster.estimate_bandwidth(sample)
        seeds = self._seeds(sample, bandwidth, view) - mapped.shift
        peaks: Peaks = yield from climb(
            mapped, view.rows, seeds, bandwidth, self.max_iter, "MeanShift"
        )
        self.n_iter_ = peaks.n_iter
        self.cluster_centers_ = _distinct(peaks, mapped.shift, bandwidth)
        self._used_bandwidth = bandwidth
        remember_features(self, view)
        return _outcome(sampled)

    def _seeds(
        self, sample: NDArray[np.float64], bandwidth: float, view: View
    ) -> NDArray[np.float64]:
        if self.seeds is None:
            if self.bin_seeding:
                return np.asarray(
                    cluster.get_bin_seeds(sample, bandwidth, self.min_bin_freq), np.float64
                )
            return sample
        seeds = np.asarray(self.seeds, np.float64)
        if seeds.ndim != 2 or seeds.shape[1] != view.n_features:
            raise DataError(
                f"seeds have shape {seeds.shape}, but the data have {view.n_features} features"
            )
        return seeds


def _outcome(sampled: list[SampledRows]) -> tuple[str, ...]:
    if not sampled or sampled[0].is_whole:
        return ()
    found = sampled[0]
    return (
        f"seeds or bandwidth are from a uniform sample of {found.rows.n_rows:,} of "
        f"{found.count:,} rows, see skdask.config.set(sample_rows=...)",
    )


def _distinct(peaks: Peaks, shift: NDArray[np.float64], bandwidth: float) -> NDArray[np.float64]:
    """The peaks, the highest first, without those within the bandwidth of a higher one."""
    heights = {
        tuple(mean): count
        for mean, count in zip((peaks.means + shift).tolist(), peaks.counts.tolist(), strict=True)
        if count
    }
    if not heights:
        raise DataError(
            f"No point was within bandwidth={bandwidth:f} of any seed. Try a different seeding "
            "strategy or increase the bandwidth."
        )
    ordered = sorted(heights.items(), key=lambda peak: (peak[1], peak[0]), reverse=True)
    centres = np.array([mean for mean, _ in ordered])
    near = NearestNeighbors(radius=bandwidth).fit(centres)
    kept = np.ones(len(centres), dtype=bool)
    for number, centre in enumerate(centres):
        if kept[number]:
            kept[near.radius_neighbors([centre], return_distance=False)[0]] = False
            kept[number] = True
    return centres[kept]
