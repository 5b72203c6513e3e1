"""BayesianGaussianMixture: variational inference, a pass an iteration."""

from __future__ import annotations

from sklearn import mixture

from skdask.mixture.on_blocks import MixtureOnBlocks


class BayesianGaussianMixture(MixtureOnBlocks, mixture.BayesianGaussianMixture):
    """A variational mixture of Gaussian distributions on data of any size.

    Subclasses :class:`sklearn.mixture.BayesianGaussianMixture` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is fitted as `GaussianMixture` is.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.mixture import BayesianGaussianMixture
    >>> X = da.from_array([[1.0], [2.0], [3.0], [8.0], [9.0], [10.0]], chunks=(2, 1))
    >>> model = BayesianGaussianMixture(n_components=2, random_state=0).fit(X)
    >>> model.means_.shape, model.predict(X).compute().shape
    ((2, 1), (6,))
    """

    def _in_data_dtype(self) -> tuple[str, ...]:
        # what is computed with priors has their precision
        names = ["mean_prior_"] if self.mean_prior is None else []
        if self.covariance_prior is None and self.covariance_type in ("diag", "spherical"):
            names.append("covariance_prior_")
        return tuple(names)
