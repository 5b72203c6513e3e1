"""QuantileTransformer: from a sample as scikit-learn's, or from exact quantiles of all rows."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn import preprocessing

from skdask import config
from skdask.exceptions import DataError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request, ask
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.quantiles import quantile_request, quantiles_of
from skdask.routes.sampling import sampled_rows
from skdask.routes.view import View
from skdask.solvers.quantiles import quantiles_of_rows
from skdask.statistics.series import Features

# All rows are held where they take at most this part of the memory limit: to sort them once costs a
# tenth of what bounds of their ranks do
_HELD_SHARE = 16


class QuantileTransformer(FeaturesFit, LazyTransformer, preprocessing.QuantileTransformer):
    """Map each feature to a uniform or a normal distribution, on data of any size.

    Subclasses :class:`sklearn.preprocessing.QuantileTransformer` and has its parameters and
    attributes. In-memory data is handed to it. Of Dask collections, files and blocks a uniform
    sample of ``subsample`` rows is taken in one pass, as there, or all rows where there are no
    more; with ``subsample=None``, and of sparse rows always, the quantiles are those of all rows,
    exactly: in one pass where they take little of the memory limit, else in about three.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import QuantileTransformer
    >>> X = da.arange(5, chunks=2).reshape(5, 1)
    >>> QuantileTransformer(n_quantiles=3).fit(X).quantiles_.ravel()
    array([0., 2., 4.])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Example(), view.rows, "QuantileTransformer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.subsample is not None and self.n_quantiles > self.subsample:
            raise ValueError(
                "The number of quantiles cannot be greater than the number of samples used. Got "
                f"{self.n_quantiles} quantiles and {self.subsample} samples."
            )
        outcome: tuple[str, ...] = ()
        if self.ignore_implicit_zeros and not view.facts.sparse:
            warnings.warn(
                "'ignore_implicit_zeros' takes effect only with sparse matrix. This parameter has "
                "no effect.",
                stacklevel=2,
            )
        most = self._held_rows(view)
        if most is None:
            yield from self._from_all(view)
        else:
            sample = yield from sampled_rows(
                view.weighing(False),
                most,
                self.random_state,
                "QuantileTransformer",
                with_missing=True,
            )
            self._set_references(sample.rows.n_rows)
            # twice, as scikit-learn and NumPy do
            fractions = self.references_ * 100 / 100
            self.quantiles_ = quantiles_of_rows(sample.rows.X, fractions)
            if not sample.is_whole:
                outcome = (f"quantiles of {sample.rows.n_rows} of {sample.count} rows",)
        remember_features(self, view)
        return outcome

    def _held_rows(self, view: View) -> int | None:
        """The most rows to hold: a sample, or all of few; None where they are only passed over."""
        if view.facts.sparse:
            return None
        n_rows = view.facts.n_rows
        if self.subsample is not None and (n_rows is None or n_rows > self.subsample):
            return int(self.subsample)
        if n_rows is None or 8 * n_rows * view.n_features > config.get().budget // _HELD_SHARE:
            return None if self.subsample is None else int(self.subsample)
        return n_rows

    def _set_references(self, n_rows: int) -> None:
        if self.n_quantiles > n_rows:
            warnings.warn(
                f"n_quantiles ({self.n_quantiles}) is greater than the total number of samples "
                f"({n_rows}). n_quantiles is set to n_samples.",
                stacklevel=2,
            )
        self.n_quantiles_ = max(1, min(self.n_quantiles, n_rows))
        self.references_ = np.linspace(0, 1, self.n_quantiles_, endpoint=True)

    def _from_all(self, view: View) -> Algorithm[None]:
        stored_only = view.facts.sparse and self.ignore_implicit_zeros
        of = Features(stored_only=True) if stored_only else None
        rows = view.weighing(False)
        yield (
            *self.first_requests(view),
            quantile_request(rows, self.n_quantiles, "QuantileTransformer", of=of),
        )
        seen = yield from ask(Example(), view.rows, "QuantileTransformer")
        self._set_references(seen.count)
        found = yield from quantiles_of(
            rows, self.references_ * 100 / 100, "QuantileTransformer", of=of
        )
        values = np.where(found.total > 0, found.values, 0.0) if stored_only else found.values
        if view.facts.sparse and not stored_only and (values[0] < 0).any():
            raise DataError("QuantileTransformer only accepts non-negative sparse matrices.")
        self.quantiles_ = values
