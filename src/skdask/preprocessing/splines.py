"""SplineTransformer: knots from the ends or from exact quantiles of the columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn import preprocessing

from skdask._sklearn import fit_splines
from skdask.mixins.fits import WeightedFeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.quantiles import quantile_request, quantiles_of
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View, check_weight, refuse_sparse


class SplineTransformer(WeightedFeaturesFit, LazyTransformer, preprocessing.SplineTransformer):
    """Spread features over B-splines, on data of any size.

    Subclasses :class:`sklearn.preprocessing.SplineTransformer` and has its parameters and
    attributes. In-memory data is handed to it; Dask collections, files and blocks are fitted with
    the same knots: in one pass uniform or given ones, in two mostly those at quantiles, weighted
    too.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import SplineTransformer
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> SplineTransformer(n_knots=3, degree=1).fit(X).transform(X[:2]).compute()
    array([[1. , 0. , 0. ],
           [0.6, 0.4, 0. ]])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        example = Request(Example(), view.rows, "SplineTransformer")
        if not isinstance(self.knots, str):
            return (example,)
        return (
            example,
            quantile_request(
                view, len(self._shares()), "SplineTransformer", with_missing=self._with_missing
            ),
        )

    def _shares(self) -> NDArray[np.float64]:
        """Of which quantiles the knots are made, where they are not given."""
        ends = np.array([0.0, 1.0])
        return np.linspace(0, 1, self.n_knots) if self.knots == "quantile" else ends

    @property
    def _with_missing(self) -> bool:
        return getattr(self, "handle_missing", "error") == "zeros"

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        refuse_sparse(view, "SplineTransformer")
        yield self.first_requests(view)
        knots: NDArray[np.floating] | None = None
        if isinstance(self.knots, str):
            found = yield from quantiles_of(
                view,
                100 * self._shares() / 100,
                "SplineTransformer",
                method="inverted_cdf" if view.weighted else "linear",
                with_missing=self._with_missing,
            )
            if view.weighted:
                check_weight(found.total.max())
            quantile = self.knots == "quantile"
            knots = found.values if quantile else _uniform(found.values, self.n_knots)
        seen = yield from view.example("SplineTransformer")
        assert seen.first is not None
        # two rows where there are two, which is the fewest that scikit-learn takes
        rows = np.repeat(np.asarray(seen.first.X), min(seen.count, 2), axis=0)
        rows = np.nan_to_num(rows)
        plain = plain_copy(self)
        if knots is None:
            plain.fit(rows)
        else:
            fit_splines(plain, rows, knots)
        take_over(self, plain)
        remember_features(self, view)
        return ()


def _uniform(ends: NDArray[np.floating], n_knots: int) -> NDArray[np.float64]:
    low, high = np.nan_to_num(ends.astype(np.float64))
    return np.linspace(low, high, n_knots, endpoint=True, dtype=np.float64)
