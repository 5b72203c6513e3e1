"""The calls that a test makes on our classes and functions, with their rows as Dask collections.

Only what a test itself calls is changed: a method that scikit-learn's code or ours looks up is the
plain one, and so is whatever runs within a call that was changed.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from dask import is_dask_collection

from skdask.exceptions import UnsupportedError
from tests.conformance.sklearn_suite.forms import (
    as_dask,
    documents_as_dask,
    in_memory,
    settle,
)

# whose first argument is the rows
METHODS = (
    *("fit", "partial_fit", "fit_transform", "fit_predict"),
    *("transform", "inverse_transform", "score", "score_samples"),
    *("predict", "predict_proba", "predict_log_proba", "decision_function"),
    *("kneighbors", "radius_neighbors", "kneighbors_graph", "radius_neighbors_graph"),
    *("mahalanobis", "perplexity"),
)

# arguments that have a value for each row, beside the first
_OF_ROWS = {
    *("X", "y", "Y", "sample_weight", "groups"),
    *("y_true", "y_pred", "y_score", "y_proba", "y_prob", "pred_decision", "probas_pred"),
    *("labels_true", "labels_pred"),
}
# first arguments that are texts, or dictionaries of features
_DOCUMENTS = {"raw_documents", "raw_X"}
# modules that stand between a test and what it calls
_BETWEEN = ("sklearn.utils._testing", "_pytest", "unittest", "contextlib", "functools", __name__)


@dataclass
class Calls:
    """What the calls of one test were given.

    Attributes
    ----------
    on_dask : int
        Calls whose rows were handed over as a Dask collection.
    left : int
        Calls whose rows could not be one.
    names : set of str
        Classes and functions that were given Dask collections.
    refused : str or None
        What an UnsupportedError said.
    """

    on_dask: int = 0
    left: int = 0
    names: set[str] = field(default_factory=set)
    refused: str | None = None


class HandOver:
    """Hands rows over as Dask collections where a test calls; counts in `calls`."""

    def __init__(self) -> None:
        self.calls = Calls()
        self._within = False

    def begin_test(self) -> None:
        self.calls = Calls()

    def function(self, ours: Any) -> Any:
        """What is bound in place of a function of ours; a class stays as it is."""
        if isinstance(ours, type):
            return ours
        signature = inspect.signature(ours)

        @functools.wraps(ours)
        def function(*args: Any, **kwargs: Any) -> Any:
            if not _asked_by_test(sys._getframe(1)):
                return ours(*args, **kwargs)
            return self._call(ours, signature, args, kwargs)

        return function

    @contextmanager
    def methods(self, classes: list[type]) -> Iterator[None]:
        """While it lasts, methods of these classes take Dask collections from tests."""
        plain = [
            (kind, name, inspect.getattr_static(kind, name))
            for kind in classes
            for name in METHODS
            if hasattr(kind, name)
        ]
        own = [name in vars(kind) for kind, name, _ in plain]
        for kind, name, method in plain:
            setattr(kind, name, _Method(method, self))
        try:
            yield
        finally:
            for (kind, name, method), was_own in zip(plain, own, strict=True):
                setattr(kind, name, method) if was_own else delattr(kind, name)

    def call(self, bound: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a method as a test does, and leave nothing lazy behind."""
        result = self._call(bound, inspect.signature(bound), args, kwargs)
        if not self._within and vars(bound.__self__):
            settle(bound.__self__)
        return result

    def _call(
        self,
        function: Callable[..., Any],
        signature: inspect.Signature,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        if self._within:
            return function(*args, **kwargs)
        self._within = True
        try:
            given = _handed_over(signature, args, kwargs)
            if given is None:
                self.calls.left += 1
                return function(*args, **kwargs)
            self.calls.on_dask += 1
            self.calls.names.add(_name_of(function))
            return in_memory(function(*given.args, **given.kwargs))
        except UnsupportedError as error:
            self.calls.refused = str(error)
            raise
        finally:
            self._within = False


class _Method:
    """A method that is the plain one for everybody but tests."""

    def __init__(self, plain: Any, hand_over: HandOver) -> None:
        self._plain = plain
        self._hand_over = hand_over

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        bound = self._plain.__get__(instance, owner)
        if instance is None or not _asked_by_test(sys._getframe(1)):
            return bound

        @functools.wraps(bound)
        def method(*args: Any, **kwargs: Any) -> Any:
            return self._hand_over.call(bound, args, kwargs)

        return method


def _asked_by_test(frame: FrameType | None) -> bool:
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith(_BETWEEN):
            return module.startswith("sklearn.") and "tests" in module.split(".")
        frame = frame.f_back
    return False


def _handed_over(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> inspect.BoundArguments | None:
    """The arguments with their rows as Dask collections, or None where they cannot be."""
    try:
        given = signature.bind(*args, **kwargs)
    except TypeError:
        return None
    first = _rows_argument(signature, given.arguments)
    if first is None:
        return None
    rows = given.arguments[first]
    documents = first in _DOCUMENTS or (isinstance(rows, list) and _are_dicts(rows))
    collection = documents_as_dask(rows) if documents else as_dask(rows)
    if not is_dask_collection(collection):
        return None
    for name, value in given.arguments.items():
        if name in _OF_ROWS:
            given.arguments[name] = as_dask(value)
        elif signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            given.arguments[name] = {
                key: as_dask(part) if key.endswith("sample_weight") else part
                for key, part in value.items()
            }
    given.arguments[first] = collection
    return given


def _rows_argument(signature: inspect.Signature, given: dict[str, Any]) -> str | None:
    """The argument that decides: the first one, or X of what takes an estimator before it."""
    names = list(signature.parameters)
    if not names:
        return None
    first = "X" if "estimator" in names and "X" in names else names[0]
    return first if first in given else None


def _are_dicts(rows: list[Any]) -> bool:
    return bool(rows) and all(isinstance(row, dict) for row in rows)


def _name_of(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    return str(function.__name__ if owner is None else type(owner).__name__)
