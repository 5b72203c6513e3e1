"""MissingIndicator from how many values of each column are missing: one pass."""

from __future__ import annotations

import numpy as np
from sklearn import impute

from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, ask
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.tables.missing import Gaps, MissingCounts


class MissingIndicator(FeaturesFit, LazyProjector, impute.MissingIndicator):
    """Say which values are missing, on data of any size.

    Subclasses :class:`sklearn.impute.MissingIndicator` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks, sparse ones too, are fitted
    in one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.impute import MissingIndicator
    >>> X = da.from_array([[1.0, np.nan], [2.0, 3.0]], chunks=(1, 2))
    >>> MissingIndicator().fit(X).transform(X).compute()
    array([[ True],
           [False]])
    """

    takes_tables = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        name = "MissingIndicator"
        counts = MissingCounts(self.missing_values)
        return (Request(counts, view.rows, name), Request(Example(), view.rows, name))

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        yield self.first_requests(view)
        gaps: Gaps = yield from ask(
            MissingCounts(self.missing_values), view.rows, "MissingIndicator"
        )
        seen = yield from view.example("MissingIndicator")
        assert seen.first is not None
        plain = plain_copy(self).fit(seen.first.X)
        if self.features == "missing-only":
            plain.features_ = np.flatnonzero(gaps.missing)
        take_over(self, plain)
        remember_features(self, view)
        return ()
