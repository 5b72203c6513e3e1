"""Expectation maximisation over passes: a pass is an iteration, both of its steps at once.

scikit-learn's own code makes parameters of the components' moments, so Gaussian and Bayesian
mixtures with all their covariances and priors are one algorithm here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask._sklearn import (
    MixtureMessages,
    mixture_bound,
    mixture_offsets,
    mixture_parameters,
    set_components,
)
from skdask.passes.request import Algorithm, RowSet, ask
from skdask.statistics.mapped import Mapped
from skdask.statistics.mixture import Mixture, MixtureStep, MixtureSums, component_moments


@dataclass(frozen=True)
class MixtureProblem:
    """Rows to which a mixture is fitted.

    Attributes
    ----------
    mapped : Mapped
    rows : RowSet
    mean : ndarray of shape (n_features,)
        Of the mapped rows.
    scatter : ndarray of shape (n_features, n_features)
    asked_by : str
    """

    mapped: Mapped
    rows: RowSet
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]
    asked_by: str

    def moments(
        self, mixture: Mixture, sums: MixtureSums, plain: Any
    ) -> tuple[NDArray[np.float64], ...]:
        """Moments of the components, in the form of the estimator's covariances."""
        weights, means, covariances = component_moments(
            mixture, sums, self.scatter, self.mean, plain.reg_covar
        )
        if plain.covariance_type == "spherical":
            covariances = covariances.mean(axis=1)
        return weights, means, covariances


def mixture_at(plain: Any, mapped: Mapped) -> Mixture:
    """The components of scikit-learn's estimator, for rows as they are read."""
    whitening = np.asarray(plain.precisions_cholesky_, np.float64)
    if plain.covariance_type == "spherical":
        whitening = np.repeat(whitening[:, np.newaxis], plain.means_.shape[1], axis=1)
    return Mixture(
        mapped,
        np.asarray(mixture_offsets(plain), np.float64),
        np.asarray(plain.means_, np.float64) - mapped.shift,
        whitening,
        shared=plain.covariance_type == "tied",
    )


@dataclass(frozen=True)
class FittedMixture:
    """Where a run has ended.

    Attributes
    ----------
    parameters : tuple
        As scikit-learn's estimator keeps them.
    bound : float
    bounds : list
        After each iteration.
    n_iter : int
    converged : bool
    """

    parameters: tuple[Any, ...]
    bound: Any = -np.inf
    bounds: list[Any] = field(default_factory=list)
    n_iter: int = 0
    converged: bool = False

    @property
    def outcome(self) -> str:
        if self.converged:
            return f"converged in {self.n_iter} iterations"
        return f"stopped at max_iter={self.n_iter} before the likelihood had settled"


def expectation_maximisation(
    problem: MixtureProblem, plain: Any, bound: Any, run: int
) -> Algorithm[FittedMixture]:
    """Iterate from the components of scikit-learn's estimator, which is changed on the way.

    Notes
    -----
    **Passes** one an iteration. **Cost** and **Source** as `MixtureStep`. From the same start it
    takes the same iterations as scikit-learn.
    """
    messages = MixtureMessages(plain)
    messages.begin(run)
    bounds: list[Any] = []
    converged = False
    for n_iter in range(1, plain.max_iter + 1):
        mixture = mixture_at(plain, problem.mapped)
        sums: MixtureSums = yield from ask(MixtureStep(mixture), problem.rows, problem.asked_by)
        set_components(plain, *problem.moments(mixture, sums, plain))
        before, bound = bound, mixture_bound(plain, sums.log_likelihood / sums.count, sums.entropy)
        bounds.append(bound)
        messages.iteration(n_iter, bound - before)
        converged = bool(abs(bound - before) < plain.tol)
        if converged:
            break
    if plain.max_iter:
        messages.end(bound, converged)
    return FittedMixture(mixture_parameters(plain), bound, bounds, len(bounds), converged)
