"""KNNImputer with a sample of the rows to find neighbours in: one pass."""

from __future__ import annotations

import numpy as np
from sklearn import config_context, impute

from skdask import config
from skdask._sklearn import set_indicator
from skdask.exceptions import DataError, UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, ask
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.sampling import sampled_rows
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.tables.missing import Gaps, MissingCounts


class KNNImputer(FeaturesFit, LazyProjector, impute.KNNImputer):
    """Fill missing values by the nearest of some reference rows, on data of any size.

    Subclasses :class:`sklearn.impute.KNNImputer` and has its parameters and attributes. In-memory
    data is handed to it. Of Dask collections, files and blocks a uniform sample of
    ``skdask.config.get().sample_rows`` rows, 5000 unless set, is what neighbours are looked for
    in; data of no more rows give scikit-learn's own result. Rows are filled lazily.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost, and how many reference rows there are; only after a fit on
        blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.impute import KNNImputer
    >>> X = da.from_array([[1.0, 2.0], [1.5, np.nan], [9.0, 8.0]], chunks=(2, 2))
    >>> KNNImputer(n_neighbors=1).fit(X).transform(X).compute()
    array([[1. , 2. ],
           [1.5, 2. ],
           [9. , 8. ]])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Example(), view.rows, "KNNImputer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.missing_values == self.missing_values:
            raise UnsupportedError(
                f"KNNImputer(missing_values={self.missing_values!r}) on blocks: only NaN is "
                "missing there; replace the others before, such as with a FunctionTransformer"
            )
        most = config.get().sample_rows
        rows = view.weighing(False)
        counts = MissingCounts(np.nan)
        yield (
            Request(counts, view.rows, "KNNImputer"),
            rows.sample_request(most, 0, "KNNImputer", with_missing=True),
        )
        gaps: Gaps = yield from ask(counts, view.rows, "KNNImputer")
        drawn = yield from sampled_rows(rows, most, 0, "KNNImputer", with_missing=True)
        plain = plain_copy(self)
        with config_context(assume_finite=True):
            plain.fit(drawn.rows.X)
        lost = ~plain._valid_mask & (gaps.missing < gaps.count)
        if lost.any():
            raise DataError(
                f"column {int(lost.argmax())} has values, but none in the {drawn.rows.n_rows} "
                "reference rows: take more of them with skdask.config.set(sample_rows=...)"
            )
        set_indicator(plain, gaps.missing > 0)
        take_over(self, plain)
        remember_features(self, view)
        if drawn.is_whole:
            return ()
        return (f"neighbours are looked for in {drawn.rows.n_rows} of {drawn.count} rows",)
