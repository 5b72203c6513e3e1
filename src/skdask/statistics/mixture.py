"""One step of expectation maximisation for Gaussian mixtures: responsibilities, used at once.

A tile's responsibilities never leave the cache: they are summed into the weight, the mean and the
spread of each component while they are there. Everything is computed from whitened rows, which
the density needs anyway, so that sums lose no digits where a component is narrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import uniform_numbers

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mixture:
    """The components, in the coordinates of the mapped and shifted rows.

    Attributes
    ----------
    mapped : Mapped
    offsets : ndarray of shape (n_components,)
        Logarithm of the weighted density at each component's mean.
    means : ndarray of shape (n_components, n_features)
    whitening : ndarray
        Cholesky factors of the precisions as scikit-learn has them: of shape (n_components,
        n_features, n_features), (n_features, n_features) where the components share one, or
        (n_components, n_features) where they are diagonal.
    choice : {"soft", "nearest", "random"}
        How a row belongs to components: by its density, to the likeliest alone, or by chance.
    seed : int
        Of the chance.
    """

    mapped: Mapped
    offsets: Array = field(compare=False)
    means: Array = field(compare=False)
    whitening: Array = field(compare=False)
    shared: bool = False
    choice: Literal["soft", "nearest", "random"] = "soft"
    seed: int = 0
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        token = array_token(self.offsets, self.means, self.whitening)
        object.__setattr__(self, "token", token)

    @property
    def is_full(self) -> bool:
        """Whether every component has a covariance matrix of its own."""
        return self.whitening.ndim == 3

    def tiles(self, rows: Rows) -> Iterator[tuple[slice, Array, Array]]:
        """Each tile's place, its whitened rows, and its weighted log densities by component.

        Whitened rows have shape (n_components, n_features, n_rows) where they differ by
        component, less the component's mean, and (n_features, n_rows) where they do not.
        """
        n_components, n_features = self.means.shape
        for part, tile, _ in self.mapped.tiles(rows, n_components * n_features // 4):
            white = self._whitened(tile)
            yield part, white, self._log_densities(white)

    def _whitened(self, tile: Array) -> Array:
        if self.is_full:
            n_components, n_features = self.means.shape
            stacked = self.whitening.transpose(0, 2, 1).reshape(-1, n_features)
            white = (stacked @ tile.T).reshape(n_components, n_features, -1)
            white -= np.einsum("kji,kj->ki", self.whitening, self.means)[:, :, np.newaxis]
            return white
        if self.shared:
            return self.whitening.T @ tile.T
        return np.ascontiguousarray(tile.T)

    def _log_densities(self, white: Array) -> Array:
        if self.is_full:
            squares = np.square(white).sum(axis=1)
        elif self.shared:
            means = self.means @ self.whitening
            squares = -2.0 * (means @ white)
            squares += np.square(white).sum(axis=0)
            squares += np.square(means).sum(axis=1)[:, np.newaxis]
        else:
            precisions = self.whitening**2
            squares = precisions @ np.square(white)
            squares -= 2.0 * ((self.means * precisions) @ white)
            squares += (self.means**2 * precisions).sum(axis=1)[:, np.newaxis]
        squares *= -0.5
        squares += self.offsets[:, np.newaxis]
        return squares

    def responsibilities(self, log_densities: Array, rows: Rows) -> tuple[Array, Array]:
        """(log densities of the rows, shares of the components), the latter in place."""
        if self.choice == "random":
            n_components = len(self.means)
            shares = np.vstack(
                [uniform_numbers(rows, self.seed + component) for component in range(n_components)]
            )
            return np.zeros(rows.n_rows), shares / shares.sum(axis=0)
        if self.choice == "nearest":
            highest = log_densities.max(axis=0)
            shares = np.zeros_like(log_densities)
            shares[log_densities.argmax(axis=0), np.arange(rows.n_rows)] = 1.0
            return highest, shares
        highest = log_densities.max(axis=0)
        shares = log_densities - highest
        np.exp(shares, out=shares)
        total = shares.sum(axis=0)
        shares /= total
        return highest + np.log(total), shares


@dataclass(frozen=True, slots=True)
class MixtureSums:
    """Sums over rows by component.

    Attributes
    ----------
    count : int
        Rows.
    log_likelihood : float
    entropy : float
        Of the responsibilities.
    weights : ndarray of shape (n_components,)
    sums : ndarray of shape (n_components, n_features)
        Of whitened rows.
    squares : ndarray
        Of whitened rows: matrices where components have covariance matrices of their own, nothing
        where they share one, squares of columns otherwise.
    """

    count: int
    log_likelihood: float
    entropy: float
    weights: Array
    sums: Array
    squares: Array


@dataclass(frozen=True)
class MixtureStep(Statistic[MixtureSums, MixtureSums]):
    """Log-likelihood, and the sums from which the next components are made.

    Notes
    -----
    **Passes** 1. **Cost** for matrices 2 n_features multiply-adds a value and component, for
    diagonals 4; the state is as large as the components. **Error** a few ulp of the whitened
    values. **Source** Dempster, Laird, Rubin (1977), Maximum likelihood from incomplete data via
    the EM algorithm.
    """

    reusable: ClassVar[bool] = False
    mixture: Mixture

    def zero(self) -> MixtureSums:
        n_components, n_features = self.mixture.means.shape
        squares: tuple[int, ...] = (n_components, n_features)
        if self.mixture.is_full:
            squares = (n_components, n_features, n_features)
        elif self.mixture.shared:
            squares = (0,)
        return MixtureSums(
            0,
            0.0,
            0.0,
            np.zeros(n_components),
            np.zeros((n_components, n_features)),
            np.zeros(squares),
        )

    def update(self, state: MixtureSums, rows: Rows) -> MixtureSums:
        mixture = self.mixture
        for part, white, log_densities in mixture.tiles(rows):
            of_rows, shares = mixture.responsibilities(log_densities, rows.take(part))
            likelihood = float(of_rows.sum())
            entropy = 0.0
            if mixture.choice == "soft":
                # of logarithms that are exactly 0 where a row has one component
                log_densities -= of_rows
                entropy = -float(np.vdot(shares, log_densities))
            if mixture.is_full:
                sums = np.matmul(white, shares[:, :, np.newaxis])[:, :, 0]
                squares = np.matmul(white * shares[:, np.newaxis], white.transpose(0, 2, 1))
            else:
                sums = shares @ white.T
                squares = np.zeros(0) if mixture.shared else shares @ np.square(white).T
            found = MixtureSums(
                len(of_rows), likelihood, entropy, shares.sum(axis=1), sums, squares
            )
            state = self.merge(state, found)
        return state

    def merge(self, left: MixtureSums, right: MixtureSums) -> MixtureSums:
        return MixtureSums(
            left.count + right.count,
            left.log_likelihood + right.log_likelihood,
            left.entropy + right.entropy,
            left.weights + right.weights,
            left.sums + right.sums,
            left.squares + right.squares,
        )

    def value(self, state: MixtureSums) -> MixtureSums:
        return state

    def state_bytes(self, n_columns: int) -> int:
        zero = self.zero()
        return zero.weights.nbytes + zero.sums.nbytes + zero.squares.nbytes

    def suspect(self, state: MixtureSums) -> bool:
        return not (np.isfinite(state.log_likelihood) and np.isfinite(state.sums).all())


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Sum of the log densities of some rows."""

    count: int
    log_likelihood: float


