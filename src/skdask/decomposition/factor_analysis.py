"""FactorAnalysis from the moments: one pass, then scikit-learn's own iterations."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import linalg
from sklearn import config_context, decomposition

from skdask.blocks import is_big
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine


class FactorAnalysis(FeaturesFit, LazyProjector, decomposition.FactorAnalysis):
    """Factor analysis of data of any size, in one pass.

    Subclasses :class:`sklearn.decomposition.FactorAnalysis` and has its parameters and attributes.
    In-memory data is handed to it. On blocks its iterations run on moment-equivalent rows, with
    ``svd_method="lapack"``, of which the randomised one is an approximation.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import FactorAnalysis
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> FactorAnalysis(n_components=1).fit(X).components_.shape
    (1, 2)
    """

    loglike_: list[float]

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.weighing(False).moments_request(False, "FactorAnalysis"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        moments = yield from view.weighing(False).moments(False, "FactorAnalysis")
        rows = moments.equivalent_rows() - moments.mean
        # the likelihood, and with it the tolerance, counts rows
        share = moments.count / len(rows)
        plain = plain_copy(self, svd_method="lapack", tol=self.tol / share)
        with config_context(skip_parameter_validation=True, assume_finite=True):
            plain.fit(rows)
        take_over(self, plain)
        self.loglike_ = [value * share for value in self.loglike_]
        self.mean_ = moments.mean
        remember_features(self, view)
        return ()

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        weighted = self.components_ / self.noise_variance_
        latent = np.eye(len(self.components_)) + weighted @ self.components_.T
        factor = linalg.solve(latent, weighted, assume_a="pos").T
        return Affine(factor, -self.mean_ @ factor)

    def score_samples(self, X: Any) -> Any:
        """Log-likelihood of each row: a lazy Dask Array for Dask collections, Blocks and paths."""
        return apply_lazily(self, "score_samples", X) if is_big(X) else super().score_samples(X)

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood of the rows; one pass over data on blocks."""
        if is_big(X):
            return float(self.score_samples(X).mean().compute())
        return float(super().score(X, y))
