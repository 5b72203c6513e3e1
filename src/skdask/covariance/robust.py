"""MinCovDet and EllipticEnvelope: the nearest half of all rows, found in passes.

Few rows are gathered, and the fit is scikit-learn's. Of more rows a sample tells where to start,
as FastMCD starts from subsets; from there every step takes all rows, and the exact half of them.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn import covariance
from sklearn.utils import check_random_state

from skdask import config
from skdask.blocks import is_big
from skdask.covariance.moment_covariance import MomentCovariance
from skdask.exceptions import DataError, UnsupportedError
from skdask.passes import Algorithm, Request, ask, together
from skdask.routes.fitting import as_dtype, forget_report, remember_features
from skdask.routes.lazy import apply_lazily, beside, fitted_columns, predict_lazily
from skdask.routes.sampling import WHOLE
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.solvers.concentration import (
    Concentrated,
    Reweighted,
    TrimmedProblem,
    distance_quantile,
    minimum_covariance,
    reweight,
)
from skdask.solvers.kmeans_start import mapped_rows
from skdask.statistics import MomentSummary
from skdask.statistics.ellipsoid import Ellipsoid
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import SampledRows

_OF_ROWS = ("dist_", "support_", "raw_support_")
# Parts of the sample that are estimated alone too: with all of it ten starts, as FastMCD has
_PARTS = 9
# Two ways to the same distance differ by so much
_ROUNDING = 1e-12


class WithinReach:
    """Whether rows lie within a distance.

    Parameters
    ----------
    location : ndarray of shape (n_features,)
    precision : ndarray of shape (n_features, n_features)
    reach : float
        Squared.
    """

    def __init__(
        self, location: NDArray[np.float64], precision: NDArray[np.float64], reach: float
    ) -> None:
        self._location = location
        self._precision = precision
        self._reach = reach

    def predict(self, X: Any) -> NDArray[np.bool_]:
        """True for each row that does."""
        centred = np.asarray(X, np.float64) - self._location
        distances = np.einsum("ij,ij->i", centred @ self._precision, centred)
        return np.asarray(distances <= self._reach)


class RobustCovariance(MomentCovariance):
    """What both classes are: fitted by C-steps over passes, what is of rows lazy."""

    support_fraction: float | None
    random_state: Any

    def fit(self, X: Any, y: Any = None) -> Any:
        """Fit the covariance of the rows that are not outlying.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.

        Returns
        -------
        self
        """
        super().fit(X, y)
        if not is_big(X):
            return self
        own = self.__dict__.pop("_of_rows")
        for name in _OF_ROWS:
            if isinstance(own[name], np.ndarray):
                found = beside(own[name], X)
            elif own[name] is None:
                found = self.mahalanobis(fitted_columns(self, X))
            else:
                found = predict_lazily(own[name], self, fitted_columns(self, X))
            setattr(self, name, found)
        return self

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (*super().first_requests(view), self._sample_request(view))

    def _sample_request(self, view: View) -> Request:
        return view.sample_request(config.get().sample_rows, self.random_state, type(self).__name__)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        name, view = type(self).__name__, view.weighing(False)
        for attribute in _OF_ROWS:
            self.__dict__.pop(attribute, None)
        algorithms: list[Algorithm[Any]] = [
            view.moments(False, name),
            ask(self._sample_request(view).statistic, view.rows, name),
        ]
        moments, sample = yield from together(algorithms)
        if sample.is_whole:
            self._fit_gathered(sample, view)
            return WHOLE
        return (yield from self._fit_in_passes(moments, sample, view))

    def _fit_gathered(self, sample: SampledRows, view: View) -> None:
        if sample.rows.X is None:
            raise DataError(f"Found array with 0 sample(s) while {type(self).__name__} needs 2.")
        plain = plain_copy(self).fit(view.show(sample.rows.X))
        take_over(self, plain)
        self._of_rows = {name: self.__dict__.pop(name) for name in _OF_ROWS}
        remember_features(self, view)

    def _fit_in_passes(
        self, moments: MomentSummary, sample: SampledRows, view: View
    ) -> Algorithm[tuple[str, ...]]:
        name, n_features = type(self).__name__, view.n_features
        if n_features == 1:
            raise UnsupportedError(
                f"{name} of a single column sorts it, which needs it in memory: {name} on blocks "
                "takes two columns or more, or no more rows than "
                f"skdask.config.set(sample_rows=...), {config.get().sample_rows:,} now."
            )
        _warn_of_rank(moments)
        mapped = Mapped.around(
            view.affine, moments.mean, moments.variance, weighted=False, keep_zeros=False
        )
        n_rows = moments.count
        problem = TrimmedProblem(mapped, view.rows, n_rows, self._n_support(n_rows, view), name)
        starts = self._starts(mapped_rows(mapped, sample.rows), problem)
        raw = yield from minimum_covariance(problem, starts)
        ellipsoid = self._set_raw(raw, problem, view)
        found = yield from reweight(problem, ellipsoid, centred=self.assume_centered)
        self._set_reweighted(found, ellipsoid, problem, view)
        yield from self.conclude(problem, found)
        remember_features(self, view)
        return (
            f"the determinant settled in {raw.n_iter} steps",
            f"starts are from a uniform sample of {sample.rows.n_rows:,} of {n_rows:,} rows, see "
            "skdask.config.set(sample_rows=...)",
        )

    def conclude(self, problem: TrimmedProblem, found: Reweighted) -> Algorithm[None]:
        """What else is to be learnt of the rows."""
        yield from ()

    def _n_support(self, n_rows: int, view: View) -> int:
        if self.support_fraction is None:
            return min(int(np.ceil(0.5 * (n_rows + view.n_features + 1))), n_rows)
        return int(self.support_fraction * n_rows)

    def _starts(
        self, rows: NDArray[np.float64], problem: TrimmedProblem
    ) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """FastMCD of the sample, and of parts of it."""
        random = check_random_state(self.random_state)
        fraction = problem.n_support / problem.n_rows
        parts = [rows]
        if len(rows) // _PARTS > 20 * rows.shape[1]:
            parts += [rows[first::_PARTS] for first in range(_PARTS)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of a determinant that grew
            return [
                covariance.fast_mcd(part, support_fraction=fraction, random_state=random)[:2]
                for part in parts
            ]

    def _set_raw(self, raw: Concentrated, problem: TrimmedProblem, view: View) -> Ellipsoid:
        shift = problem.mapped.shift
        location, spread = raw.location, raw.covariance
        precision = raw.ellipsoid.precision
        if self.assume_centered:
            about = location + shift
            location, spread = -shift, spread + np.outer(about, about)
            precision = np.asarray(linalg.pinvh(spread), np.float64)
        if problem.n_support < problem.n_rows and np.allclose(spread, 0.0):
            raise DataError(
                "The covariance matrix of the support data is equal to 0, try to increase "
                "support_fraction"
            )
        self.raw_location_ = as_dtype(location + shift, view)
        self.raw_covariance_ = spread  # which scikit-learn keeps in float64
        chosen = WithinReach(
            raw.ellipsoid.location + shift,
            raw.ellipsoid.precision,
            raw.reach * (1.0 + _ROUNDING),
        )
        self._of_rows = {"raw_support_": chosen, "dist_": None}
        return Ellipsoid(problem.mapped, location, precision)

    def _set_reweighted(
        self, found: Reweighted, raw: Ellipsoid, problem: TrimmedProblem, view: View
    ) -> None:
        shift = problem.mapped.shift
        self.location_ = as_dtype(found.location + shift, view)
        self._set_covariance(found.covariance)  # type: ignore[attr-defined]
        self._of_rows["support_"] = WithinReach(
            raw.location + shift, raw.precision, found.reach * (1.0 - _ROUNDING)
        )

    def correct_covariance(self, data: Any) -> Any:
        """Correct the raw covariance, as `fit` has done already; of data in memory."""
        self._refuse_big(data, "correct_covariance")
        return super().correct_covariance(data)  # type: ignore[misc]

    def reweight_covariance(self, data: Any) -> Any:
        """Leave outlying rows out, as `fit` has done already; of data in memory."""
        self._refuse_big(data, "reweight_covariance")
        return super().reweight_covariance(data)  # type: ignore[misc]

    def _refuse_big(self, data: Any, method: str) -> None:
        if is_big(data) or hasattr(self, "fit_report_"):
            raise UnsupportedError(
                f"{method} is part of fit, which has done it; after a fit on blocks there is no "
                "distance of every row in memory to do it again with."
            )


class MinCovDet(RobustCovariance, covariance.MinCovDet):
    """Covariance that outliers do not bend, of data of any size.

    Subclasses :class:`sklearn.covariance.MinCovDet` and has its parameters and attributes.
    In-memory data is handed to it, and so are blocks of no more rows than
    ``skdask.config.get().sample_rows``, 5000 unless set. Of more rows FastMCD of a uniform sample
    of so many, and of nine parts of it, gives ten starts; from each of them every step takes the
    exact half of all rows until the determinant stays, which is three passes a step for all
    starts. The smallest determinant is kept.

    Attributes
    ----------
    support_, raw_support_, dist_ : Dask Array of shape (n_rows,)
        After a fit on blocks they are lazy.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import MinCovDet
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [99, 2]], chunks=(2, 2))
    >>> MinCovDet(random_state=0).fit(X).support_.compute()
    array([ True,  True,  True,  True,  True, False])
    """


class EllipticEnvelope(RobustCovariance, covariance.EllipticEnvelope):
    """Outliers of normally distributed rows, in data of any size.

    Subclasses :class:`sklearn.covariance.EllipticEnvelope` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is fitted as `MinCovDet` is, and the
    threshold is the exact percentile of all distances, in two passes more.

    Attributes
    ----------
    support_, raw_support_, dist_ : Dask Array of shape (n_rows,)
        After a fit on blocks they are lazy, as are the results of `predict`.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import EllipticEnvelope
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [99, 2]], chunks=(2, 2))
    >>> EllipticEnvelope(random_state=0).fit(X).predict(X).compute()
    array([ 1,  1,  1,  1,  1, -1])
    """

    # its score is of labels
    searchable = False

    def conclude(self, problem: TrimmedProblem, found: Reweighted) -> Algorithm[None]:
        """The threshold: a percentile of all distances."""
        ellipsoid = Ellipsoid(problem.mapped, found.location, self.get_precision())
        self.offset_ = np.float64(
            (yield from distance_quantile(problem, ellipsoid, 100.0 * self.contamination / 100.0))
        )

    def fit_predict(self, X: Any, y: Any = None, **kwargs: Any) -> Any:
        """Fit, then 1 for each inlier and -1 for each outlier: lazily on blocks."""
        if is_big(X):
            return self.fit(X, y).predict(fitted_columns(self, X))
        forget_report(self)
        return super().fit_predict(X, y, **kwargs)

    def decision_function(self, X: Any) -> Any:
        """How far within the threshold each row lies: lazily on blocks."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)

    def score_samples(self, X: Any) -> Any:
        """Minus the squared distance of each row: lazily on blocks."""
        if is_big(X):
            return apply_lazily(self, "score_samples", X)
        return super().score_samples(X)

    def predict(self, X: Any) -> Any:
        """1 for each inlier and -1 for each outlier: lazily on blocks."""
        if is_big(X):
            return apply_lazily(self, "predict", X)
        return super().predict(X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # type: ignore[override]
        """Mean accuracy of the predictions; of data in memory."""
        if is_big(X):
            raise UnsupportedError(
                "EllipticEnvelope.score on blocks: compare predict(X) with the labels, "
                "(model.predict(X) == y).mean().compute()."
            )
        return float(covariance.EllipticEnvelope.score(self, X, y, sample_weight))


def _warn_of_rank(moments: MomentSummary) -> None:
    products = moments.gram + moments.weight * np.outer(moments.mean, moments.mean)
    if (linalg.svdvals(products) > 1e-8).sum() != len(products):
        warnings.warn(
            "The covariance matrix associated to your dataset is not full rank", stacklevel=2
        )
