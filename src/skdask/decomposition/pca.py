"""PCA from the moments: one pass, then an eigenproblem of the size of the columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import decomposition

from skdask.blocks import is_big
from skdask.decomposition.leading import set_components
from skdask.decomposition.spectrum import Spectrum
from skdask.decomposition.wide import Search, check_has_room, find_leading, too_wide
from skdask.exceptions import DataError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request, together
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine


class PCA(FeaturesFit, LazyTransformer, decomposition.PCA):
    """Principal component analysis on data of any size, exact and in one pass.

    Subclasses :class:`sklearn.decomposition.PCA` and has its parameters and attributes. In-memory
    data is handed to it. On blocks every ``svd_solver`` gives the exact components: the
    covariance's eigenvectors, or, for ``"full"`` on ill-conditioned data, those of a QR factor of
    the rows, which takes a second pass. Where the columns are so many that eight covariances do
    not fit into the memory limit, ``"randomized"``, ``"arpack"`` and ``"auto"`` take a whole number
    of components, and none of their covariance: one pass for the means, and ``iterated_power + 1``
    passes at most (8 or 5 with ``"auto"``), or with ``"arpack"`` as many as it takes. These hold
    ``n_components + n_oversamples`` columns a thread and twenty times as many beside.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import PCA
    >>> X = da.from_array([[0.0, 0.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(2, 2))
    >>> PCA(n_components=1).fit(X).explained_variance_ratio_
    array([1.])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        view = view.weighing(False)
        if too_wide(view) and self._takes_passes():
            return (view.column_request("PCA"),)
        return (view.moments_request(False, "PCA"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if too_wide(view):
            if self._takes_passes():
                return (yield from self._over_passes(view))
            wanted = "A whole number of n_components with svd_solver='randomized'"
            check_has_room(view, "PCA", wanted)
        yield from _fit_alike([self], view)
        return ()

    @staticmethod
    def algorithm_together(
        estimators: Sequence[PCA], views: Sequence[View]
    ) -> Algorithm[list[tuple[str, ...]]]:
        """Fit several at once; those of the same rows share their decomposition."""
        if any(map(too_wide, views)):
            alone = [each.algorithm(view) for each, view in zip(estimators, views, strict=True)]
            return (yield from together(alone))
        alike: dict[tuple[int, bool], list[int]] = defaultdict(list)
        for position, (estimator, view) in enumerate(zip(estimators, views, strict=True)):
            alike[id(view), estimator.svd_solver == "full"].append(position)
        yield from together(
            [
                _fit_alike([estimators[each] for each in positions], views[positions[0]])
                for positions in alike.values()
            ]
        )
        return [()] * len(estimators)

    def _wanted(self, n_rows: int, n_features: int) -> Any:
        """Components to keep, once they are found to be as many as there may be."""
        self._check_components(n_rows, n_features)
        if self.n_components is not None:
            return self.n_components
        most = min(n_rows, n_features)
        return most - 1 if self.svd_solver == "arpack" else most

    def _take(self, plain: Any, n_rows: int, mean: Any, view: View) -> None:
        """scikit-learn's attributes, from those that follow from a covariance."""
        n_features, most = view.n_features, min(n_rows, view.n_features)
        take_over(self, plain)
        self.mean_ = as_dtype(mean, view)
        self.n_samples_ = n_rows
        self.singular_values_ = np.sqrt(self.explained_variance_ * max(n_rows - 1, 1))
        kept = plain.n_components_
        for name in (
            "components_",
            "explained_variance_",
            "explained_variance_ratio_",
            "singular_values_",
        ):
            setattr(self, name, as_dtype(getattr(self, name), view))
        self.noise_variance_ = 0.0
        if kept < most:
            # the mean of the variances left out: with fewer rows than columns there are fewer
            left_out = plain.noise_variance_ * (n_features - kept) / (most - kept)
            self.noise_variance_ = as_dtype(left_out, view)
        remember_features(self, view)

    def _takes_passes(self) -> bool:
        """Whether a few leading components are asked for, by a solver that may be iterative."""
        whole = isinstance(self.n_components, int | np.integer)
        return whole and self.svd_solver in ("auto", "randomized", "arpack")

    def _over_passes(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Leading components of columns whose covariance has no room."""
        view = view.weighing(False)
        columns = yield from view.column_moments("PCA")
        n_rows = int(columns.count.max())
        self._check_components(n_rows, view.n_features)
        search = Search(
            self.n_components, self.n_oversamples, self.iterated_power, self.svd_solver == "arpack",
            self.tol, self.random_state,
        )  # fmt: skip
        found, told = yield from find_leading(search, columns, view, "PCA", centred=True)
        plain = plain_copy(self)
        scatter = float(columns.scatter.sum())
        set_components(plain, found.values, found.vectors, scatter, n_rows)
        self._take(plain, n_rows, columns.mean, view)
        return told

    def _check_components(self, n_rows: int, n_features: int) -> None:
        wanted, most = self.n_components, min(n_rows, n_features)
        solver = self.svd_solver
        truncated = solver in ("arpack", "randomized")
        if isinstance(wanted, str):
            if truncated:
                raise DataError(
                    f"n_components={wanted!r} cannot be a string with svd_solver={solver!r}"
                )
            if n_rows < n_features:
                raise DataError("n_components='mle' is only supported if n_samples >= n_features")
            return
        limits = f"min(n_samples, n_features)={most} with svd_solver={solver!r}"
        if wanted is not None and not truncated <= wanted <= most:
            raise DataError(f"n_components={wanted} must be between {int(truncated)} and {limits}")
        if wanted == most and solver == "arpack":
            raise DataError(f"n_components={wanted} must be strictly less than {limits}")

    def score_samples(self, X: Any) -> Any:
        """Log-likelihood of each row: a lazy Dask Array for Dask collections, Blocks and paths."""
        return apply_lazily(self, "score_samples", X) if is_big(X) else super().score_samples(X)

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood of the rows; one pass over data on blocks."""
        if is_big(X):
            return float(self.score_samples(X).mean().compute())
        return float(super().score(X, y))

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        factor = self.components_.T.astype(np.float64)
        if self.whiten:
            spread = np.sqrt(self.explained_variance_.astype(np.float64))
            spread[spread < np.finfo(spread.dtype).eps] = np.finfo(spread.dtype).eps
            factor = factor / spread
        return Affine(factor, -self.mean_.astype(np.float64) @ factor)


def _fit_alike(estimators: Sequence[PCA], view: View) -> Algorithm[None]:
    """Fit several, all or none of which want the accuracy of a full decomposition."""
    penalty = 0.0 if estimators[0].svd_solver == "full" else None
    moments = yield from view.weighing(False).moments(False, "PCA", penalty, alike=False)
    n_rows = moments.count
    wanted = [estimator._wanted(n_rows, view.n_features) for estimator in estimators]
    spectrum = Spectrum(estimators[0], moments, wanted)
    for estimator, each in zip(estimators, wanted, strict=True):
        plain = plain_copy(estimator, n_components=each)
        spectrum.give(plain)
        estimator._take(plain, n_rows, moments.mean, view)
