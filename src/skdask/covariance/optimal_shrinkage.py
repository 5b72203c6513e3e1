"""LedoitWolf and OAS: shrinkage that depends on the number of rows.

Ledoit and Wolf's needs one number more than the covariance, the sum of the fourth powers of the
rows' distances from their mean, which a second pass finds once the mean is known.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import covariance

from skdask.covariance.moment_covariance import (
    MomentCovariance,
    in_data_dtype,
    warn_of_a_single_row,
)
from skdask.passes import Algorithm
from skdask.passes.request import ask
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.view import View
from skdask.statistics import FourthMoments
from skdask.statistics.shrinkage import ledoit_wolf_shrinkage, oas_shrinkage

Matrix = NDArray[np.float64]


class _OptimallyShrunk(MomentCovariance):
    def _set_shrunk(self: Any, view: View, location: Matrix, empirical: Matrix, by: Any) -> None:
        self.location_ = location
        self.shrinkage_ = by if view.n_features == 1 else np.float64(by)
        self._set_covariance(covariance.shrunk_covariance(empirical, by))
        if not self.assume_centered:
            self.location_ = as_dtype(location, view)
            if view.n_features > 1:
                self.shrinkage_ = as_dtype(by, view)
            in_data_dtype(self, view)
        remember_features(self, view)


class LedoitWolf(_OptimallyShrunk, covariance.LedoitWolf):
    """Covariance with Ledoit and Wolf's shrinkage of data of any size, in two passes.

    Subclasses :class:`sklearn.covariance.LedoitWolf` and has its parameters and
    attributes. In-memory data is handed to it. The second pass over
    blocks sums the fourth powers of the rows' distances from the mean.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import LedoitWolf
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> LedoitWolf().fit(X).fit_report_.passes
    2
    """

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view, name = view.weighing(False), type(self).__name__
        moments = yield from view.moments(False, name)
        warn_of_a_single_row(moments)
        centre, empirical = moments.mean, moments.gram / moments.weight
        if self.assume_centered:
            empirical = empirical + np.outer(centre, centre)
            centre = np.zeros_like(centre)
        shrinkage: Any = 0.0
        if len(centre) > 1:
            ones = np.ones((1, len(centre)))
            asked = FourthMoments(centre[np.newaxis], ones, through=view.affine)
            fourth = yield from ask(asked, view.rows, name)
            shrinkage = ledoit_wolf_shrinkage(empirical, float(fourth[0]), moments.count)
        self._set_shrunk(view, centre, empirical, shrinkage)
        return ()


class OAS(_OptimallyShrunk, covariance.OAS):
    """Covariance with oracle approximating shrinkage of data of any size, in one pass.

    Subclasses :class:`sklearn.covariance.OAS` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is
    read off the moments.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import OAS
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> OAS().fit(X).fit_report_.passes
    1
    """

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view = view.weighing(False)
        moments = yield from view.moments(False, type(self).__name__)
        warn_of_a_single_row(moments)
        centre, empirical = moments.mean, moments.gram / moments.weight
        if self.assume_centered:
            empirical = empirical + np.outer(centre, centre)
            centre = np.zeros_like(centre)
        self._set_shrunk(view, centre, empirical, oas_shrinkage(empirical, moments.count))
        return ()
