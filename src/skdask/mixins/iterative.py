"""Linear models that are fitted by passes over a loss: many candidates and folds side by side.

What the estimators of this family share: a first look at the target, objectives made from it,
groups of problems that differ in their folds only and so share a model of the Hessian, warm
starts, and what is said when a solver ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skdask.passes import Algorithm, together
from skdask.routes.fitting import remember_features, warn_not_converged
from skdask.routes.view import View
from skdask.solvers.glm import GlmObjective, hessian_model
from skdask.solvers.kinks import minimise_side_by_side
from skdask.solvers.quasi_newton import Minimum, minimise
from skdask.statistics.kinked import KinkedProblem

Groups = dict[Any, list[tuple[int, int, GlmObjective]]]


class IterativeLinear:
    """Fits one objective, or one an output, by `quasi_newton.minimise`."""

    max_iter: int
    tol: float
    coef_: Any
    intercept_: Any

    def look(self, view: View) -> Algorithm[Any]:
        """What must be known of the target before there is an objective."""
        raise NotImplementedError

    def rows_in(self, looked: Any) -> int:
        """How many rows a look has found."""
        return int(looked.count)

    def objectives(self, view: View, looked: Any) -> list[GlmObjective]:
        """The problems to be solved."""
        raise NotImplementedError

    def conclude(
        self, minima: list[Minimum], objectives: list[GlmObjective], view: View, n_rows: int
    ) -> tuple[str, ...]:
        """Set the fitted attributes; returns sentences for the fit report."""
        raise NotImplementedError

    def tolerance(self, objective: GlmObjective) -> float:
        """Largest component of the mean loss's gradient at which a problem is solved."""
        return self.tol

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        (outcome,) = yield from self.algorithm_together([self], [view])
        return outcome

    @classmethod
    def algorithm_together(
        cls, estimators: Sequence[Self], views: Sequence[View]
    ) -> Algorithm[list[tuple[str, ...]]]:
        """Fit several at once; those that differ in their folds only share a Hessian."""
        looks = yield from together(
            [estimator.look(view) for estimator, view in zip(estimators, views, strict=True)]
        )
        problems = [
            estimator.objectives(view, looked)
            for estimator, view, looked in zip(estimators, views, looks, strict=True)
        ]
        groups: Groups = defaultdict(list)
        for position, (estimator, several) in enumerate(zip(estimators, problems, strict=True)):
            for number, objective in enumerate(several):
                key = (_params_key(estimator), objective.shape, objective.problem.kernel, number)
                groups[key].append((position, number, objective))
        n_rows = max(
            estimator.rows_in(looked) for estimator, looked in zip(estimators, looks, strict=True)
        )
        alone = len(estimators) == 1
        found = yield from together(
            [_descend(estimators, group, n_rows, alone) for group in groups.values()]
        )
        minima: dict[tuple[int, int], Minimum] = {}
        for group, ends in zip(groups.values(), found, strict=True):
            for (position, number, _), minimum in zip(group, ends, strict=True):
                minima[position, number] = minimum
        outcomes = []
        for position, (estimator, view) in enumerate(zip(estimators, views, strict=True)):
            several = problems[position]
            own = [minima[position, number] for number in range(len(several))]
            rows = estimator.rows_in(looks[position])
            outcomes.append(estimator.conclude(own, several, view, rows))
            remember_features(estimator, view)
            failed = [minimum for minimum in own if not minimum.converged]
            if failed:
                warn_not_converged(estimator, failed[0].outcome)
        return outcomes

    def start_near(self, models: Sequence[Any]) -> None:
        """Start the next fit on blocks from the mean of other fits, such as those of the folds."""
        if len({np.shape(model.coef_) for model in models}) > 1:
            # steps before it made other columns of each fold, such as words that not all have
            return
        self._guess = (
            np.mean([model.coef_ for model in models], axis=0),
            np.mean([model.intercept_ for model in models], axis=0),
        )

    def known_start(
        self, n_outputs: int, n_features: int, warm: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Coefficients (n_outputs, n_features) and intercepts to start from, where there are."""
        guess = self.__dict__.pop("_guess", None)
        if guess is None and warm and hasattr(self, "coef_"):
            guess = (self.coef_, self.intercept_)
        if guess is None:
            return None
        coef = np.atleast_2d(np.asarray(guess[0], dtype=np.float64))
        if coef.shape != (n_outputs, n_features):
            return None
        return coef, np.broadcast_to(np.asarray(guess[1], dtype=np.float64), n_outputs)


def stacked(start: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Coefficients and intercepts as the parameters of an objective."""
    coef, intercept = start
    return np.column_stack([coef, intercept]).ravel()


def _descend(
    estimators: Sequence[IterativeLinear],
    group: list[tuple[int, int, GlmObjective]],
    n_rows: int,
    alone: bool,
) -> Algorithm[list[Minimum]]:
    objectives = [objective for _, _, objective in group]
    first = estimators[group[0][0]]
    if isinstance(objectives[0].problem, KinkedProblem):
        tol, most = first.tolerance(objectives[0]), first.max_iter
        return (yield from minimise_side_by_side(objectives, n_rows, tol, most, alone))
    model = hessian_model(objectives, n_rows, alone)
    tol = first.tolerance(objectives[0])
    return (yield from minimise(objectives, model, tol, first.max_iter))


def _params_key(estimator: Any) -> str:
    return repr(sorted(estimator.get_params(deep=False).items(), key=lambda item: item[0]))
