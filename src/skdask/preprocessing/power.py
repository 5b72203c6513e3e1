"""PowerTransformer: exponents of largest likelihood, all columns together in a few passes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn import preprocessing

from skdask._sklearn import is_constant, scale_of_columns
from skdask.exceptions import DataError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.view import View
from skdask.solvers.power import PowerFit, best_exponents
from skdask.statistics.power import PowerState


class PowerTransformer(FeaturesFit, LazyTransformer, preprocessing.PowerTransformer):
    """Make features look Gaussian by a power of each, on data of any size.

    Subclasses :class:`sklearn.preprocessing.PowerTransformer` and has its parameters and
    attributes. In-memory data is handed to it; Dask collections, files and blocks are fitted in
    about four passes, whatever the number of columns. The exponents maximise the likelihood to
    eleven digits; scikit-learn's own stop some seven digits into it.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.preprocessing import PowerTransformer
    >>> X = da.from_array([[1.0, 2.0], [3.0, 2.0], [4.0, 5.0]])
    >>> PowerTransformer().fit(X).lambdas_.round(2)
    array([ 1.39, -3.1 ])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Example(), view.rows, "PowerTransformer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        box_cox = self.method == "box-cox"

        def keeps(
            state: PowerState, mean: NDArray[np.float64], variance: NDArray[np.float64]
        ) -> NDArray[np.bool_]:
            constant = is_constant(variance, mean + box_cox, np.maximum(state.count, 1))
            _check(state, constant, box_cox)
            return constant

        fit = yield from best_exponents(
            view.n_features,
            keeps,
            box_cox=box_cox,
            through=None if view.affine.is_identity else view.affine,
            dtype=view.facts.dtype,
            rows=view.rows,
            asked_by="PowerTransformer",
        )
        self.lambdas_ = fit.exponents.astype(view.facts.dtype)
        if self.standardize:
            self._scaler = _scaler(fit)
        remember_features(self, view)
        return ()


def _check(state: PowerState, constant: NDArray[np.bool_], box_cox: bool) -> None:
    """Raise scikit-learn's errors about columns that have no exponent."""
    if not state.count.all():
        column = int(np.argmin(state.count))
        raise DataError(f"Column must not be all nan. Column {column} has no known value.")
    if not box_cox:
        return
    if (state.smallest <= 0).any():
        column = int(np.argmin(state.smallest))
        raise DataError(
            "The Box-Cox transformation can only be applied to strictly positive data. The "
            f"smallest value of column {column} is {state.smallest[column]:g}."
        )
    if constant.any():
        raise DataError(f"Data must not be constant. Column {int(constant.argmax())} is.")


def _scaler(fit: PowerFit) -> preprocessing.StandardScaler:
    """scikit-learn's scaler as it would have been fitted to the transformed rows."""
    scaler = preprocessing.StandardScaler(copy=False).set_output(transform="default")
    count = fit.count
    variance = fit.scatter / count
    scaler.n_samples_seen_ = count[0] if (count == count[0]).all() else count
    scaler.mean_, scaler.var_ = fit.mean, variance
    scaler.scale_ = scale_of_columns(variance, fit.mean, count)
    scaler.n_features_in_ = len(count)
    return scaler
