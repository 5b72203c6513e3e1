"""What is installed: the lines that a report of a bug needs."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import psutil
from threadpoolctl import threadpool_info

from skdask._version import __version__

__all__ = ["show_versions"]

# what answers and speed depend on; the optional ones last
_PACKAGES = (
    "scikit-learn", "dask", "distributed", "numpy", "scipy", "pandas", "pyarrow",
    "joblib", "psutil", "threadpoolctl", "rich", "fsspec", "s3fs", "polars", "skops", "matplotlib",
    "bokeh",
)  # fmt: skip


def show_versions() -> None:
    """Print the versions of skdask and of what it stands on, and what the machine is.

    Paste it into the report of a bug.

    Examples
    --------
    >>> import skdask
    >>> skdask.show_versions()
    System
      python ...
    Packages
      scikit-dask ...
      scikit-learn ...
    """
    for title, lines in (
        ("System", _system()),
        ("Packages", {"scikit-dask": __version__} | {name: _version(name) for name in _PACKAGES}),
        ("Linear algebra", _libraries()),
    ):
        print(title)
        width = max((len(name) for name in lines), default=0)
        for name, value in lines.items():
            print(f"  {name:<{width}}  {value}")


def _system() -> dict[str, str]:
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "python": sys.version.replace("\n", " "),
        "executable": sys.executable,
        "machine": platform.platform(),
        "cores": str(cpus),
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _libraries() -> dict[str, str]:
    """The libraries of this process that start threads; all of them once NumPy and SciPy run."""
    import sklearn.utils  # noqa: F401  # which loads what a fit would use

    return {
        os.path.basename(found["filepath"]): (
            f"{found['internal_api']} {found['version'] or ''}".rstrip()
            + f", {found['num_threads']} threads"
        )
        for found in threadpool_info()
    }
