"""`%load_ext skdask.accel` in IPython and Jupyter, and the magic `%accel_report`."""

from __future__ import annotations

from typing import Any

from skdask.accel.installing import install, uninstall
from skdask.accel.records import RECORDS
from skdask.accel.report import Report, report


def load_ipython_extension(shell: Any) -> None:
    """Accelerate scikit-learn in this session."""
    install()
    shell.register_magic_function(accel_report, "line", "accel_report")


def unload_ipython_extension(shell: Any) -> None:
    """Leave scikit-learn as it was."""
    uninstall()


def accel_report(line: str) -> Report:
    """The report so far; ``%accel_report clear`` begins another one after it."""
    found = report()
    if line.strip() == "clear":
        RECORDS.clear()
    return found
