"""What a rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar


class Rule(ABC):
    """How candidates that differ in one parameter come from one fit.

    Attributes
    ----------
    parameters : dict of type to str
        scikit-learn's classes that the rule is for, and the parameter of each. Subclasses of
        them may mean something else by it and are left alone.
    """

    parameters: ClassVar[dict[type, str]]

    def parameter(self, estimator: Any) -> str | None:
        """The parameter in which such estimators may differ; None where the rule is not for it."""
        name = self.parameters.get(type(estimator))
        return name if name is not None and self.holds(estimator) else None

    def holds(self, estimator: Any) -> bool:
        """Whether its other settings leave the models of all values parts of one fit."""
        return True

    @abstractmethod
    def lead(self, values: Sequence[Any]) -> Any:
        """The value that the one fit is made with."""

    @abstractmethod
    def models(self, fitted: Any, values: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        """The positions of the values, each once, and the model of each, that answers for X.

        A value that is left out is fitted by itself.
        """
