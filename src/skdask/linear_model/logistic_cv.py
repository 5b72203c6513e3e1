"""LogisticRegressionCV: all folds, penalties and ratios iterate in the same passes.

The folds of one penalty share a model of the Hessian, as they do in a search. One pass scores all
of them, and the refit starts from the mean of the folds' coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.metrics import get_scorer

from skdask._sklearn import RATIO_OF_MEANS
from skdask.blocks import is_big
from skdask.linear_model.logistic import check_several_classes, check_width, weight_by_class
from skdask.linear_model.logistic_grid import Grid, grid_of
from skdask.linear_model.logistic_penalty import check_solver, penalty_of
from skdask.metrics.scoring import Metric, score_of_card, score_with
from skdask.mixins.predictor import LazyClassifier
from skdask.passes import Algorithm, Request, together
from skdask.routes.fitting import (
    fit_on_blocks,
    forget_report,
    remember_features,
    warn_not_converged,
)
from skdask.routes.fold_rows import check_folds
from skdask.routes.lazy import refuse_parameters
from skdask.routes.view import View
from skdask.solvers.glm import GlmObjective, hessian_model
from skdask.solvers.quasi_newton import Minimum, Vector, minimise
from skdask.statistics import ClassTable, Labels, LogisticProblem
from skdask.statistics.class_scores import ClassScores

Array = NDArray[Any]
_NAME = "LogisticRegressionCV"


@dataclass(frozen=True)
class _Validated:
    """Models and scores of the grid; folds, penalties and ratios are the first three axes.

    Attributes
    ----------
    paths : ndarray of shape (n_folds, n_cs, n_ratios, n_outputs, n_features + 1)
    scores, n_iter : ndarray of shape (n_folds, n_cs, n_ratios)
    unsettled : list of Minimum
        Fits that did not converge.
    """

    paths: Array
    scores: Array
    n_iter: Array
    unsettled: list[Minimum]

    def _best(self) -> tuple[int, int]:
        by_point = self.scores.sum(axis=0)
        return divmod(int(by_point.argmax()), by_point.shape[1])

    def best(self, grid: Grid) -> tuple[Any, Any]:
        """C and ratio whose scores over all folds are best."""
        penalty, ratio = self._best()
        return grid.Cs[penalty], grid.ratios[ratio]

    def mean_of_best(self) -> Vector:
        """The mean over the folds of the best point's parameters."""
        penalty, ratio = self._best()
        mean: Vector = self.paths[:, penalty, ratio].mean(axis=0).ravel()
        return mean

    def average_of_best(self, grid: Grid) -> tuple[Any, Any, Array]:
        """Means over the folds of what is best in each: C, ratio and coefficients."""
        n_folds, _, n_ratios = self.scores.shape
        best = self.scores.reshape(n_folds, -1).argmax(axis=1)
        penalty, ratio = best // n_ratios, best % n_ratios
        mean_ratio = RATIO_OF_MEANS
        if grid.kind == "elasticnet":
            mean_ratio = np.mean(np.asarray(grid.ratios)[ratio])
        w = self.paths[np.arange(n_folds), penalty, ratio].mean(axis=0)
        return np.mean(grid.Cs[penalty]), mean_ratio, w


