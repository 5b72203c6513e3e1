"""What the figures were taken on, so that a table can be read a year later."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.limits import Limits

PACKAGES = ("scikit-dask", "scikit-learn", "numpy", "scipy", "dask")


def describe(limits: Limits) -> str:
    """One sentence: processor, memory, measured limits, versions."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = platform.python_version()
    return f"{_processor()}, {memory:.0f} GiB; {limits}; Python {python}, {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
