"""KernelPCA on a stated sample: all pairs of rows are too many, a sample's span the components.

scikit-learn's own fit on a uniform sample of rows, on which every other row is then projected,
is the Nystroem approximation of kernel PCA.
"""

from __future__ import annotations

from sklearn import decomposition

from skdask import config
from skdask.exceptions import UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import remember_features
from skdask.routes.sampling import fitted_on
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics.sample import SampledRows


class KernelPCA(FeaturesFit, LazyTransformer, decomposition.KernelPCA):
    """Principal components of a kernel, on a sample of data of any size.

    Subclasses :class:`sklearn.decomposition.KernelPCA` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted on a uniform sample of
    ``skdask.config.set(sample_rows=...)`` rows, and all rows are projected lazily; data of no
    more rows get scikit-learn's own answer. The fit report names the size of the sample.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import KernelPCA
    >>> X = da.from_array([[0.0, 0.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(2, 2))
    >>> KernelPCA(n_components=1, kernel="rbf").fit_transform(X).compute().shape
    (4, 1)
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (self._sample_request(view),)

    def _sample_request(self, view: View) -> Request:
        return view.sample_request(config.get().sample_rows, self.random_state, "KernelPCA")

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.kernel == "precomputed":
            raise UnsupportedError(
                "KernelPCA on blocks takes rows, not a precomputed kernel of all pairs of them."
            )
        request = self._sample_request(view)
        sample: SampledRows = yield from ask(request.statistic, view.rows, "KernelPCA")
        take_over(self, plain_copy(self).fit(view.show(sample.rows.X)))
        remember_features(self, view)
        return fitted_on(sample)
