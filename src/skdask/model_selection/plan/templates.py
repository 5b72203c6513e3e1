"""The steps of candidates, made once for all candidates that have them in common.

A grid of ten thousand candidates has a few hundred different steps. Cloning and checking a whole
pipeline for each candidate would cost more than all of its fits from moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from skdask._sklearn import validate_params
from skdask.exceptions import UnsupportedError
from skdask.metrics.own_score import scores_itself
from skdask.routes.callbacks import is_idle
from skdask.routes.fitting import is_stateless
from skdask.routes.twins import adopt, has_twin

# Parameters that nobody can change within an estimator
_VALUES = (bool, int, float, complex, str, bytes, type(None), np.generic)

Steps = list[tuple[str, Any]]


def clone_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with estimators among them cloned, so that candidates share nothing."""
    return {name: clone(value, safe=False) for name, value in params.items()}


def fresh_copy(template: Any) -> Any:
    """An unfitted copy, as `clone` makes it: at once where all parameters are plain values."""
    kind: Any = type(template)
    plain = kind.__sklearn_clone__ is BaseEstimator.__sklearn_clone__
    if plain and all(isinstance(value, _VALUES) for value in vars(template).values()):
        twin = kind.__new__(kind)
        vars(twin).update(vars(template))
        return twin
    return clone(template)


class Templates:
    """Steps of ours with parameters, each made once.

    Parameters
    ----------
    estimator : estimator
        What the candidates are settings of.
    """

    def __init__(self, estimator: Any) -> None:
        self._estimator = estimator
        self._steps: Steps | None = None
        if isinstance(estimator, Pipeline):
            validate_params(clone(estimator))
            self._steps = list(estimator.steps)
        self._made: dict[Any, Steps] = {}
        # what is known by its identity must stay
        self._seen: list[Any] = []

    def steps_of(self, params: Mapping[str, Any]) -> Steps:
        """The active steps of a candidate; one without a name where it is no pipeline.

        Steps whose parameters are the same objects are the same object, which must not be fitted.

        Raises
        ------
        UnsupportedError
            Where a step cannot run on blocks, naming it.
        """
        names = {name for name, _ in self._steps or ()}
        if self._steps is None or not {key.partition("__")[0] for key in params} <= names:
            whole = clone(self._estimator).set_params(**clone_values(params))
            validate_params(whole)
            return _active("", whole)
        own: dict[str, dict[str, Any]] = {}
        for key, value in params.items():
            step, _, parameter = key.partition("__")
            own.setdefault(step, {})[parameter] = value
        found: Steps = []
        for name, step in self._steps:
            found += self._made_of(name, step, own.get(name, {}))
        return found

    def _made_of(self, name: str, step: Any, params: dict[str, Any]) -> Steps:
        key = (name, *((parameter, id(value)) for parameter, value in params.items()))
        if key not in self._made:
            self._seen += params.values()
            template = clone(params.pop("", step), safe=False)
            if params:
                template.set_params(**clone_values(params))
            self._made[key] = _active(name, template)
        return self._made[key]


def _active(name: str, step: Any) -> Steps:
    """A step as one of ours; the steps of a pipeline instead of it; none of what does nothing."""
    if is_idle(step):
        return []
    if not isinstance(step, Pipeline):
        ours = _ours(name, step)
        validate_params(ours)
        return [(name, ours)]
    return [
        active
        for inner, part in step.steps
        for active in _active(f"{name}__{inner}" if name else inner, part)
    ]


def _ours(name: str, estimator: Any) -> Any:
    if name and is_stateless(estimator):
        return adopt(clone(estimator))
    if not has_twin(estimator):
        where = f"step {name!r}: " if name else ""
        raise UnsupportedError(
            f"{where}{type(estimator).__name__} cannot be searched on blocks yet"
        )
    ours = adopt(clone(estimator))
    if hasattr(ours, "check_steps"):
        ours.check_steps(has_y=True)
    if not name and not hasattr(ours, "predict") and not scores_itself(ours):
        raise UnsupportedError(f"{type(estimator).__name__} predicts nothing that could be scored")
    if not getattr(ours, "searchable", True):
        raise UnsupportedError(
            f"{type(ours).__name__} keeps rows or draws its answers: it is not fitted for all "
            "candidates and folds at once"
        )
    return ours
