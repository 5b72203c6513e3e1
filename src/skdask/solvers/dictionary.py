"""Dictionary learning over passes: codes of all rows, then every atom from their products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skdask.passes.request import Algorithm, RowSet, ask
from skdask.statistics.coding import CodeStep, CodeSums
from skdask.statistics.mapped import Mapped

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DictionaryProblem:
    """Rows to be coded.

    Attributes
    ----------
    mapped : Mapped
    rows : RowSet
    method : {"lasso_lars", "lasso_cd"}
    alpha : float
    tol : float
        Share of the cost by which it must fall.
    max_iter : int
    coding_iter : int
    positive_code : bool
    update : callable
        From (dictionary, gram, cross) to the next dictionary.
    asked_by : str
    """

    mapped: Mapped
    rows: RowSet
    method: str
    alpha: float
    tol: float
    max_iter: int
    coding_iter: int
    positive_code: bool
    update: Callable[[Array, Array, Array], Array]
    asked_by: str


@dataclass(frozen=True)
class LearntDictionary:
    """Where a run has ended.

    Attributes
    ----------
    dictionary : ndarray of shape (n_components, n_features)
    costs : list of float
        After each iteration.
    converged : bool
    """

    dictionary: Array
    costs: list[float]
    converged: bool


def learn_dictionary(problem: DictionaryProblem, start: Array) -> Algorithm[LearntDictionary]:
    """Alternate between codes and atoms until the cost has settled.

    Notes
    -----
    **Passes** one an iteration. **Cost**, **Error** and **Source** as `CodeStep`. The cost after
    an update of the atoms follows from the products that it was made of.
    """
    dictionary, costs = start, []
    for n_iter in range(problem.max_iter):
        statistic = CodeStep(
            problem.mapped, dictionary, problem.method, problem.alpha, problem.coding_iter,
            problem.positive_code,
        )  # fmt: skip
        sums: CodeSums = yield from ask(statistic, problem.rows, problem.asked_by)
        dictionary = problem.update(dictionary, sums.pairs, sums.cross)
        inner = 2.0 * np.vdot(sums.cross.T, dictionary)
        inner -= np.vdot(sums.pairs @ dictionary, dictionary)
        costs.append(float(0.5 * (sums.squares - inner) + problem.alpha * sums.sizes))
        if n_iter and costs[-2] - costs[-1] < problem.tol * costs[-1]:
            return LearntDictionary(dictionary, costs, True)
    return LearntDictionary(dictionary, costs, False)
