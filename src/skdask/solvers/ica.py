"""FastICA over passes: fixed-point iterations for one direction after the other, or for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from skdask.passes.request import Algorithm, RowSet, ask
from skdask.statistics.ica import Contrast, ContrastStep, ContrastSums
from skdask.statistics.mapped import Mapped

Array = NDArray[np.float64]


@dataclass(frozen=True)
class IcaProblem:
    """Rows whose independent components are sought.

    Attributes
    ----------
    mapped : Mapped
    rows : RowSet
    whitening : ndarray of shape (n_components, n_features)
        From mapped rows to white ones.
    kind : str
    contrast : callable
    tol : float
    max_iter : int
    asked_by : str
    """

    mapped: Mapped
    rows: RowSet
    whitening: Array
    kind: str
    contrast: Contrast
    tol: float
    max_iter: int
    asked_by: str

    def step(self, unmixing: Array) -> Algorithm[Array]:
        """The next directions before they are made orthogonal, from the rows."""
        directions = unmixing @ self.whitening
        statistic = ContrastStep(self.mapped, directions, self.kind, self.contrast)
        sums: ContrastSums = yield from ask(statistic, self.rows, self.asked_by)
        products = sums.products @ self.whitening.T / sums.count
        return products - (sums.slopes / sums.count)[:, np.newaxis] * unmixing


@dataclass(frozen=True)
class Unmixing:
    """Where the iterations have ended.

    Attributes
    ----------
    matrix : ndarray of shape (n_components, n_components)
        From white rows to sources.
    n_iter : int
        As scikit-learn counts: of the component that took most.
    converged : bool
    """

    matrix: Array
    n_iter: int
    converged: bool


Solver = Callable[[IcaProblem, Array], Algorithm[Unmixing]]


def parallel(problem: IcaProblem, start: Array) -> Algorithm[Unmixing]:
    """All directions at once, made orthogonal symmetrically.

    Notes
    -----
    **Passes** one an iteration. **Cost**, **Error** and **Source** as `ContrastStep`; from the
    same start it takes scikit-learn's iterations.
    """
    unmixing = _decorrelated(start)
    for n_iter in range(1, problem.max_iter + 1):
        found = yield from problem.step(unmixing)
        moved = _decorrelated(found)
        change = np.abs(np.abs(np.einsum("ij,ij->i", moved, unmixing)) - 1.0).max()
        unmixing = moved
        if change < problem.tol:
            return Unmixing(unmixing, n_iter, True)
    return Unmixing(unmixing, problem.max_iter, False)


def deflation(problem: IcaProblem, start: Array) -> Algorithm[Unmixing]:
    """One direction after the other, each orthogonal to those before.

    Notes
    -----
    **Passes** one an iteration of each direction. Otherwise as `parallel`.
    """
    found = np.zeros_like(start)
    counts, converged = [], True
    for component in range(len(start)):
        direction = start[component] / np.sqrt((start[component] ** 2).sum())
        settled, n_iter = False, 0
        while not settled and n_iter < problem.max_iter:
            (moved,) = yield from problem.step(direction[np.newaxis])
            known = found[:component]
            moved = moved - moved @ known.T @ known
            moved /= np.sqrt((moved**2).sum())
            change = abs(abs(float(moved @ direction)) - 1.0)
            direction = moved
            settled = change < problem.tol
            n_iter += 1
        found[component] = direction
        counts.append(n_iter)
        converged = converged and settled
    return Unmixing(found, max(counts), converged)


def _decorrelated(unmixing: Array) -> Array:
    """The orthogonal matrix next to it: (W W.T)**-0.5 W."""
    squares, vectors = linalg.eigh(unmixing @ unmixing.T)
    squares = np.maximum(squares, np.finfo(np.float64).tiny)
    nearest: Array = (vectors / np.sqrt(squares)) @ vectors.T @ unmixing
    return nearest
