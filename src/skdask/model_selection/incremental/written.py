"""Fitted estimators as plain values and back, without pickle.

A checkpoint folder may have been written by anybody, so reading one must never run what it says.
An estimator is its class and its attributes; attributes that are objects again are written the
same way, where their class is plain Python and belongs to scikit-learn or to the package of the
estimator. They are made again without running anything of theirs. What is shared is shared again,
as `coef_` and the weights behind it may be. Whatever else is met cannot be written.
"""

from __future__ import annotations

import sys
from functools import reduce
from typing import Any

import numpy as np
from scipy import sparse

# Modules of C whose classes hold a few numbers, from which they are made
_MADE_OF_NUMBERS = ("sklearn.linear_model._sgd_fast", "sklearn._loss._loss")
# CPython's flag of a class that a class statement made
_HEAP_TYPE = 1 << 9
# Beside None, values of which nobody can tell whether they are one or two
_NEVER_SHARED = (type(None), bool, int, float, str, bytes)
_CONTAINERS: dict[str, Any] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def write_estimator(estimator: Any) -> Any:
    """An estimator as nested tuples of plain values.

    Raises
    ------
    TypeError
        Where something of it cannot be written, naming its type.
    """
    return _Writer(_packages(estimator)).node(estimator)


def read_estimator(written: Any, like: Any) -> Any:
    """The estimator that was written.

    Parameters
    ----------
    written : tuple
    like : estimator
        Of the same class and package.

    Raises
    ------
    ValueError
        Where it is of another class, or names one that is not trusted.
    """
    found = _Reader(_packages(like)).value(written)
    if type(found) is not type(like):
        raise ValueError(f"no {type(like).__name__} was written")
    return found


def _packages(estimator: Any) -> frozenset[str]:
    return frozenset({"sklearn", "skdask", type(estimator).__module__.split(".")[0]})


class _Writer:
    def __init__(self, packages: frozenset[str]) -> None:
        self._packages = packages
        self._met: dict[int, int] = {}
        # what was met stays alive, so that no other object gets its identity
        self._alive: list[Any] = []

    def node(self, value: Any) -> Any:
        if type(value) in _NEVER_SHARED:
            return ("leaf", value)
        if id(value) in self._met:
            return ("again", self._met[id(value)])
        self._met[id(value)] = len(self._met)
        self._alive.append(value)
        kind = type(value)
        if isinstance(value, np.ndarray | np.generic | np.dtype) or sparse.issparse(value):
            return ("leaf", value)
        if kind in (list, tuple, set, frozenset):
            return (kind.__name__, [self.node(item) for item in value])
        if kind is dict:
            return ("dict", [(self.node(key), self.node(item)) for key, item in value.items()])
        if kind is np.random.RandomState:
            return ("random", value.get_state(legacy=False))
        if kind.__module__ in _MADE_OF_NUMBERS:
            made, numbers, *_ = value.__reduce__()
            if made is kind:
                return ("made", kind.__module__, kind.__qualname__, _plain_numbers(numbers))
        if not _is_plain(kind) or kind.__module__.split(".")[0] not in self._packages:
            raise TypeError(f"a {kind.__module__}.{kind.__qualname__} cannot be written")
        return ("object", kind.__module__, kind.__qualname__, self.node(vars(value)))


class _Reader:
    def __init__(self, packages: frozenset[str]) -> None:
        self._packages = packages
        self._made: list[Any] = []

    def value(self, node: Any) -> Any:
        what, *rest = node
        if what == "leaf":
            (found,) = rest
            if type(found) not in _NEVER_SHARED:
                self._made.append(found)
            return found
        if what == "again":
            return self._made[rest[0]]
        # numbered as they were met: before what they hold
        place = len(self._made)
        self._made.append(None)
        found = self._made[place] = self._container(what, rest, place)
        return found

    def _container(self, what: str, rest: list[Any], place: int) -> Any:
        if what == "dict":
            return {self.value(key): self.value(item) for key, item in rest[0]}
        if what == "random":
            random = np.random.RandomState()
            random.set_state(rest[0])
            return random
        if what == "object":
            module, name, state = rest
            kind = self._class(module, name)
            made: Any = object.__new__(kind)
            self._made[place] = made
            made.__dict__.update(self.value(state))
            return made
        if what == "made":
            module, name, numbers = rest
            number_like: Any = getattr(sys.modules.get(module), name, None)
            if module not in _MADE_OF_NUMBERS or not isinstance(number_like, type):
                raise ValueError(f"{module}.{name} is no class that may be made from a file")
            return number_like(*_plain_numbers(numbers))
        return _CONTAINERS[what](self.value(item) for item in rest[0])

    def _class(self, module: str, name: str) -> type:
        found = sys.modules.get(module) if module.split(".")[0] in self._packages else None
        kind: Any = reduce(lambda owner, part: getattr(owner, part, None), name.split("."), found)
        if not isinstance(kind, type) or not _is_plain(kind):
            raise ValueError(f"{module}.{name} is no class that may be made from a file")
        return kind


def _plain_numbers(numbers: Any) -> tuple[float, ...]:
    if not all(type(number) in (bool, int, float) for number in numbers):
        raise TypeError("what is made of numbers was given something else")
    return tuple(numbers)


def _is_plain(kind: Any) -> bool:
    """Whether instances are nothing but their attributes, of a class that is no class of C."""
    plain: Any = object
    return bool(
        kind.__new__ is plain.__new__
        and kind.__reduce__ is plain.__reduce__
        and kind.__reduce_ex__ is plain.__reduce_ex__
        and kind.__flags__ & _HEAP_TYPE
        and kind.__dictoffset__ != 0
    )
