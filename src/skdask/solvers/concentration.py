"""The minimum covariance determinant over passes: the nearest half of the rows, until it stays.

A C-step takes the covariance of the rows that are nearest by the covariance before, and its
determinant never grows. Which rows these are is told by the distance of the last of them, found
exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.stats import chi2

from skdask.passes.request import Algorithm, Request, RowSet, ask, together
from skdask.solvers.order_statistics import order_statistics
from skdask.solvers.quantiles import quantiles
from skdask.statistics.ellipsoid import (
    DistanceRanks,
    Distances,
    Ellipsoid,
    InnerMoments,
    Inside,
)
from skdask.statistics.mapped import Mapped
from skdask.statistics.ranks import Ranked
from skdask.statistics.series import Series

Matrix = NDArray[np.float64]
Estimate = tuple[Matrix, Matrix]

_MOST_STEPS = 30
_POINTS = 4096
# Rows farther than this are left out of the last estimate: the share of a normal distribution
_LEFT_OUT = 0.025


@dataclass(frozen=True)
class TrimmedProblem:
    """Rows of which the nearest are sought.

    Attributes
    ----------
    mapped : Mapped
    rows : RowSet
    n_rows : int
    n_support : int
        How many are the nearest ones.
    asked_by : str
    """

    mapped: Mapped
    rows: RowSet
    n_rows: int
    n_support: int
    asked_by: str

    def ellipsoid(self, location: Matrix, covariance: Matrix) -> Ellipsoid:
        precision = np.asarray(linalg.pinvh(covariance), np.float64)
        return Ellipsoid(self.mapped, location, precision)


@dataclass(frozen=True)
class Concentrated:
    """Where C-steps have ended, in the mapped and shifted space.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
    covariance : ndarray of shape (n_features, n_features)
    log_determinant : float
    ellipsoid : Ellipsoid
        By which the nearest rows were chosen.
    reach : float
        The squared distance of the last of them.
    n_iter : int
    """

    location: Matrix
    covariance: Matrix
    log_determinant: float
    ellipsoid: Ellipsoid
    reach: float
    n_iter: int


def minimum_covariance(
    problem: TrimmedProblem, starts: Sequence[Estimate]
) -> Algorithm[Concentrated]:
    """The smallest determinant that C-steps from some estimates lead to.

    Notes
    -----
    **Passes** those of the slowest start. **Source** Rousseeuw, Van Driessen (1999), A fast
    algorithm for the minimum covariance determinant estimator.
    """
    ends = yield from together([concentrate(problem, *start) for start in starts])
    return min(ends, key=lambda end: end.log_determinant)


def concentrate(
    problem: TrimmedProblem, location: Matrix, covariance: Matrix
) -> Algorithm[Concentrated]:
    """C-steps from an estimate until the determinant stays.

    Notes
    -----
    **Passes** 3 a step: two for the distance of the last row, one for the moments. **Cost** as
    `InnerMoments`, and a sort of the distances of each block. **Error** none: of rows that lie
    just as far as the last one, all count in equal shares. **Source** as `minimum_covariance`.
    """
    best = yield from _step(problem, location, covariance, 1)
    for n_iter in range(2, _MOST_STEPS + 1):
        if not np.isfinite(best.log_determinant):
            break  # the nearest rows lie in a plane
        after = yield from _step(problem, best.location, best.covariance, n_iter)
        if not after.log_determinant < best.log_determinant:
            # the same rows once more, by what they make: distances are those of the end
            settled = np.isclose(after.log_determinant, best.log_determinant)
            return after if settled else best
        best = after
    return best


def _step(
    problem: TrimmedProblem, location: Matrix, covariance: Matrix, n_iter: int
) -> Algorithm[Concentrated]:
    ellipsoid = problem.ellipsoid(location, covariance)
    ranks = DistanceRanks(Series(Distances(ellipsoid)), _POINTS, with_missing=False)
    first = Request(ranks, problem.rows, problem.asked_by)
    last = float(problem.n_support - 1)

    def wanted(_: Ranked) -> Matrix:
        return np.array([[last]])

    found, _ = yield from order_statistics(first, wanted)
    reach = float(found[0, 0])
    inside: Inside = yield from ask(InnerMoments(ellipsoid, reach), problem.rows, problem.asked_by)
    gap, spread = inside.moments(problem.n_support)
    sign, log_determinant = np.linalg.slogdet(spread)
    return Concentrated(
        location + gap,
        spread,
        float(log_determinant) if sign > 0 else -np.inf,
        ellipsoid,
        reach,
        n_iter,
    )


def consistency_factor(n_features: int, share: float) -> float:
    """What makes the covariance of the nearest share of normal rows that of all of them.

    Notes
    -----
    **Source** Croux, Haesbroeck (1999), Influence function and efficiency of the minimum
    covariance determinant scatter matrix estimator, eq. 4.2.
    """
    if share >= 1.0:
        return 1.0
    return float(share / chi2.cdf(chi2.ppf(share, n_features), n_features + 2))


@dataclass(frozen=True)
class Reweighted:
    """The estimate from all rows that are not outlying.

    Attributes
    ----------
    location : ndarray of shape (n_features,)
    covariance : ndarray of shape (n_features, n_features)
    reach : float
        Squared distance up to which rows counted, by the ellipsoid that was given.
    """

    location: Matrix
    covariance: Matrix
    reach: float


def reweight(
    problem: TrimmedProblem, ellipsoid: Ellipsoid, *, centred: bool
) -> Algorithm[Reweighted]:
    """Moments of the rows that would not be among the farthest of a normal distribution.

    Parameters
    ----------
    problem : TrimmedProblem
    ellipsoid : Ellipsoid
        Of the raw estimate.
    centred : bool
        Whether the mean is known to be the ellipsoid's location.

    Notes
    -----
    **Passes** 1. **Source** as `minimum_covariance`, section 5.
    """
    n_features = len(ellipsoid.location)
    factor = consistency_factor(n_features, problem.n_support / problem.n_rows)
    reach = float(factor * chi2(n_features).isf(_LEFT_OUT))
    inside: Inside = yield from ask(InnerMoments(ellipsoid, reach), problem.rows, problem.asked_by)
    gap, spread = inside.moments()
    if centred:
        gap, spread = np.zeros(n_features), spread + np.outer(gap, gap)
    spread = spread * consistency_factor(n_features, 1.0 - _LEFT_OUT)
    return Reweighted(ellipsoid.location + gap, spread, reach)


def distance_quantile(
    problem: TrimmedProblem, ellipsoid: Ellipsoid, share: float
) -> Algorithm[float]:
    """Minus the squared distance that so large a share of the rows exceeds, as NumPy has it.

    Notes
    -----
    **Passes** 2.
    """
    series = Series(Distances(ellipsoid, negative=True))
    found = yield from quantiles(
        series, np.array([share]), 1, problem.rows, problem.asked_by, with_missing=False
    )
    return float(found.values[0, 0])
