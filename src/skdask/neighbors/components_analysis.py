"""NeighborhoodComponentsAnalysis of a sample; all rows are projected lazily."""

from __future__ import annotations

import numpy as np
from sklearn import neighbors

from skdask import config
from skdask.mixins.fits import TargetFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import remember_features
from skdask.routes.sampling import fitted_on
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.statistics import Affine
from skdask.statistics.sample import SampledRows


class NeighborhoodComponentsAnalysis(
    TargetFit, LazyProjector, neighbors.NeighborhoodComponentsAnalysis
):
    """A projection in which nearest neighbours have the same label.

    Subclasses :class:`sklearn.neighbors.NeighborhoodComponentsAnalysis` and has its parameters and
    attributes. In-memory data is handed to it. Its loss takes all pairs of rows, so on blocks it
    is fitted on a uniform sample of ``skdask.config.get().sample_rows`` rows, 5000 unless set.
    Data of no more rows give scikit-learn's own result. Rows to be projected may be of any number.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost, and how large the sample was; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.neighbors import NeighborhoodComponentsAnalysis
    >>> X = da.from_array([[1.0, 7], [1.5, 2], [2.0, 9], [8.0, 1], [8.5, 8], [9.0, 3]])
    >>> y = da.from_array([0, 0, 0, 1, 1, 1])
    >>> model = NeighborhoodComponentsAnalysis(1, init="identity").fit(X, y)
    >>> model.transform(X).shape
    (6, 1)
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        name = "NeighborhoodComponentsAnalysis"
        return (view.sample_request(config.get().sample_rows, self.random_state, name),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        (request,) = self.first_requests(view)
        sample: SampledRows = yield from ask(request.statistic, view.rows, request.asked_by)
        plain = plain_copy(self)
        if self.warm_start and hasattr(self, "components_"):
            plain.components_ = self.components_
        plain.fit(view.show(sample.rows.X), sample.rows.y)
        take_over(self, plain)
        remember_features(self, view)
        return fitted_on(sample)

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        factor = np.asarray(self.components_.T, dtype=np.float64)
        return Affine(factor, np.zeros(factor.shape[1]))
