"""What losses of classes share: labels become class numbers, and weights may differ by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import array_token
from skdask.statistics.glm import Problem
from skdask.statistics.labels import codes_of, label_array

Floats = NDArray[np.float64]


class ClassProblem(Problem):
    """A loss whose target is a class; its dataclasses are equal by contents.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    class_weight : ndarray of shape (n_classes,) or None
        Factor of the weight of each class's rows.
    """

    classes: NDArray[Any]
    class_weight: Floats | None
    token: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.classes, self.class_weight))

    def target(self, rows: Rows) -> NDArray[np.intp]:
        """The class number of each row."""
        return codes_of(label_array(rows), self.classes)

    def factors(self, problems: Sequence[Self], target: NDArray[Any]) -> Floats | None:
        if all(problem.class_weight is None for problem in problems):
            return None
        ones = np.ones(len(self.classes))
        by_class = np.vstack(
            [ones if each.class_weight is None else each.class_weight for each in problems]
        )
        weights: Floats = by_class[:, target]
        return weights


@dataclass(frozen=True)
class OneAgainstRest(ClassProblem):
    """A loss that tells one class from all others.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted.
    positive : int
        The class on the positive side.
    class_weight : ndarray of shape (n_classes,) or None
        Factor of the weight of each class's rows.
    weighted : bool
    """

    classes: NDArray[Any] = field(compare=False)
    positive: int = 1
    class_weight: Floats | None = field(compare=False, default=None)
    weighted: bool = False
    token: str = field(init=False, repr=False)
