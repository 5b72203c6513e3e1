"""What makes two runs the same: facts by name, and how to say in which of them two runs differ."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import sklearn
from scipy import sparse
from sklearn.base import BaseEstimator

from skdask._version import __version__
from skdask.blocks import Blocks
from skdask.blocks.identity import digest_of
from skdask.passes.folds import Folds, NoFolds

Facts = dict[str, str]

# More differences are counted, not listed
_LISTED = 4


def run_facts(what: str, of: Any, blocks: Blocks, folds: Folds) -> Facts:
    """All facts of a run: what is computed, of which data, and by which versions."""
    found = {
        "the run": what,
        "the version of scikit-dask": __version__,
        "the version of scikit-learn": sklearn.__version__,
        "the version of NumPy": np.__version__,
    }
    for name, part in (of if isinstance(of, Mapping) else {"the estimator": of}).items():
        found |= facts_of(part, name)
    found |= blocks.identity()
    if not isinstance(folds, NoFolds):
        found |= facts_of(folds, "the folds")
    return found


def facts_of(value: Any, name: str) -> Facts:
    """A value as facts; estimators, mappings and dataclasses part by part.

    Names are those that users set: ``alpha``, ``ridge__alpha``, ``param_grid[ridge__alpha]``.
    """
    if isinstance(value, BaseEstimator) and not isinstance(value, type):
        return _estimator_facts(value, name, "")
    if isinstance(value, Mapping):
        found: Facts = {}
        for key, part in value.items():
            found |= facts_of(part, f"{name}[{key}]" if name else str(key))
        return found
    return {name: _text(value)}


def _estimator_facts(estimator: BaseEstimator, name: str, prefix: str) -> Facts:
    found = {name: _class_name(type(estimator))}
    for key, part in estimator.get_params(deep=False).items():
        own = f"{prefix}{key}"
        if isinstance(part, BaseEstimator) and not isinstance(part, type):
            found |= _estimator_facts(part, own, f"{own}__")
        elif isinstance(part, Mapping):
            found |= facts_of(part, own)
        elif _are_steps(part):
            found[own] = ", ".join(str(step[0]) for step in part)
            for step in part:
                for nested in step[1:2]:
                    inner = f"{prefix}{step[0]}"
                    if isinstance(nested, BaseEstimator):
                        found |= _estimator_facts(nested, inner, f"{inner}__")
                    else:
                        found[inner] = _text(nested)
        else:
            found[own] = _text(part)
    return found


def _are_steps(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(step, tuple) and isinstance(step[0], str) for step in value)
    )


def _class_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _text(value: Any) -> str:
    """A value in words that are equal for equal values, in any process."""
    if value is None or isinstance(value, bool | int | float | str | bytes | np.generic):
        return repr(value)
    if isinstance(value, np.ndarray | sparse.spmatrix | sparse.sparray):
        described: Any = value
        return f"an array {described.shape} of {described.dtype} ({digest_of(value)})"
    if isinstance(value, tuple | list):
        inner = ", ".join(map(_text, value))
        return f"[{inner}]" if len(inner) < 1000 else f"{len(value)} values ({_digest(inner)})"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(_text, value))) + "}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(k)}: {_text(part)}" for k, part in value.items()) + "}"
    if isinstance(value, BaseEstimator) and not isinstance(value, type):
        return _text(_estimator_facts(value, "class", ""))
    if isinstance(value, np.random.RandomState):
        return f"RandomState in state {_digest(_text(value.get_state(legacy=True)))}"
    if isinstance(value, np.random.Generator):
        return f"Generator in state {_digest(repr(value.bit_generator.state))}"
    if isinstance(value, type):
        return _class_name(value)
    if isinstance(value, Callable) and hasattr(value, "__qualname__"):  # type: ignore[arg-type]
        return f"{value.__module__}.{value.__qualname__}"
    return _object_text(value)


def _object_text(value: Any) -> str:
    """Splitters, scorers, distributions, dataclasses: their class and what they hold."""
    if hasattr(value, "dist") and hasattr(value, "args") and hasattr(value, "kwds"):
        # a distribution of SciPy's with its parameters; its random state is that of the process,
        # and who draws from it brings another
        dist = f"{_class_name(type(value.dist))} {value.dist.name}"
        return f"{dist} {_text(value.args)} {_text(value.kwds)}"
    if is_dataclass(value):
        held = {field.name: getattr(value, field.name) for field in fields(value)}
    else:
        held = getattr(value, "__dict__", {})
    if not held:
        # an object that says where it lies in memory would never be recognised
        text = repr(value)
        return _class_name(type(value)) if " at 0x" in text else text
    return f"{_class_name(type(value))} {_text(held)}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def differences(before: Facts, now: Facts) -> str:
    """In which facts a run differs from another, in words."""
    found = []
    for name in dict.fromkeys([*now, *before]):
        if name not in before:
            found.append(f"{name} is new: {now[name]}")
        elif name not in now:
            found.append(f"{name} is gone (was {before[name]})")
        elif before[name] != now[name]:
            found.append(f"{name} was {before[name]}, is {now[name]}")
    more = len(found) - _LISTED
    listed = "; ".join(found[:_LISTED])
    return f"{listed}; and {more} more differences" if more > 0 else listed
