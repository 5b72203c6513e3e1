"""What the moments of a data set say, and a small data set that says the same.

A `MomentSummary` is the value of `Moments` and of `Factor`. It maps through an affine step
without the rows, and it can be turned into moment-equivalent rows: p + 1 rows with exactly the
mean and the covariance of all rows, on which scikit-learn's own solvers give the fit of all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from skdask.statistics.affine import Affine


@dataclass(frozen=True)
class MomentSummary:
    """Count, weight, mean and centred scatter of some columns.

    Attributes
    ----------
    count : int
        Rows seen.
    weight : float
        Their total weight: the count where rows are not weighted.
    mean : ndarray of shape (n_columns,)
    scatter : ndarray of shape (n_columns, n_columns) or None
        Sum over rows of weight times the outer product of the deviations from the mean; None
        where the summary came from a QR factor.
    factor : ndarray of shape (n_rows, n_columns) or None
        A matrix whose Gram matrix is the scatter, where the summary came from a QR factor.
    """

    count: int
    weight: float
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64] | None = None
    factor: NDArray[np.float64] | None = None

    @cached_property
    def gram(self) -> NDArray[np.float64]:
        """The centred scatter, whichever form the summary has."""
        if self.scatter is not None:
            return self.scatter
        assert self.factor is not None
        return self.factor.T @ self.factor

    @cached_property
    def variance(self) -> NDArray[np.float64]:
        """Variance of each column, divided by the total weight."""
        if self.factor is not None:
            squares = np.einsum("ij,ij->j", self.factor, self.factor)
        else:
            squares = np.diagonal(self.gram)
        return squares / self.weight

    def through(self, affine: Affine) -> MomentSummary:
        """The summary after a map of the first columns; columns after them stay."""
        rest = len(self.mean) - affine.n_inputs
        mean = np.concatenate([self._mapped_mean(affine), self.mean[affine.n_inputs :]])
        if affine.by_column:
            scale = np.concatenate([affine.factor, np.ones(rest)])
            scatter = None if self.scatter is None else self.scatter * np.outer(scale, scale)
            factor = None if self.factor is None else self.factor * scale
        else:
            whole = linalg.block_diag(affine.factor, np.eye(rest))
            scatter = None if self.scatter is None else whole.T @ self.scatter @ whole
            factor = None if self.factor is None else self.factor @ whole
        return MomentSummary(self.count, self.weight, mean, scatter, factor)

    def _mapped_mean(self, affine: Affine) -> NDArray[np.float64]:
        raw = self.mean[: affine.n_inputs]
        moved = raw * affine.factor if affine.by_column else raw @ affine.factor
        return moved + affine.offset

    def columns(self, kept: slice) -> MomentSummary:
        """The summary of some of the columns."""
        return MomentSummary(
            self.count,
            self.weight,
            self.mean[kept],
            None if self.scatter is None else self.scatter[kept, kept],
            None if self.factor is None else self.factor[:, kept],
        )

    def condition(self, penalty: float = 0.0, *, alike: bool = True) -> float:
        """Condition number of the scatter plus a ridge penalty, its columns scaled alike or not.

        Columns that do not vary are left out. Solving from the scatter loses about this factor of
        the float64 precision; solving from a QR factor loses its square root.
        """
        varying = np.diagonal(self.gram) > 0.0
        if not varying.any():
            return 1.0
        gram = self.gram[np.ix_(varying, varying)] + penalty * np.eye(int(varying.sum()))
        spread = np.sqrt(np.diagonal(gram)) if alike else np.ones(len(gram))
        eigenvalues = linalg.eigvalsh(gram / np.outer(spread, spread))
        smallest, largest = eigenvalues[0], eigenvalues[-1]
        return float(largest / smallest) if smallest > 0.0 else float("inf")

    def condition_at_most(self, penalty: float) -> float:
        """A bound of the condition with a ridge penalty that takes no eigenvalues.

        With columns scaled alike no eigenvalue is above the largest row sum of magnitudes, by
        Gershgorin, and none below the penalty as a share of the largest diagonal entry.
        """
        diagonal = np.diagonal(self.gram)
        if penalty <= 0.0 or not diagonal.any():
            return float("inf")
        spread = np.sqrt(diagonal + penalty)
        rows = np.abs(self.gram) @ (1.0 / spread)
        largest = float(np.max((rows + penalty / spread) / spread))
        return largest * float(diagonal.max() + penalty) / penalty

    def square_root(self) -> NDArray[np.float64]:
        """A matrix R with R.T @ R equal to the scatter, by Cholesky or, if singular, eigh."""
        if self.factor is not None:
            if len(self.factor) <= len(self.mean):
                return self.factor
            return triangle(self.factor)
        # what a projection leaves of directions without any spread is rounded to either side of 0
        spread = np.sqrt(np.maximum(np.diagonal(self.gram), 0.0))
        divisor = np.where(spread > 0.0, spread, 1.0)
        correlation = self.gram / np.outer(divisor, divisor)
        try:
            return linalg.cholesky(correlation) * spread
        except linalg.LinAlgError:
            eigenvalues, vectors = linalg.eigh(correlation)
            roots = np.sqrt(np.maximum(eigenvalues, 0.0))
            return roots[:, np.newaxis] * vectors.T * spread

    def equivalent_rows(self, n_rows: int | None = None) -> NDArray[np.float64]:
        """Moment-equivalent rows: a few rows with this mean and (biased) covariance.

        There are n_columns + 1 of them unless more are wanted. Each stands for
        ``weight / n_rows`` rows where an objective is a sum over rows.
        """
        n_columns = len(self.mean)
        n_rows = n_columns + 1 if n_rows is None else n_rows
        root = self.square_root()
        # The Householder reflection that swaps the vector of ones (normed) and the last unit
        # vector: its other columns are orthonormal and sum to zero.
        mirror = np.full(n_rows, -1.0 / np.sqrt(n_rows))
        mirror[-1] += 1.0
        mirror /= np.linalg.norm(mirror)
        rows = np.zeros((n_rows, n_columns))
        rows[: len(root)] = root * np.sqrt(n_rows / self.weight)
        rows -= np.outer(2.0 * mirror, mirror @ rows)
        rows += self.mean
        return rows


def triangle(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The triangular factor of a QR decomposition."""
    # NumPy's stub does not know that this mode returns one array
    return np.asarray(np.linalg.qr(columns, mode="r"))
