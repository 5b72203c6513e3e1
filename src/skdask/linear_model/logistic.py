"""LogisticRegression: Newton's method over passes, many candidates and folds at once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.utils.class_weight import compute_class_weight

from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model.logistic_penalty import check_solver, penalty_of
from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.iterative import IterativeLinear, stacked
from skdask.mixins.predictor import LazyClassifier
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype
from skdask.routes.view import View
from skdask.solvers.glm import GlmObjective, Penalty, is_wide
from skdask.solvers.quasi_newton import Minimum
from skdask.statistics import ClassTable, Labels, LogisticProblem

# More classes than this are rather a quantity by mistake, and cost accordingly
_MANY_CLASSES = 1000


class LogisticRegression(
    WeightedTargetFit, IterativeLinear, LazyClassifier, linear_model.LogisticRegression
):
    """Logistic regression, binary and multinomial, on data of any size.

    Subclasses :class:`sklearn.linear_model.LogisticRegression` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the penalised likelihood is maximised
    to `tol` in a few passes, whichever ``solver`` is named: Newton's method, with a sampled
    Hessian and exact gradients where that is cheaper, proximal Newton where there is an l1
    penalty, L-BFGS where there are too many parameters for a Hessian.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    Which penalties a ``solver`` takes is as in scikit-learn. ``solver="liblinear"`` penalises the
    intercept through ``intercept_scaling`` and so has another optimum than every other solver,
    also here. An l1 penalty is refused where there are more than 4096 parameters.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LogisticRegression
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> LogisticRegression().fit(X, y).predict(X[:2]).compute()
    array([0, 0])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Labels(view.weighted), view.rows, "LogisticRegression"),)

    def look(self, view: View) -> Algorithm[ClassTable]:
        """The classes and their weights."""
        table: ClassTable = yield from view.labels("LogisticRegression")
        _warn_of_many(len(table.classes))
        return table

    def rows_in(self, looked: ClassTable) -> int:
        return int(looked.counts.sum())

    def objectives(self, view: View, looked: ClassTable) -> list[GlmObjective]:
        classes = looked.classes
        unit = self._penalty(len(classes))
        check_several_classes(classes)
        class_weight = weight_by_class(self.class_weight, looked)
        weights = looked.weights if class_weight is None else looked.weights * class_weight
        problem = LogisticProblem(classes, class_weight, view.weighted)
        scaling = self.intercept_scaling if self.solver == "liblinear" else None
        known = self.known_start(problem.n_outputs, view.n_features, self.warm_start)
        objective = GlmObjective(
            problem,
            view.rows,
            view.affine,
            unit.over(weights.sum(), scaling),
            self.fit_intercept,
            "LogisticRegression",
            None if known is None else stacked(known),
        )
        check_width(objective)
        return [objective]

    def _penalty(self, n_classes: int) -> Penalty:
        """The penalty of the sum of losses, after refusing what scikit-learn refuses."""
        kind, l1_ratio = self._kind_of_penalty()
        check_solver(self, n_classes, kind)
        return Penalty() if kind is None else penalty_of(self.C, l1_ratio)

    def _kind_of_penalty(self) -> tuple[str | None, float]:
        """'l2', 'l1', 'elasticnet' or None as scikit-learn reads its parameters, and the ratio."""
        if self.penalty != "deprecated":
            warnings.warn(
                "'penalty' was deprecated in version 1.8 and will be removed in 1.10. Use l1_ratio "
                "instead, and C=np.inf instead of penalty=None.",
                FutureWarning,
                stacklevel=2,
            )
            if self.penalty is None and self.C != 1.0:
                warnings.warn(
                    "Setting penalty=None will ignore the C and l1_ratio parameters", stacklevel=2
                )
            if self.penalty == "elasticnet" and self.l1_ratio is None:
                raise ValueError("l1_ratio must be specified when penalty is elasticnet.")
            ratio = {"l1": 1.0, "elasticnet": self.l1_ratio}.get(self.penalty, 0.0)
            return (None if np.isinf(self.C) else self.penalty), ratio
        if self.l1_ratio is None:
            warnings.warn(
                "'l1_ratio=None' was deprecated in version 1.8 and will trigger an error in 1.10. "
                "Use 0<=l1_ratio<=1 instead.",
                FutureWarning,
                stacklevel=2,
            )
        ratio = self.l1_ratio or 0.0
        if np.isinf(self.C):
            return None, 0.0
        return {0.0: "l2", 1.0: "l1"}.get(float(ratio), "elasticnet"), ratio

    def conclude(
        self, minima: list[Minimum], objectives: list[GlmObjective], view: View, n_rows: int
    ) -> tuple[str, ...]:
        (minimum,), (objective,) = minima, objectives
        assert isinstance(objective.problem, LogisticProblem)
        theta = minimum.theta.reshape(objective.shape)
        self.classes_ = objective.problem.classes
        self.coef_, self.intercept_ = theta[:, :-1].copy(), theta[:, -1].copy()
        if self.solver != "liblinear":
            self.coef_ = as_dtype(self.coef_, view)
            self.intercept_ = as_dtype(self.intercept_, view)
        elif not self.fit_intercept:
            self.intercept_ = 0.0
        self.n_iter_ = np.array([minimum.n_iter], dtype=np.int32)
        return (minimum.outcome, *_separability(minimum, objective, n_rows))


def check_several_classes(classes: NDArray[Any]) -> None:
    if len(classes) < 2:
        raise DataError(
            "This solver needs samples of at least 2 classes in the data, but the data contains "
            f"only one class: {classes[0]!r}"
        )


def check_width(objective: GlmObjective) -> None:
    """Refuse an l1 penalty where a Hessian is too large."""
    if objective.l1 is not None and is_wide(objective):
        raise UnsupportedError(
            f"{objective.asked_by} with an l1 penalty and {np.prod(objective.shape):,} "
            "parameters on blocks: its steps need a Hessian. Use l1_ratio=0 (l2), or fewer "
            "columns."
        )


def weight_by_class(class_weight: Any, table: ClassTable) -> NDArray[np.float64] | None:
    """The factor of each class's rows; None where all are one."""
    if class_weight is None:
        return None
    # the labels of all rows, told by one row a class that weighs as much
    factors: NDArray[np.float64] = compute_class_weight(
        class_weight, classes=table.classes, y=table.classes, sample_weight=table.weights
    )
    return factors


def _separability(minimum: Minimum, objective: GlmObjective, n_rows: int) -> tuple[str, ...]:
    """Say so where nothing bounds the coefficients: every row is on its side of the boundary."""
    # a row on the wrong side alone would cost log(2)
    unbounded = objective.penalty == Penalty()
    if not unbounded or minimum.loss * n_rows >= np.log(2.0):
        return ()
    return (
        "the classes are separable and C is infinite, so the coefficients have no limit; they "
        "were left where tol was reached",
    )


def _warn_of_many(n_classes: int) -> None:
    if n_classes > _MANY_CLASSES:
        warnings.warn(
            f"y has {n_classes:,} classes, each with coefficients of its own. If it is a quantity, "
            "use a regressor such as Ridge.",
            UserWarning,
            stacklevel=2,
        )
