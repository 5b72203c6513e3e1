"""Moments of power-transformed columns and of their derivatives by the exponent.

The likelihood of an exponent needs the variance of the transformed column and the mean of its
logarithms; the first and second derivative of the likelihood need the covariances of the
transformed column with its own derivatives. All of them are taken at several exponents in one
sweep, since the logarithm, which is the cost, is the same for all.

Both families are one function: with T the logarithm of the distance from the fixed point and s the
side on which a value lies, the transformed value is s T phi(m T), with phi(z) = (exp(z) - 1) / z,
m the exponent, or two less the exponent on the other side of zero.

Far from the fixed point and at steep exponents the values differ in their last digits alone. So
where a column lies on one side, a centre c is taken from its T: that scales and shifts the
transformed column, by exp(m c) and s c phi(m c), and leaves its digits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import factorial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.tiles import feature_array, float64_tile, tile_slices

Array = NDArray[np.float64]

# below this the series is closer than the formula
_SMALL = 0.5
# of the second derivative of (exp(z) - 1) / z, the highest power first
_SERIES = tuple((k + 2) * (k + 1) / factorial(k + 3) for k in range(14, -1, -1))
# pairs of (value, first derivative, second derivative) whose products are summed
_PAIRS = ((0, 0), (0, 1), (1, 1), (0, 2))


@dataclass(frozen=True, slots=True)
class PowerState:
    """Moments of each column at each exponent; arrays begin with (n_exponents, n_features).

    All are of logarithms less the centre of their column.

    Attributes
    ----------
    count : ndarray of shape (n_features,)
        Known values.
    logs : ndarray of shape (n_features,)
        Sum of the signed logarithms.
    mean : ndarray of shape (n_exponents, n_features, 3)
        Of the transformed column and of its first and second derivative.
    scatter : ndarray of shape (n_exponents, n_features, 4)
        Centred sums of the products of `_PAIRS`.
    smallest : ndarray of shape (n_features,)
    largest : ndarray of shape (n_features,)
    """

    count: NDArray[np.int64]
    logs: Array
    mean: Array
    scatter: Array
    smallest: Array
    largest: Array


@dataclass(frozen=True)
class PowerMoments(Statistic[PowerState, PowerState]):
    """Moments of columns after power transforms, and of the derivatives by the exponent.

    Parameters
    ----------
    exponents : ndarray of shape (n_exponents, n_features)
    box_cox : bool
        Whether the family is Box and Cox's; else Yeo and Johnson's.
    through : Affine or None
        A map that is applied to the rows first.
    centre : ndarray of shape (n_features,) or None
        Taken from the logarithms; 0 for a column that lies on both sides.

    Notes
    -----
    **Passes** 1. **Cost** a logarithm a value and an exponential a value and exponent. **Error**
    that of sums: centred tile by tile. **Source** Box, Cox (1964), An analysis of
    transformations; Yeo, Johnson (2000), A new family of power transformations.
    """

    reusable: ClassVar[bool] = False
    accepts_nan: ClassVar[bool] = True
    exponents: Array = field(compare=False)
    box_cox: bool = False
    through: Affine | None = None
    centre: Array | None = field(default=None, compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.exponents, self.centre))

    def zero(self) -> PowerState:
        shape = self.exponents.shape
        return PowerState(
            np.zeros(shape[1], np.int64),
            np.zeros(shape[1]),
            np.zeros((*shape, 3)),
            np.zeros((*shape, 4)),
            np.full(shape[1], np.inf),
            np.full(shape[1], -np.inf),
        )

    def update(self, state: PowerState, rows: Rows) -> PowerState:
        X = feature_array(rows)
        # a tile is met with its logarithms and three values at an exponent
        for tile in tile_slices(rows.n_rows, 4 * self.exponents.shape[1]):
            values = float64_tile(X, tile)
            if self.through is not None:
                values = self.through.apply(values)
            with np.errstate(all="ignore"):
                state = self.merge(state, self._of_tile(values))
        return state

    def _of_tile(self, values: Array) -> PowerState:
        known = ~np.isnan(values)
        side = np.ones(values.shape) if self.box_cox else np.where(values < 0, -1.0, 1.0)
        logs = np.log(values) if self.box_cox else np.log1p(np.abs(values))
        if self.centre is not None:
            logs -= self.centre
        logs[~known] = 0.0
        count = known.sum(axis=0)
        found = self.zero()
        gaps = None if known.all() else known
        for row, exponent in enumerate(self.exponents):
            power = np.where(side < 0, 2.0 - exponent, exponent)
            found.mean[row], found.scatter[row] = _moments(
                transformed(logs, side, power), gaps, count
            )
        smallest = np.fmin.reduce(values, axis=0, initial=np.inf)
        return PowerState(
            count,
            (side * logs).sum(axis=0),
            found.mean,
            found.scatter,
            smallest,
            np.fmax.reduce(values, axis=0, initial=-np.inf),
        )

    def merge(self, left: PowerState, right: PowerState) -> PowerState:
        count = left.count + right.count
        share = right.count / np.maximum(count, 1)
        with np.errstate(all="ignore"):
            gap = right.mean - left.mean
            mean = np.where(left.count[:, np.newaxis] == 0, right.mean, left.mean)
            both = (left.count > 0) & (right.count > 0)
            mean = np.where(both[:, np.newaxis], left.mean + gap * share[:, np.newaxis], mean)
            products = np.stack([gap[..., a] * gap[..., b] for a, b in _PAIRS], axis=-1)
            weight = np.where(both, left.count * share, 0.0)[:, np.newaxis]
            scatter = left.scatter + right.scatter + np.where(weight > 0, products * weight, 0.0)
        return PowerState(
            count,
            left.logs + right.logs,
            mean,
            scatter,
            np.fmin(left.smallest, right.smallest),
            np.fmax(left.largest, right.largest),
        )

    def value(self, state: PowerState) -> PowerState:
        return state

    def state_bytes(self, n_columns: int) -> int:
        n_exponents, n_features = self.exponents.shape
        return n_features * (32 + 56 * n_exponents)

    def suspect(self, state: PowerState) -> bool:
        return bool((state.smallest == -np.inf).any() or (state.largest == np.inf).any())


def transformed(logs: Array, side: Array, power: Array) -> tuple[Array, Array, Array]:
    """The transformed values and their first and second derivative by the exponent."""
    z = power * logs
    growth, first, second = _phi(z)
    squares = logs * logs
    return side * logs * growth, squares * first, side * squares * logs * second


def uncentred(
    centre: Array, side: Array, power: Array, mean: Array, scatter: Array
) -> tuple[Array, Array]:
    """Mean and scatter of the transformed columns from those of centred ones."""
    growth = np.exp(power * centre)
    return growth * mean + side * centre * _phi(power * centre)[0], growth**2 * scatter


def _phi(z: Array) -> tuple[Array, Array, Array]:
    """phi(z) = (exp(z) - 1) / z and its first two derivatives."""
    grown = np.expm1(z)
    near = np.abs(z) < _SMALL
    some_near = bool(near.any())
    inverse = 1.0 / (np.where(near, 1.0, z) if some_near else z)
    phi = grown * inverse
    # z phi' + phi = exp(z), and z phi'' + 2 phi' = exp(z)
    grown += 1.0
    first = (grown - phi) * inverse
    second = (grown - 2.0 * first) * inverse
    if some_near:
        # the same backwards, from the highest, loses no digits
        small, exponential = z[near], grown[near]
        top = np.zeros_like(small)
        for coefficient in _SERIES:  # Horner's scheme
            top *= small
            top += coefficient
        second[near] = top
        first[near] = (exponential - small * top) / 2.0
        phi[near] = exponential - small * first[near]
    return phi, first, second


def _moments(
    parts: tuple[Array, Array, Array], known: NDArray[np.bool_] | None, count: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Means, and centred sums of products, over the known values."""
    if known is not None:
        parts = tuple(np.where(known, part, 0.0) for part in parts)  # type: ignore[assignment]
    several = np.maximum(count, 1)
    means = [part.sum(axis=0) / several for part in parts]
    centred = [part - mean for part, mean in zip(parts, means, strict=True)]
    if known is not None:
        centred = [np.where(known, part, 0.0) for part in centred]
    products = [np.einsum("ij,ij->j", centred[a], centred[b]) for a, b in _PAIRS]
    return np.stack(means, axis=-1), np.stack(products, axis=-1)
