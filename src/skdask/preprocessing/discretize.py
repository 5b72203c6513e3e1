"""KBinsDiscretizer: from a sample as scikit-learn's, or from exact quantiles of all rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, preprocessing

from skdask._sklearn import bins_of_columns
from skdask.exceptions import UnsupportedError
from skdask.mixins.fits import WeightedFeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.quantiles import quantiles_of
from skdask.routes.sampling import sampled_rows
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View, check_weight


class KBinsDiscretizer(WeightedFeaturesFit, LazyTransformer, preprocessing.KBinsDiscretizer):
    """Bin features into intervals, on data of any size.

    Subclasses :class:`sklearn.preprocessing.KBinsDiscretizer` and has its parameters and
    attributes. In-memory data is handed to it. Of Dask collections, files and blocks a sample of
    ``subsample`` rows is taken in one pass, as there but without replacement, or all rows where
    there are no more. With ``subsample=None`` the bins are those of all rows, exactly: one pass
    for the strategy "uniform", two mostly for "quantile", with any ``quantile_method``.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import KBinsDiscretizer
    >>> X = da.arange(9, chunks=3).reshape(9, 1)
    >>> binner = KBinsDiscretizer(2, strategy="uniform", encode="ordinal").fit(X)
    >>> binner.bin_edges_[0]
    array([0., 4., 8.])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Example(), view.rows, "KBinsDiscretizer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        self._check(view)
        outcome: tuple[str, ...] = ()
        if self.subsample is None:
            rows = yield from self._ends(view)
            weight: NDArray[np.float64] | None = np.ones(len(rows))
        else:
            sample = yield from sampled_rows(
                view, self.subsample, self.random_state, "KBinsDiscretizer"
            )
            if sample.rows.n_rows == 0:
                check_weight(0.0)
            rows, weight = sample.rows.X, sample.rows.sample_weight
            if not sample.is_whole:
                # where rows were drawn by their weight it has been taken into account
                weight = None
                outcome = (f"bins of {sample.rows.n_rows} of {sample.count} rows",)
        plain = plain_copy(self, subsample=None)
        if self.subsample is None and self.strategy == "quantile":
            # whose quantiles at the edges are rows
            plain.quantile_method = "inverted_cdf" if view.weighted else "linear"
        with config_context(assume_finite=True):
            plain.fit(rows, sample_weight=weight if view.weighted else None)
        take_over(self, plain)
        remember_features(self, view)
        return outcome

    def _check(self, view: View) -> None:
        if self.strategy == "kmeans" and self.subsample is None:
            raise UnsupportedError(
                "KBinsDiscretizer(strategy='kmeans', subsample=None) on blocks would hold all "
                "rows; set subsample to how many rows a sample may have, or cluster the column "
                "with skdask.cluster.KMeans"
            )
        unweighted = ("inverted_cdf", "averaged_inverted_cdf")
        if view.weighted and self.strategy == "quantile" and self.quantile_method not in unweighted:
            raise ValueError(
                "When fitting with strategy='quantile' and sample weights, quantile_method should "
                "either be set to 'averaged_inverted_cdf' or 'inverted_cdf', got "
                f"quantile_method='{self.quantile_method}' instead."
            )

    def _ends(self, view: View) -> Algorithm[NDArray[np.floating]]:
        """Rows of which scikit-learn finds the bins that it would find in all rows."""
        if self.strategy == "uniform":
            # the lightest rows that count have the ends too
            method = "inverted_cdf" if view.weighted else "linear"
            ends = yield from quantiles_of(
                view, [0.0, 1.0], "KBinsDiscretizer", method=method, with_missing=False
            )
            return ends.values.astype(view.facts.dtype)
        n_bins = bins_of_columns(plain_copy(self), view.n_features)
        levels = sorted({level for count in n_bins for level in np.linspace(0, 100, count + 1)})
        found = yield from quantiles_of(
            view,
            np.array(levels) / 100,
            "KBinsDiscretizer",
            method=self.quantile_method,
            with_missing=False,
        )
        return _rows_with_quantiles(found.values, np.array(levels), n_bins)


def _rows_with_quantiles(
    values: NDArray[np.floating], levels: NDArray[np.float64], n_bins: NDArray[np.int64]
) -> NDArray[np.floating]:
    """Columns whose quantiles at the edges of their own bins are the given ones.

    As many rows as edges, in which each edge is an order statistic; columns of fewer bins repeat
    theirs, at equal distances of the ranks.
    """
    steps = int(np.lcm.reduce(n_bins))
    rows = np.empty((steps + 1, values.shape[1]), values.dtype)
    for column, count in enumerate(n_bins):
        own = values[np.searchsorted(levels, np.linspace(0, 100, count + 1)), column]
        places = np.arange(steps + 1) * count / steps
        rows[:, column] = own[np.floor(places + 1e-9).astype(np.intp)]
    return rows
