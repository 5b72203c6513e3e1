"""Components of data so wide that their covariance has no room: a few, over several passes.

The route is chosen by the memory that the covariance would take. Up to there every solver is
exact in one pass; beyond, a solver that scikit-learn calls randomized or arpack gives the leading
components from products of the covariance with a few directions.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skdask import config
from skdask.exceptions import MemoryBudgetError
from skdask.passes import Algorithm, ask
from skdask.routes.view import View
from skdask.solvers.krylov import Leading, leading_eigenvectors
from skdask.statistics import ColumnSummary
from skdask.statistics.mapped import Mapped
from skdask.statistics.products import ScatterProduct

Array = NDArray[np.float64]

# States of a pass and of its merges that are there together, at least
_STATES = 8
# Passes of "arpack", and the residual that it goes on to with tol=0
_MOST_PASSES = 100
_SETTLED = 1e-10
# A randomised solver is not asked for more, and stops early where it has it
_ENOUGH = 1e-9


def too_wide(view: View) -> bool:
    """Whether matrices of the square of the columns leave no room in the memory limit."""
    return view.affine.by_column and _STATES * _matrix_bytes(view) > config.get().budget


def check_has_room(view: View, name: str, wanted: str) -> None:
    """Raise, with what to do, where even one matrix of the covariance has no room."""
    needed, budget = _matrix_bytes(view), config.get().budget
    if needed > budget:
        raise MemoryBudgetError(
            f"{name} of {view.n_features:,} columns takes a covariance of {format_bytes(needed)}, "
            f"but the memory limit is {format_bytes(budget)}. {wanted} takes some passes and no "
            "covariance; or reduce the columns first, or raise "
            "skdask.config.set(memory_limit=...)."
        )


def _matrix_bytes(view: View) -> int:
    return 8 * view.n_features**2


@dataclass(frozen=True)
class Search:
    """How leading components are looked for.

    Attributes
    ----------
    n_components, n_oversamples : int
    n_iter : int or "auto"
        Of a randomised solver.
    to_the_end : bool
        Whether to go on until components have settled, as arpack does.
    tol : float
        Of that.
    random_state : any
    """

    n_components: int
    n_oversamples: int
    n_iter: Any
    to_the_end: bool
    tol: float
    random_state: Any

    def most_passes(self, most: int) -> int:
        """Passes for data of which rows or columns are so many, whichever are fewer."""
        if self.to_the_end:
            return _MOST_PASSES
        if self.n_iter == "auto":
            return 8 if self.n_components < 0.1 * most else 5
        return int(self.n_iter) + 1


def find_leading(
    search: Search, columns: ColumnSummary, view: View, name: str, *, centred: bool
) -> Algorithm[tuple[Leading, tuple[str, ...]]]:
    """The leading eigenvectors of the scatter of the rows, and a sentence for the report.

    Notes
    -----
    **Passes** as `Search.most_passes` says at most, after the one of the columns' moments.
    """
    n_rows, n_features = int(columns.count.max()), view.n_features
    most = min(n_rows, n_features)
    mean = columns.mean
    mapped = Mapped(view.affine, np.zeros(n_features))
    if centred:
        mapped = Mapped.around(
            view.affine,
            mean,
            columns.scatter / n_rows,
            weighted=False,
            keep_zeros=view.facts.sparse,
        )
    left = mean - mapped.shift

    def product(directions: Array) -> Algorithm[Array]:
        found: Array = yield from ask(ScatterProduct(mapped, directions), view.rows, name)
        return found - n_rows * np.outer(left, left @ directions) if centred else found

    n_directions = min(search.n_components + search.n_oversamples, most)
    random = check_random_state(search.random_state)
    start = random.standard_normal((n_features, n_directions))
    tol = max(search.tol, _SETTLED) if search.to_the_end else _ENOUGH
    found = yield from leading_eigenvectors(
        product, start, search.n_components, search.most_passes(most), tol
    )
    if search.to_the_end and not found.converged:
        warnings.warn(
            f"{name} has not settled within {found.passes} passes: a residual of "
            f"{found.residual:.1e} is left. Take more n_oversamples, or a larger tol.",
            ConvergenceWarning,
            stacklevel=2,
        )
    told = (
        f"{n_features:,} columns: {n_directions} directions and {found.passes} passes in the "
        f"place of a covariance of {format_bytes(_matrix_bytes(view))}, residual "
        f"{found.residual:.1e}"
    )
    return found, (told,)
