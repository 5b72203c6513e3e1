"""Parameters, bounds and messages of mixtures."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import (
    _compute_precision_cholesky,
    _compute_precision_cholesky_from_precisions,
)


def mixture_offsets(plain: Any) -> NDArray[np.float64]:
    """Logarithm of the weighted density of each component at its mean."""
    twin = copy(plain)
    # at the origin, where no rounding of far means can enter
    twin.means_ = np.zeros_like(plain.means_)
    return np.asarray(twin._estimate_weighted_log_prob(twin.means_[:1])[0])


def check_mixture(plain: Any, X: NDArray[np.floating]) -> None:
    """Check a mixture's parameters; its priors are taken from rows with the data's moments."""
    plain._check_parameters(X, xp=np)


def set_components(
    plain: Any,
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
) -> None:
    """The last part of scikit-learn's M-step: from moments of the components to parameters."""
    if isinstance(plain, GaussianMixture):
        plain.weights_ = weights / weights.sum()
        plain.means_ = means
        plain.covariances_ = covariances
        plain.precisions_cholesky_ = _compute_precision_cholesky(covariances, plain.covariance_type)
        return
    plain._estimate_weights(weights)
    plain._estimate_means(weights, means)
    plain._estimate_precisions(weights, means, covariances)


def set_first_components(
    plain: Any, moments: tuple[NDArray[np.float64], ...] | None, n_rows: int
) -> None:
    """What scikit-learn starts from: components from moments, or as the user has given them.

    ``moments`` are weights, means and covariances; None where all is given.
    """
    if not isinstance(plain, GaussianMixture):
        assert moments is not None
        set_components(plain, *moments)
        return
    if moments is not None:
        weights, plain.means_, plain.covariances_ = moments
        # not normalised, as there
        plain.weights_ = weights / n_rows
        if plain.precisions_init is None:
            plain.precisions_cholesky_ = _compute_precision_cholesky(
                plain.covariances_, plain.covariance_type
            )
    if plain.weights_init is not None:
        plain.weights_ = plain.weights_init
    if plain.means_init is not None:
        plain.means_ = plain.means_init
    if plain.precisions_init is not None:
        plain.precisions_cholesky_ = _compute_precision_cholesky_from_precisions(
            plain.precisions_init, plain.covariance_type, xp=np
        )


def mixture_bound(plain: Any, log_likelihood: float, entropy: float) -> Any:
    """The lower bound of a mixture after an M-step; ``log_likelihood`` is a mean over rows.

    A number, but for Bayesian mixtures of tied covariances, where it is an array of one.
    """
    # a responsibility of one has no entropy, which leaves the other terms
    bound = plain._compute_lower_bound(np.zeros((1, 1)), np.float64(log_likelihood))
    return bound if isinstance(plain, GaussianMixture) else bound + entropy


def mixture_parameters(plain: Any) -> tuple[Any, ...]:
    """What makes a mixture, to be given to `set_mixture_parameters`."""
    return tuple(plain._get_parameters())


def set_mixture_parameters(plain: Any, parameters: tuple[Any, ...]) -> None:
    plain._set_parameters(parameters)


class MixtureMessages:
    """What scikit-learn prints of a run of a mixture, as far as ``verbose`` says."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def begin(self, run: int) -> None:
        self._plain._print_verbose_msg_init_beg(run)

    def iteration(self, number: int, change: float) -> None:
        self._plain._print_verbose_msg_iter_end(number, change)

    def end(self, bound: float, converged: bool) -> None:
        self._plain._print_verbose_msg_init_end(bound, converged)