@dataclass(frozen=True)
class MixtureLikelihood(Statistic[Likelihood, Likelihood]):
    """How likely rows are under a mixture.

    Notes
    -----
    **Passes** 1. **Cost** and **Error** as the first half of `MixtureStep`.
    """

    reusable: ClassVar[bool] = False
    mixture: Mixture

    def zero(self) -> Likelihood:
        return Likelihood(0, 0.0)

    def update(self, state: Likelihood, rows: Rows) -> Likelihood:
        for part, _, log_densities in self.mixture.tiles(rows):
            of_rows, _ = self.mixture.responsibilities(log_densities, rows.take(part))
            state = self.merge(state, Likelihood(len(of_rows), float(of_rows.sum())))
        return state

    def merge(self, left: Likelihood, right: Likelihood) -> Likelihood:
        return Likelihood(left.count + right.count, left.log_likelihood + right.log_likelihood)

    def value(self, state: Likelihood) -> Likelihood:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 16

    def suspect(self, state: Likelihood) -> bool:
        return not np.isfinite(state.log_likelihood)


def component_moments(
    mixture: Mixture, sums: MixtureSums, scatter: Array, mean: Array, regularisation: float
) -> tuple[Array, Array, Array]:
    """Weights, means and covariances of the components, as scikit-learn's M-step has them.

    Parameters
    ----------
    mixture : Mixture
        At which the sums were taken.
    sums : MixtureSums
    scatter : ndarray of shape (n_features, n_features)
        Of all rows; looked at where components share a covariance.
    mean : ndarray of shape (n_features,)
        Of all rows.
    regularisation : float
        Added to variances.
    """
    n_features = len(mean)
    # what keeps a component that has lost all rows
    weights = sums.weights + 10 * np.finfo(np.float64).eps
    shift = mixture.mapped.shift
    if mixture.is_full:
        unwhiten = np.linalg.inv(mixture.whitening)
        moved = np.einsum("kij,ki->kj", unwhiten, sums.sums)
        old = mixture.means + shift
        means = (moved + sums.weights[:, np.newaxis] * old) / weights[:, np.newaxis]
        gap = means - old
        covariances = unwhiten.transpose(0, 2, 1) @ sums.squares @ unwhiten
        cross = gap[:, :, np.newaxis] * moved[:, np.newaxis, :]
        covariances -= cross + cross.transpose(0, 2, 1)
        spread = gap[:, :, np.newaxis] * gap[:, np.newaxis, :]
        covariances += sums.weights[:, np.newaxis, np.newaxis] * spread
        covariances /= weights[:, np.newaxis, np.newaxis]
        covariances += regularisation * np.eye(n_features)
        return weights, means, covariances
    raw = sums.sums @ np.linalg.inv(mixture.whitening) if mixture.shared else sums.sums
    own = raw / weights[:, np.newaxis]
    means = (raw + sums.weights[:, np.newaxis] * shift) / weights[:, np.newaxis]
    if mixture.shared:
        gap = means - mean
        shared = (scatter - (weights * gap.T) @ gap) / weights.sum()
        return weights, means, shared + regularisation * np.eye(n_features)
    variances = sums.squares / weights[:, np.newaxis] - own**2 + regularisation
    return weights, means, variances
