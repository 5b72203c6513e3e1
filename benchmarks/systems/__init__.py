"""The systems that are measured, one small adapter each.

An adapter is a namespace of the classes that workloads name (`Ridge`, `GridSearchCV`), with the
few things in which systems differ: how they are handed rows, how they read a folder of Parquet
files, how many jobs a search may have. What a system does not have, it raises
`NotAvailableError` for.
"""

from __future__ import annotations

from importlib import import_module

from benchmarks.systems.base import System

# module and class of each adapter, imported only where it runs
SYSTEMS: dict[str, tuple[str, str]] = {
    "scikit-learn": ("sklearn", "ScikitLearn"),
    "skdask": ("skdask", "SkdaskOnDask"),
    "skdask-numpy": ("skdask", "SkdaskOnNumpy"),
    "scikit-learn-intelex": ("intelex", "Intelex"),
    "dask-ml": ("dask_ml", "DaskML"),
}

REFERENCE = "scikit-learn"


def system(name: str) -> System:
    """The adapter of a system; fails where the system cannot be imported."""
    module, adapter = SYSTEMS[name]
    made: System = getattr(import_module(f"benchmarks.systems.{module}"), adapter)()
    return made
