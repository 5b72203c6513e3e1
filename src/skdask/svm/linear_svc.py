"""LinearSVC: the hinge and its square, all classes in the same passes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import svm
from sklearn.utils.class_weight import compute_class_weight

from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.mixins.fits import WeightedTargetFit
from skdask.mixins.iterative import IterativeLinear
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.routes.lazy import apply_lazily
from skdask.routes.view import View
from skdask.solvers.glm import GlmObjective, Penalty
from skdask.solvers.quasi_newton import Minimum
from skdask.statistics import ClassTable, Labels, SquaredHinge
from skdask.statistics.kinked import Hinge


class LinearSVC(WeightedTargetFit, IterativeLinear, LazyPredictor, svm.LinearSVC):
    """Linear support vector classification on data of any size.

    Subclasses :class:`sklearn.svm.LinearSVC` and has its parameters and attributes. In-memory
    data is handed to it. On blocks the squared hinge loss is minimised by Newton's method on the
    rows beyond their margin (proximal Newton with an l1 penalty), the hinge loss by its rows near
    the margin, with a proof of how near the minimum is; one problem a class, all in the same
    passes. The intercept is penalised through ``intercept_scaling`` as in liblinear.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    ``dual`` and ``random_state`` do not matter on blocks. ``multi_class="crammer_singer"`` is
    refused there, and ``loss="hinge"`` with more than 2047 columns.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.svm import LinearSVC
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> LinearSVC(C=10).fit(X, y).predict(X[:2]).compute()
    array([0, 0])
    """

    def decision_function(self, X: Any) -> Any:
        """Confidence scores of the classes."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(Labels(view.weighted), view.rows, "LinearSVC"),)

    def look(self, view: View) -> Algorithm[ClassTable]:
        """The classes and their weights."""
        self._check_supported()
        table: ClassTable = yield from view.labels("LinearSVC")
        return table

    def rows_in(self, looked: ClassTable) -> int:
        return int(looked.counts.sum())

    def _check_supported(self) -> None:
        if self.multi_class == "crammer_singer":
            raise UnsupportedError(
                "LinearSVC(multi_class='crammer_singer') on blocks is not there yet. Use "
                "multi_class='ovr', or fit scikit-learn's on a sample of the rows that fits in "
                "memory."
            )
        if self.loss == "hinge" and self.penalty == "l1":
            raise ValueError(
                "Unsupported set of arguments: The combination of penalty='l1' and loss='hinge' "
                "is not supported"
            )
        if self.loss == "hinge" and self.dual is False:
            raise ValueError(
                "Unsupported set of arguments: The combination of penalty='l2' and loss='hinge' "
                "are not supported when dual=False"
            )
        if self.penalty == "l1" and self.dual is True:
            raise ValueError(
                "Unsupported set of arguments: The combination of penalty='l1' and "
                "loss='squared_hinge' are not supported when dual=True"
            )

    def objectives(self, view: View, looked: ClassTable) -> list[GlmObjective]:
        classes = looked.classes
        if len(classes) < 2:
            raise DataError(
                "This solver needs samples of at least 2 classes in the data, but the data "
                f"contains only one class: {classes[0]!r}"
            )
        factors = compute_class_weight(
            self.class_weight, classes=classes, y=classes, sample_weight=looked.weights
        )
        strength = 1.0 / self.C
        unit = Penalty(0.0, strength) if self.penalty == "l1" else Penalty(strength)
        first = self.known_start(len(self._positive(classes)), view.n_features, False)
        kind = Hinge if self.loss == "hinge" else SquaredHinge
        made = []
        for row, positive in enumerate(self._positive(classes)):
            by_class = factors
            if len(classes) > 2:
                # liblinear weighs the class against all others, which weigh one each
                by_class = np.where(np.arange(len(classes)) == positive, factors, 1.0)
            total = float(looked.weights @ by_class)
            start = None if first is None else np.append(first[0][row], first[1][row])
            made.append(
                GlmObjective(
                    kind(classes, positive, by_class, view.weighted),
                    view.rows,
                    view.affine,
                    unit.over(total, self.intercept_scaling),
                    self.fit_intercept,
                    "LinearSVC",
                    start,
                )
            )
        return made

    def _positive(self, classes: Any) -> list[int]:
        return [1] if len(classes) == 2 else list(range(len(classes)))

    def conclude(
        self, minima: list[Minimum], objectives: list[GlmObjective], view: View, n_rows: int
    ) -> tuple[str, ...]:
        theta = np.stack([minimum.theta for minimum in minima])
        problem = objectives[0].problem
        assert isinstance(problem, Hinge | SquaredHinge)
        self.classes_ = problem.classes
        self.coef_ = theta[:, :-1].copy()
        self.intercept_ = theta[:, -1].copy() if self.fit_intercept else 0.0
        self.n_iter_ = max(minimum.n_iter for minimum in minima)
        return tuple(minimum.outcome for minimum in minima)
