"""Affine maps of the features, and how they act without touching a row.

Scaling, centring and projecting are affine: X -> X A + b. The moments of the mapped rows follow
from those of the raw rows, and a linear model on the mapped rows is a linear model on the raw
ones. So a pipeline of such steps needs statistics of the raw rows only, whatever its parameters
and in whichever fold they were fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skdask.statistics.base import array_token


@dataclass(frozen=True)
class Affine:
    """The map X -> X * factor + offset, or X -> X @ factor + offset; equal by contents.

    Attributes
    ----------
    factor : ndarray of shape (n_inputs,) or (n_inputs, n_outputs)
        One-dimensional where every column is only scaled by itself.
    offset : ndarray of shape (n_outputs,)
    """

    factor: NDArray[np.float64] = field(compare=False)
    offset: NDArray[np.float64] = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.factor, self.offset))

    @classmethod
    def identity(cls, n_features: int) -> Affine:
        return cls(np.ones(n_features), np.zeros(n_features))

    @classmethod
    def side_by_side(cls, maps: Sequence[Affine]) -> Affine:
        """The map to the outputs of all maps of the same columns, one after the other."""
        if len(maps) == 1:
            return maps[0]
        factor = np.hstack([each.matrix() for each in maps])
        return cls(factor, np.concatenate([each.offset for each in maps]))

    @property
    def n_inputs(self) -> int:
        return self.factor.shape[0]

    @property
    def n_outputs(self) -> int:
        return self.offset.shape[0]

    @property
    def by_column(self) -> bool:
        """Whether every output is one input column, scaled and moved."""
        return self.factor.ndim == 1

    @cached_property
    def is_identity(self) -> bool:
        return self.by_column and bool((self.factor == 1.0).all() and (self.offset == 0.0).all())

    @property
    def keeps_zeros(self) -> bool:
        """Whether zeros stay zeros, so that sparse rows stay sparse."""
        return self.by_column and not self.offset.any()

    def column_factors(self) -> NDArray[np.float64]:
        """The factors of a map that scales columns; an error for one that mixes them."""
        if not self.by_column:
            raise ValueError("the map mixes columns")
        return self.factor

    def matrix(self) -> NDArray[np.float64]:
        """The factor as a matrix of shape (n_inputs, n_outputs)."""
        return np.diag(self.factor) if self.by_column else self.factor

    def apply(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """The mapped rows, in float64."""
        wide = np.asarray(X, dtype=np.float64)
        mapped = wide * self.factor if self.by_column else wide @ self.factor
        mapped += self.offset
        return mapped

    def scaled(self, weight: float) -> Affine:
        """This map with all outputs multiplied."""
        return Affine(self.factor * weight, self.offset * weight)

    def then(self, after: Affine) -> Affine:
        """This map followed by another."""
        if after.by_column:
            factor, offset = self.factor * after.factor, self.offset * after.factor
        elif self.by_column:
            factor, offset = self.factor[:, np.newaxis] * after.factor, self.offset @ after.factor
        else:
            factor, offset = self.factor @ after.factor, self.offset @ after.factor
        return Affine(factor, offset + after.offset)

    def pull_back(
        self, coef: NDArray[np.float64], intercept: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The linear model on raw rows that equals this one on mapped rows.

        ``coef`` has shape (n_outputs, n_models), ``intercept`` (n_models,); the result has
        n_inputs in the place of n_outputs.
        """
        raw = self.factor[:, np.newaxis] * coef if self.by_column else self.factor @ coef
        return raw, intercept + self.offset @ coef

    def pull_back_gradient(
        self, gradient: NDArray[np.float64], intercept_gradient: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The gradient by the mapped coefficients from the one by the raw coefficients."""
        if self.by_column:
            mapped = self.factor[:, np.newaxis] * gradient
        else:
            mapped = self.factor.T @ gradient
        mapped += self.offset[:, np.newaxis] * intercept_gradient
        return mapped

    def extended(self) -> NDArray[np.float64]:
        """The matrix of shape (n_inputs + 1, n_outputs + 1) that maps [X, 1] to [X A + b, 1]."""
        whole = np.zeros((self.n_inputs + 1, self.n_outputs + 1))
        whole[:-1, :-1] = self.matrix()
        whole[-1, :-1] = self.offset
        whole[-1, -1] = 1.0
        return whole
