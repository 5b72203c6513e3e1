"""LogisticRegression: Newton's method over passes, many candidates and folds at once."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.utils.class_weight import compute_class_weight

from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.mixins.predictor import LazyClassifier
from skdask.passes import Algorithm, Request, together
from skdask.routes.fitting import (
    as_dtype,
    fit_on_blocks,
    forget_report,
    remember_features,
    warn_not_converged,
)
from skdask.routes.view import View
from skdask.solvers.logistic import DiagonalHessian, LogisticObjective, SampledHessian
from skdask.solvers.quasi_newton import HessianModel, Minimum, minimise
from skdask.statistics import ClassTable, Labels, LogisticProblem

# Parameters above which a Hessian (128 MB) costs more than the iterations that it saves
_WIDE = 4096
# An exact Hessian saves a third of the passes. It costs about size**2 / 40 ns a row, reading
# about 8 ns a value: from this ratio of the two on, a sampled one and more passes are faster
_DEAR = 0.25
_STRIDE = 10
# More classes than this are rather a quantity by mistake, and cost accordingly
_MANY_CLASSES = 1000
# A sampled Hessian needs so many rows a parameter to be a good guide
_ROWS_PER_PARAMETER = 20


class LogisticRegression(LazyClassifier, linear_model.LogisticRegression):
    """Logistic regression, binary and multinomial, on data of any size.

    Subclasses :class:`sklearn.linear_model.LogisticRegression` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the l2-penalised (or unpenalised)
    likelihood is maximised to `tol` in a few passes, whichever ``solver`` is named: Newton's
    method, with a sampled Hessian and exact gradients where that is cheaper, L-BFGS where there
    are too many parameters for a Hessian.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    ``solver="liblinear"`` penalises the intercept and so has another optimum; on blocks it is
    refused unless ``fit_intercept=False``. l1 penalties are refused on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LogisticRegression
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> LogisticRegression().fit(X, y).predict(X[:2]).compute()
    array([0, 0])
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> LogisticRegression:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        sample_weight : array-like of shape (n_rows,) or str

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, sample_weight)
        return fit_on_blocks(self, X, y, sample_weight)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Labels(view.weighted), view.rows, "LogisticRegression"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        (outcome,) = yield from self.algorithm_together([self], [view])
        return outcome

    @staticmethod
    def algorithm_together(
        estimators: Sequence[LogisticRegression], views: Sequence[View]
    ) -> Algorithm[list[tuple[str, ...]]]:
        """Fit several at once; those that differ in their folds only share a Hessian."""
        groups: dict[Any, list[tuple[int, LogisticObjective]]] = defaultdict(list)
        tables = yield from together([view.labels("LogisticRegression") for view in views])
        _warn_of_many(max(len(table.classes) for table in tables))
        for position, (estimator, view, table) in enumerate(
            zip(estimators, views, tables, strict=True)
        ):
            objective = estimator._objective(view, table)
            key = (
                _params_key(estimator),
                objective.affine.n_outputs,
                objective.problem.n_outputs,
                tuple(table.classes.tolist()),
            )
            groups[key].append((position, objective))
        n_rows = int(max(table.counts.sum() for table in tables))
        minima = yield from together(
            [
                estimators[group[0][0]]._descend(
                    [estimators[position] for position, _ in group],
                    [objective for _, objective in group],
                    n_rows,
                    alone=len(estimators) == 1,
                )
                for group in groups.values()
            ]
        )
        outcomes: dict[int, tuple[str, ...]] = {}
        for group, found in zip(groups.values(), minima, strict=True):
            for (position, objective), minimum in zip(group, found, strict=True):
                estimators[position]._set_from(minimum, objective, views[position])
                outcomes[position] = (minimum.outcome, *_separability(minimum, objective, n_rows))
        return [outcomes[position] for position in range(len(estimators))]

    def _objective(self, view: View, table: ClassTable) -> LogisticObjective:
        strength = self._strength(len(table.classes))
        if len(table.classes) < 2:
            raise DataError(
                "This solver needs samples of at least 2 classes in the data, but the data "
                f"contains only one class: {table.classes[0]!r}"
            )
        class_weight = None
        weights = table.weights
        if self.class_weight is not None:
            # the labels of all rows, told by one row a class that weighs as much
            class_weight = compute_class_weight(
                self.class_weight,
                classes=table.classes,
                y=table.classes,
                sample_weight=table.weights,
            )
            weights = weights * class_weight
        problem = LogisticProblem(table.classes, class_weight, view.weighted)
        l2 = 1.0 / (strength * weights.sum())
        return LogisticObjective(
            problem, view.rows, view.affine, l2, self.fit_intercept, "LogisticRegression"
        )

    def _strength(self, n_classes: int) -> float:
        """C, after refusing what scikit-learn refuses and what cannot run on blocks."""
        if self.penalty != "deprecated":
            warnings.warn(
                "'penalty' was deprecated in version 1.8 and will be removed in 1.10. Use l1_ratio "
                "instead, and C=np.inf instead of penalty=None.",
                FutureWarning,
                stacklevel=2,
            )
        strength = np.inf if self.penalty is None else float(self.C)
        if self.penalty in ("l1", "elasticnet") or self.l1_ratio not in (0, None):
            raise UnsupportedError(
                "LogisticRegression with an l1 penalty on blocks is not there yet. Use l1_ratio=0 "
                "(l2), or fit scikit-learn's on a sample of the rows that fits in memory."
            )
        if self.solver == "liblinear":
            self._check_liblinear(n_classes, strength)
        elif self.dual:
            raise ValueError(f"Solver {self.solver} supports only dual=False, got dual=True")
        return strength

    def _check_liblinear(self, n_classes: int, strength: float) -> None:
        if n_classes > 2:
            raise ValueError(
                "The 'liblinear' solver does not support multiclass classification (n_classes >= "
                "3). Use another solver: on blocks they all give the same answer."
            )
        if np.isinf(strength):
            raise ValueError("C=np.inf is not supported for the liblinear solver")
        if self.fit_intercept:
            raise UnsupportedError(
                "solver='liblinear' penalises the intercept and has another optimum than every "
                "other solver. On blocks use solver='lbfgs', or fit_intercept=False."
            )

    @staticmethod
    def _descend(
        estimators: Sequence[LogisticRegression],
        objectives: Sequence[LogisticObjective],
        n_rows: int,
        alone: bool,
    ) -> Algorithm[list[Minimum]]:
        first = estimators[0]
        model = _hessian_model(objectives, n_rows, alone)
        starts = [
            estimator._start(objective)
            for estimator, objective in zip(estimators, objectives, strict=True)
        ]
        return (yield from minimise(objectives, model, first.tol, first.max_iter, starts))

    def start_near(self, models: Sequence[LogisticRegression]) -> None:
        """Start the next fit on blocks from the mean of other fits, such as those of the folds."""
        self._guess = (
            np.mean([model.coef_ for model in models], axis=0),
            np.mean([model.intercept_ for model in models], axis=0),
        )

    def _start(self, objective: LogisticObjective) -> NDArray[np.float64]:
        n_outputs, n_parameters = objective.shape
        guess = self.__dict__.pop("_guess", None)
        if guess is None and self.warm_start and hasattr(self, "coef_"):
            guess = (self.coef_, self.intercept_)
        if guess is None or guess[0].shape != (n_outputs, n_parameters - 1):
            return objective.start()
        coef, intercept = guess
        return np.column_stack([coef, np.broadcast_to(intercept, n_outputs)]).ravel()

    def _set_from(self, minimum: Minimum, objective: LogisticObjective, view: View) -> None:
        theta = minimum.theta.reshape(objective.shape)
        self.classes_ = objective.problem.classes
        self.coef_ = as_dtype(theta[:, :-1].copy(), view)
        self.intercept_ = as_dtype(theta[:, -1].copy(), view)
        self.n_iter_ = np.array([minimum.n_iter], dtype=np.int32)
        remember_features(self, view)
        if not minimum.converged:
            warn_not_converged(self, minimum.outcome)


def _separability(minimum: Minimum, objective: LogisticObjective, n_rows: int) -> tuple[str, ...]:
    """Say so where nothing bounds the coefficients: every row is on its side of the boundary."""
    # a row on the wrong side alone would cost log(2)
    if objective.l2 > 0.0 or minimum.loss * n_rows >= np.log(2.0):
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


def _params_key(estimator: LogisticRegression) -> str:
    return repr(sorted(estimator.get_params(deep=False).items(), key=lambda item: item[0]))


def _hessian_model(
    objectives: Sequence[LogisticObjective], n_rows: int, alone: bool
) -> HessianModel:
    n_outputs, n_parameters = objectives[0].shape
    size = n_outputs * max(n_parameters, objectives[0].affine.n_inputs + 1)
    if size > _WIDE:
        return DiagonalHessian(objectives)
    n_features = objectives[0].affine.n_inputs
    dear = size**2 / 40 > _DEAR * 8 * n_features
    # several problems share a sample; one problem has an exact Hessian where that is cheap
    stride = _STRIDE if dear or not alone else 1
    return SampledHessian(objectives, max(1, min(stride, n_rows // (_ROWS_PER_PARAMETER * size))))
