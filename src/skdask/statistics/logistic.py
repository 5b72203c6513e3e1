"""The logistic loss: two classes, or more by softmax.

Two classes have one column of coefficients (the log-odds of the second class), more have one
column a class.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from skdask.statistics.base import array_token
from skdask.statistics.class_problem import ClassProblem
from skdask.statistics.glm import bordered_gram
from skdask.statistics.link import binary_link, softmax_link


@dataclass(frozen=True)
class LogisticProblem(ClassProblem):
    """What the labels mean to a logistic loss; equal by contents.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    class_weight : ndarray of shape (n_classes,) or None
        Factor of the weight of each class's rows.
    weighted : bool
        Whether rows count by their sample weight.
    """

    curvature: ClassVar[float] = 0.25
    shift_invariant: ClassVar[bool] = True
    classes: NDArray[Any] = field(compare=False)
    class_weight: NDArray[np.float64] | None = field(compare=False, default=None)
    weighted: bool = False
    token: str = field(init=False, repr=False)

    @property
    def n_outputs(self) -> int:
        """Columns of coefficients: one for two classes, else one a class."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def kernel(self) -> Hashable:
        return "logistic", array_token(self.classes)

    def loss(
        self, problems: Sequence[Self], predicted: NDArray[np.float64], target: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        link = binary_link if self.n_outputs == 1 else softmax_link
        return link(predicted, target, self.n_outputs)

    def hessian(
        self,
        X: NDArray[np.float64],
        predicted: NDArray[np.float64],
        target: NDArray[Any],
        weight: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        if self.n_outputs == 1:
            # p (1 - p), written so that 1 - p does not cancel where p is almost one
            odds = np.exp(-np.abs(predicted[0]))
            return bordered_gram(X, np.sqrt(weight * odds) / (1.0 + odds))
        return _softmax_hessian(X, np.ascontiguousarray(predicted.T), weight)


def _softmax_hessian(
    X: NDArray[np.float64], eta: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    # minus the Gram matrix of the rows scaled by each class's probability; on the diagonal the
    # weight is p (1 - p), with 1 - p the sum of the others, which does not cancel
    n_rows, n_outputs = eta.shape
    probability = np.exp(eta - eta.max(axis=1, keepdims=True))
    probability /= probability.sum(axis=1, keepdims=True)
    others = probability @ (1.0 - np.eye(n_outputs))
    scaled = probability * np.sqrt(weight)[:, np.newaxis]
    size = X.shape[1] + 1
    by_class = np.empty((n_rows, n_outputs, size))
    np.multiply(scaled[:, :, np.newaxis], X[:, np.newaxis, :], out=by_class[:, :, :-1])
    by_class[:, :, -1] = scaled
    flat = by_class.reshape(n_rows, -1)
    hessian = flat.T @ flat
    np.negative(hessian, out=hessian)
    for k in range(n_outputs):
        own = slice(k * size, (k + 1) * size)
        curvature = weight * probability[:, k] * others[:, k]
        hessian[own, own] = bordered_gram(X, np.sqrt(curvature))
    return hessian
