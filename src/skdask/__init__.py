"""scikit-learn workflows on data larger than memory, with Dask as the engine.

Modules mirror scikit-learn's and are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from skdask._modules import ESTIMATOR_MODULES
from skdask._version import __version__

if TYPE_CHECKING:
    from skdask import config as config

# What needs pandas, PyArrow and Dask is imported on demand, so that `import skdask` is quick
_MODULES = ("blocks", "inspection", "metrics", "model_selection", *ESTIMATOR_MODULES)
# which are not of estimators or rows
_ROOMS = ("accel", "config")
_FUNCTIONS = {
    "load": "persistence",
    "report": "passes.collect",
    "save": "persistence",
    "show_versions": "versions",
    "tabular_pipeline": "tabular",
}

__all__ = ["__version__", *_MODULES, *_ROOMS, *_FUNCTIONS]


def __getattr__(name: str) -> Any:
    if name in (*_MODULES, *_ROOMS):
        return import_module(f"skdask.{name}")
    if name in _FUNCTIONS:
        return getattr(import_module(f"skdask.{_FUNCTIONS[name]}"), name)
    raise AttributeError(f"module 'skdask' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
