"""scikit-learn scripts, unchanged, with our shared passes where they win.

``python -m skdask.accel script.py``, ``%load_ext skdask.accel``, ``skdask.accel.install()`` or
``SKDASK_ACCEL=1`` give scikit-learn's own functions and methods another inside: one that fits by
our routes where these give the same answer sooner, and else calls what was there before. The user
sees and pickles scikit-learn's own objects only. `docs/accel.md` has the rest.
"""

from skdask.accel.installing import enabled, install, uninstall
from skdask.accel.notebook import load_ipython_extension, unload_ipython_extension
from skdask.accel.report import Report, report

__all__ = [
    "Report",
    "enabled",
    "install",
    "load_ipython_extension",
    "report",
    "uninstall",
    "unload_ipython_extension",
]
