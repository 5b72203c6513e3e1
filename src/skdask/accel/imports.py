"""Telling when a module has been imported, so that scikit-learn is not imported for our sake.

A finder ahead of the others lets them find the module, and has its loader call us when the module
has run. It stays silent about every module that nobody waits for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class ImportWatch(MetaPathFinder):
    """Calls a function with each of some modules, once it is imported.

    Parameters
    ----------
    modules : collection of str
    then : callable
        Takes the module. Called at once for those that are imported already.
    """

    def __init__(self, modules: Sequence[str], then: Callable[[ModuleType], None]) -> None:
        self._then = then
        self._waiting = {name for name in modules if name not in sys.modules}
        for name in modules:
            if name not in self._waiting:
                then(sys.modules[name])
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._waiting.clear()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find, with a loader that calls back."""
        if fullname not in self._waiting:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._attach(spec)
                return spec
        return None

    def _attach(self, spec: ModuleSpec) -> None:
        loader: Any = spec.loader
        if not hasattr(loader, "exec_module"):
            return
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            execute(module)
            if spec.name in self._waiting:
                self._waiting.discard(spec.name)
                self._then(module)

        loader.exec_module = exec_module
