"""GaussianMixture: expectation maximisation, a pass an iteration."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import mixture

from skdask.blocks import is_big
from skdask.mixture.on_blocks import MixtureOnBlocks


class GaussianMixture(MixtureOnBlocks, mixture.GaussianMixture):
    """A mixture of Gaussian distributions on data of any size.

    Subclasses :class:`sklearn.mixture.GaussianMixture` and has its parameters and attributes.
    In-memory data is handed to it. On blocks a pass is an iteration, and from the same start it
    takes the same iterations as scikit-learn. Where the data take up to 16 MiB the start is
    scikit-learn's for the same ``random_state`` as well. All ``n_init`` runs share their passes.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.mixture import GaussianMixture
    >>> X = da.from_array([[1.0], [2.0], [3.0], [8.0], [9.0], [10.0]], chunks=(2, 1))
    >>> model = GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> sorted(model.means_.ravel().round(3).tolist())
    [2.0, 9.0]
    """

    def _in_data_dtype(self) -> tuple[str, ...]:
        matrices = ("covariances_", "precisions_cholesky_", "precisions_")
        if self._starts_in_float64():
            # as there, where only full covariances keep the precision of the data
            return matrices if self.covariance_type == "full" else ()
        return ("weights_", "means_", *matrices, "lower_bound_", "lower_bounds_")

    def _starts_in_float64(self) -> bool:
        """Whether a given start makes float64 responsibilities of float32 rows."""
        given = [self.weights_init, self.precisions_init]
        if self.covariance_type in ("diag", "spherical"):
            given.append(self.means_init)
        return any(np.asarray(each).dtype == np.float64 for each in given if each is not None)

    def aic(self, X: Any) -> float:
        """Akaike information criterion of the rows; one pass over data on blocks."""
        if is_big(X):
            found = self._likelihood(X)
            return float(-2 * found.log_likelihood + 2 * self._n_parameters())
        return float(super().aic(X))

    def bic(self, X: Any) -> float:
        """Bayesian information criterion of the rows; one pass over data on blocks."""
        if is_big(X):
            found = self._likelihood(X)
            penalty = self._n_parameters() * np.log(found.count)
            return float(-2 * found.log_likelihood + penalty)
        return float(super().bic(X))
