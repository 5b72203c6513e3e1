"""A call of an accelerated function: our route if it takes it, else what scikit-learn has.

Whatever goes wrong in our route, scikit-learn then does the work as if we had not been asked:
random states are put back, warnings of the attempt are dropped, and an error of the user's data
comes from scikit-learn itself. Only interrupts pass through.
"""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from typing import Any

from skdask.accel.records import ACCELERATED, FELL_BACK, RECORDS, STAYED
from skdask.accel.stay import Small, Stay
from skdask.accel.targets import Target

# within our own route what scikit-learn does is none of the user's calls
_ours: ContextVar[bool] = ContextVar("skdask_accel_ours", default=False)
# the target that a call which stayed hands its arguments to, and the recorded call around
_passed_on: ContextVar[str] = ContextVar("skdask_accel_passed_on", default="")
_outer: ContextVar[str] = ContextVar("skdask_accel_outer", default="")

Function = Callable[..., Any]


def stand_in(target: Target, original: Function) -> Function:
    """What stands in the place of a function inside of scikit-learn."""
    signature = inspect.signature(original)

    @wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        if _ours.get() or not concerns(target, args):
            return original(*args, **kwargs)
        if target.name == _passed_on.get():
            _passed_on.set("")
            return original(*args, **kwargs)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return original(*args, **kwargs)  # which says it
        bound.apply_defaults()
        return _decide(target, bound.arguments, lambda: original(*args, **kwargs))

    return call


def concerns(target: Target, args: tuple[Any, ...]) -> bool:
    """Whether a method is called on an object of exactly one of scikit-learn's classes."""
    if not target.classes:
        return True
    kind = type(args[0]) if args else object
    return kind.__name__ in target.classes and kind.__module__.startswith("sklearn.")


def _decide(target: Target, arguments: Mapping[str, Any], original: Callable[[], Any]) -> Any:
    name = _shown(target, arguments)
    started, silent = time.perf_counter(), False
    try:
        result = _by_our_route(target, arguments)
    except Stay as stay:
        # not worth a line where it is one of the many fits that a recorded call is made of
        silent = isinstance(stay, Small) and bool(_outer.get())
        outcome, reason = STAYED, str(stay)
    except Exception as error:
        outcome, reason = FELL_BACK, _first_sentence(error)
    else:
        RECORDS.add(name, ACCELERATED, "", time.perf_counter() - started)
        return result
    passed, outer = _passed_on.set(target.calls), _outer.set(name)
    try:
        return original()
    finally:
        _outer.reset(outer)
        _passed_on.reset(passed)
        if not silent:
            RECORDS.add(name, outcome, reason, time.perf_counter() - started)


def _shown(target: Target, arguments: Mapping[str, Any]) -> str:
    name = f"{type(arguments['self']).__name__}.fit" if target.classes else target.name
    outer = _outer.get()
    return f"{outer} > {name}" if outer else name


def _by_our_route(target: Target, arguments: Mapping[str, Any]) -> Any:
    module, _, function = target.route.partition(":")
    route = getattr(import_module(f"skdask.accel.{module}"), function)
    token = _ours.set(True)
    try:
        with _warnings_on_success():
            return route(arguments)
    finally:
        _ours.reset(token)


@contextmanager
def _warnings_on_success() -> Iterator[None]:
    """Hold warnings back until the end, and drop them where an error leaves the block."""
    with warnings.catch_warnings(record=True) as held:
        yield
    for each in held:
        # they have been through the user's filters
        warnings.showwarning(
            each.message, each.category, each.filename, each.lineno, each.file, each.line
        )


def _first_sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    first = text.split(". ")[0].rstrip(".")
    kind = type(error).__name__
    return f"{kind}: {first}" if first else kind
