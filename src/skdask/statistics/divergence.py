"""One multiplicative step of non-negative matrix factorisation for any beta divergence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask._sklearn import nmf_component_parts, nmf_divergence, nmf_weights
from skdask.rows import Rows, is_sparse
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.mapped import Mapped
from skdask.statistics.nmf import nonnegative_rows

Array = NDArray[np.float64]

# Multiplicative updates of a tile's weights, at most, and the relative change that ends them
_UPDATES = 100
_SETTLED = 1e-4


@dataclass(frozen=True, slots=True)
class DivergenceSums:
    """Sums over rows.

    Attributes
    ----------
    count : int
    divergence : float
        Of the rows from what their weights make.
    numerator, denominator : ndarray of shape (n_components, n_features)
        Parts of the next components.
    """

    count: int
    divergence: float
    numerator: Array
    denominator: Array


@dataclass(frozen=True)
class DivergenceStep(Statistic[DivergenceSums, DivergenceSums]):
    """Parts of the next components, from rows and weights found for the components at hand.

    Parameters
    ----------
    mapped : Mapped
    components : ndarray of shape (n_components, n_features)
    beta : float
    gamma : float
        The power that makes the divergence fall.
    start : float
        What weights begin with.
    l1, l2 : float
        Penalties of a weight and of half its square.

    Notes
    -----
    **Passes** 1. **Cost** some tens of updates of 4 n_features multiply-adds a row and component.
    **Error** that of weights which have nearly settled. **Source** Fevotte, Idier (2011),
    Algorithms for nonnegative matrix factorization with the beta-divergence.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    mapped: Mapped
    components: Array = field(compare=False)
    beta: float
    gamma: float
    start: float
    l1: float = 0.0
    l2: float = 0.0
    asked_by: str = "NMF (input X)"
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.components))

    def zero(self) -> DivergenceSums:
        nothing = np.zeros(self.components.shape)
        return DivergenceSums(0, 0.0, nothing, nothing)

    def update(self, state: DivergenceSums, rows: Rows) -> DivergenceSums:
        for _, tile, _ in self.mapped.tiles(rows, 4 * sum(self.components.shape)):
            nonnegative_rows(tile, self.asked_by)
            X: Any = sparse.csr_matrix(tile) if is_sparse(tile) else tile
            if self.beta <= 0 and (X.nnz < np.prod(X.shape) if is_sparse(X) else not np.all(X)):
                raise ValueError(
                    "When beta_loss <= 0 and X contains zeros, the solver may diverge. Please add "
                    "small values to X, or use a positive beta_loss."
                )
            W = self._weights(X)
            numerator, denominator = nmf_component_parts(
                X, W, self.components, self.beta, self.gamma
            )
            divergence = nmf_divergence(X, W, self.components, self.beta)
            found = DivergenceSums(X.shape[0], divergence, numerator, denominator)
            state = self.merge(state, found)
        return state

    def _weights(self, X: Any) -> Array:
        """The weights of a tile, from the same start in every pass."""
        W = np.full((X.shape[0], len(self.components)), self.start)
        for _ in range(_UPDATES):
            before = W.copy()
            W = nmf_weights(X, W, self.components, self.beta, self.l1, self.l2, self.gamma)
            if np.linalg.norm(W - before) <= _SETTLED * np.linalg.norm(W):
                break
        if self.beta < 1:
            W[np.finfo(np.float64).eps > W] = 0.0
        return W

    def merge(self, left: DivergenceSums, right: DivergenceSums) -> DivergenceSums:
        return DivergenceSums(
            left.count + right.count,
            left.divergence + right.divergence,
            left.numerator + right.numerator,
            left.denominator + right.denominator,
        )

    def value(self, state: DivergenceSums) -> DivergenceSums:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 16 * self.components.size

    def suspect(self, state: DivergenceSums) -> bool:
        return not np.isfinite(state.divergence)
