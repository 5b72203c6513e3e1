"""Which names of scikit-learn's are ours, and where they are bound while its tests are imported.

A test takes a class from the public module (``from sklearn.linear_model import Ridge``) or from the
file that defines it (``from sklearn.linear_model._ridge import Ridge``). The first are ours for as
long as a `Substitution` lasts; the second only while a test module is imported, so that
scikit-learn's own code goes on with its own classes.
"""

from __future__ import annotations

import pkgutil
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

import sklearn

import skdask
from skdask._modules import ESTIMATOR_MODULES, INNER_MODULES

MODULES = (*ESTIMATOR_MODULES, *INNER_MODULES, "metrics", "model_selection")

# imported with our names in place, as they keep tables of classes for the tests
_OF_TESTS = ("tests", "conftest", "_test_common", "estimator_checks")
# what enables something, or is not scikit-learn's own
_LEFT_OUT = ("externals", "enable_iterative_imputer", "enable_halving_search_cv")


def our_names() -> dict[Any, Any]:
    """Our class or function for each public one of scikit-learn's that has one."""
    # without which two of its names are not there
    import_module("sklearn.experimental.enable_iterative_imputer")
    import_module("sklearn.experimental.enable_halving_search_cv")
    found = {}
    for name in MODULES:
        theirs, ours = import_module(f"sklearn.{name}"), import_module(f"skdask.{name}")
        for public in ours.__all__:
            original, replacement = getattr(theirs, public, None), getattr(ours, public)
            if original is not None and original is not replacement:
                found[original] = replacement
    return found


def import_scikit_learn() -> None:
    """Import all of scikit-learn but its tests, so that its own code has its own classes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _module_names(sklearn):
            try:
                import_module(name)
            except ImportError:  # an optional dependency
                continue


def _module_names(package: ModuleType) -> Iterator[str]:
    for _, name, is_package in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if name.rpartition(".")[2] in _OF_TESTS + _LEFT_OUT:
            continue
        yield name
        if is_package and name in sys.modules:
            yield from _module_names(sys.modules[name])


class Substitution:
    """scikit-learn's public names bound to ours until it ends.

    Parameters
    ----------
    names : dict
        What is bound in place of each class or function.
    bind : callable, optional
        From our class or function to what is bound in its place.
    """

    def __init__(
        self, names: dict[Any, Any], bind: Callable[[Any], Any] = lambda ours: ours
    ) -> None:
        self._ours = {id(theirs): (theirs, bind(ours)) for theirs, ours in names.items()}
        self._bound: list[tuple[ModuleType, str, Any]] = []

    def __enter__(self) -> Substitution:
        import_scikit_learn()
        if self._ours:
            self._bound = _shield() + self._bind(_is_public)
        return self

    def __exit__(self, *_: object) -> None:
        _restore(self._bound)

    @contextmanager
    def while_tests_are_imported(self) -> Iterator[None]:
        """Bind them in the files that define them, too."""
        bound = self._bind(_is_defined)
        try:
            yield
        finally:
            _restore(bound)

    def _bind(
        self, is_meant: Callable[[ModuleType, str, Any], bool]
    ) -> list[tuple[ModuleType, str, Any]]:
        bound = []
        for module in _loaded():
            for name, value in list(vars(module).items()):
                theirs, ours = self._ours.get(id(value), (None, None))
                if theirs is not None and value is theirs and is_meant(module, name, value):
                    setattr(module, name, ours)
                    bound.append((module, name, theirs))
        return bound


def _shield() -> list[tuple[ModuleType, str, Any]]:
    """Give our own code, which looks names up in scikit-learn's modules, what these are now."""
    kept: dict[str, ModuleType] = {}
    bound = []
    for _, name, _ in pkgutil.walk_packages(skdask.__path__, "skdask."):
        if name.endswith("__main__"):
            continue
        module = import_module(name)
        for own, value in list(vars(module).items()):
            if isinstance(value, ModuleType) and value.__name__.startswith("sklearn."):
                copy = kept.setdefault(value.__name__, ModuleType(value.__name__))
                vars(copy).update(vars(value))
                setattr(module, own, copy)
                bound.append((module, own, value))
    return bound


def _loaded() -> list[ModuleType]:
    return [
        module
        for name, module in sorted(sys.modules.items())
        if name.split(".")[0] == "sklearn"
        and isinstance(module, ModuleType)
        and not set(name.split(".")) & {*_OF_TESTS, "externals"}
    ]


def _is_public(module: ModuleType, name: str, value: Any) -> bool:
    if any(part.startswith("_") for part in module.__name__.split(".")):
        return False
    return name in getattr(module, "__all__", ()) or _is_defined(module, name, value)


def _is_defined(module: ModuleType, name: str, value: Any) -> bool:
    return bool(getattr(value, "__module__", None) == module.__name__)


def _restore(bound: list[tuple[ModuleType, str, Any]]) -> None:
    for module, name, value in bound:
        setattr(module, name, value)
    bound.clear()