class LogisticRegressionCV(LazyClassifier, linear_model.LogisticRegressionCV):
    """Logistic regression, its penalty chosen by cross-validation, on data of any size.

    Subclasses :class:`sklearn.linear_model.LogisticRegressionCV` and has its parameters and
    attributes, in the legacy form too. In-memory data is handed to it. On blocks all folds,
    ``Cs`` and ``l1_ratios`` iterate side by side, each pass shared by all of them.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    Solvers and penalties are those of :class:`LogisticRegression`. Folds are any that put every
    row into exactly one test set. As in scikit-learn, ``class_weight="balanced"`` counts the
    classes of all rows, and ``intercept_scaling`` is not used by the refit.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LogisticRegressionCV
    >>> X = da.arange(40, chunks=20).reshape(40, 1) % 10
    >>> y = (X[:, 0] > 4).astype(int)
    >>> model = LogisticRegressionCV(
    ...     Cs=[0.01, 1], l1_ratios=(0,), scoring="neg_log_loss", use_legacy_attributes=False
    ... )
    >>> model.fit(X, y).C_
    1.0
    """

    validates_on_folds = True

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, **params: Any
    ) -> LogisticRegressionCV:
        """Fit the model with the penalty that does best.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        sample_weight : array-like of shape (n_rows,) or str
        **params : dict
            As in scikit-learn, for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, sample_weight, **params)
        refuse_parameters("fit", params)
        return fit_on_blocks(self, X, y, sample_weight)

    def score(self, X: Any, y: Any = None, *, sample_weight: Any = None, **params: Any) -> float:  # type: ignore[override]
        """The score by `scoring`; one pass over data on blocks."""
        if is_big(X):
            return score_with({"score": self._get_scorer()}, self, X, y, sample_weight)["score"]
        return float(
            linear_model.LogisticRegressionCV.score(
                self, X, y, sample_weight=sample_weight, **params
            )
        )

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Labels(view.weighted), view.rows, "LogisticRegressionCV"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        check_folds(view, _NAME)
        grid = grid_of(self)
        folds = [view.of_fold(fold, rest=True) for fold in range(view.n_folds)]
        table, *tables = yield from together([each.labels(_NAME) for each in (view, *folds)])
        check_several_classes(table.classes)
        check_solver(self, len(table.classes), grid.kind)
        factors = weight_by_class(self.class_weight, table)
        # of all classes in every fold: one that is missing there has coefficients all the same
        problem = LogisticProblem(table.classes, factors, view.weighted)
        weights = [_weight(problem, found) for found in tables]
        n_rows = int(table.counts.sum())
        found = yield from self._validate(problem, view, weights, grid, n_rows)
        self.classes_, self.Cs_ = table.classes, grid.Cs
        unsettled = found.unsettled
        if self.refit:
            C, ratio = found.best(grid)
            point = (float(C), grid.l1_ratio(ratio))
            first = found.mean_of_best()
            minimum = yield from self._refit(
                problem, view, _weight(problem, table), point, first, n_rows
            )
            w = minimum.theta.reshape(found.paths.shape[3:])
            outcome = f"the refit with C={C:g} {minimum.outcome}"
            unsettled += [] if minimum.converged else [minimum]
        else:
            C, ratio, w = found.average_of_best(grid)
            outcome = f"the mean of the best of {len(grid.points)} models in each fold"
        self.coef_, self.intercept_ = w[:, :-1].copy(), w[:, -1].copy()
        self._set_path(grid, found, C, ratio)
        remember_features(self, view)
        if unsettled:
            warn_not_converged(self, f"{len(unsettled)} models, the first {unsettled[0].outcome}")
        return (outcome,)

    def _validate(
        self, problem: LogisticProblem, view: View, weights: list[float], grid: Grid, n_rows: int
    ) -> Algorithm[_Validated]:
        """Fit and score all penalties in all folds."""
        metric = self._metric()
        folds = [view.of_fold(fold, rest=True) for fold in range(view.n_folds)]
        groups = [
            [
                self._objective(problem, each, weight, point)
                for each, weight in zip(folds, weights, strict=True)
            ]
            for point in grid.points
        ]
        ends = yield from together(
            [
                minimise(group, hessian_model(group, n_rows, False), self.tol, self.max_iter)
                for group in groups
            ]
        )
        tests = [view.of_fold(fold).rows for fold in range(view.n_folds)]
        cards = yield tuple(
            Request(ClassScores(problem, each.raw_coefficients(end.theta)), rows, _NAME)
            for group, minima in zip(groups, ends, strict=True)
            for each, end, rows in zip(group, minima, tests, strict=True)
        )
        shape = (len(grid.Cs), len(grid.ratios), view.n_folds)
        scores = np.array([_score(metric, card, problem.classes) for card in cards])
        steps = np.array([end.n_iter for minima in ends for end in minima], dtype=np.int32)
        theta = np.stack([end.theta for minima in ends for end in minima])
        return _Validated(
            np.moveaxis(theta.reshape(*shape, *groups[0][0].shape), 2, 0),
            np.moveaxis(scores.reshape(shape), 2, 0),
            np.moveaxis(steps.reshape(shape), 2, 0),
            [end for minima in ends for end in minima if not end.converged],
        )

    def _metric(self) -> Metric:
        by_default = self.scoring is None or self.scoring == "warn"
        return Metric(get_scorer("accuracy" if by_default else self.scoring), True)

    def _objective(
        self,
        problem: LogisticProblem,
        view: View,
        weight: float,
        point: tuple[float, float],
        first: Vector | None = None,
        scaling: float | None = None,
    ) -> GlmObjective:
        if self.solver == "liblinear" and scaling is None:
            scaling = self.intercept_scaling
        penalty = penalty_of(*point).over(weight, scaling)
        objective = GlmObjective(
            problem, view.rows, view.affine, penalty, self.fit_intercept,
            _NAME, first,
        )  # fmt: skip
        check_width(objective)
        return objective

    def _refit(
        self,
        problem: LogisticProblem,
        view: View,
        weight: float,
        point: tuple[float, float],
        first: Vector,
        n_rows: int,
    ) -> Algorithm[Minimum]:
        # scikit-learn's refit does not know of intercept_scaling
        scaling = 1.0 if self.solver == "liblinear" else None
        objectives = [self._objective(problem, view, weight, point, first, scaling)]
        model = hessian_model(objectives, n_rows, True)
        (minimum,) = yield from minimise(objectives, model, self.tol, self.max_iter)
        return minimum

    def _set_path(self, grid: Grid, found: _Validated, C: Any, ratio: Any) -> None:
        """The attributes of the whole grid, in the form that the parameters ask for."""
        self.l1_ratios_ = np.asarray(grid.ratios)
        paths = found.paths if self.fit_intercept else found.paths[..., :-1]
        if not self.use_legacy_attributes:
            self.C_: Any = float(C)
            self.l1_ratio_: Any = self._plain_ratio(grid, ratio)
            self.coefs_paths_: Any = paths.transpose(0, 2, 1, 3, 4)
            self.scores_: Any = found.scores.swapaxes(1, 2)
            self.n_iter_ = found.n_iter.swapaxes(1, 2)
            return
        n_outputs = paths.shape[3]
        self.C_ = np.tile(np.asarray(C), n_outputs)
        self.l1_ratio_ = np.tile(np.asarray(ratio), n_outputs)
        pick = slice(None) if grid.with_ratios else 0
        named = self.classes_[1:] if n_outputs == 1 else self.classes_
        self.coefs_paths_ = {label: paths[:, :, pick, output] for output, label in enumerate(named)}
        self.scores_ = {label: found.scores[:, :, pick].copy() for label in named}
        self.n_iter_ = found.n_iter[np.newaxis, :, :, pick]

    def _plain_ratio(self, grid: Grid, ratio: Any) -> float:
        if grid.with_ratios:
            return float(ratio or 0.0)
        return 1.0 if self.penalty == "l1" else 0.0


def _weight(problem: LogisticProblem, table: ClassTable) -> float:
    """What the rows of a table of labels weigh, class weights included."""
    if problem.class_weight is None:
        return float(table.weights.sum())
    places = np.searchsorted(problem.classes, table.classes)
    return float(table.weights @ problem.class_weight[places])


def _score(metric: Metric, card: Any, classes: Array) -> float:
    """The score of a fold, whose rows need not be of all classes."""
    known: Sequence[str] = tuple(signature(metric.function).parameters)
    more: dict[str, Any] = {}
    if "labels" in known:
        more["labels"] = classes
        if len(classes) == 2 and "pos_label" in known:
            more["pos_label"] = classes[-1]
    return metric.sign * score_of_card(metric, card, classes, **more)
