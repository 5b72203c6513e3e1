"""`SKDASK_ACCEL=1` in the environment: acceleration from the start of the interpreter.

The wheel puts `skdask_accel.pth` beside the package. Its one line asks for the variable, in every
interpreter of the environment, and imports this module only where it is set; that imports nothing
of scikit-learn or Dask before the program does.
"""

from __future__ import annotations

import atexit
import os
import sys

OFF = ("", "0", "false", "no", "off")
# some environments have their folder in the path by two names, and Python reads the file twice
_begun: list[str] = []


def begin() -> None:
    """Do what the variable says; an error is a line on standard error, and nothing else."""
    wanted = os.environ.get("SKDASK_ACCEL", "").strip().lower()
    if wanted in OFF or _begun:
        return
    _begun.append(wanted)
    try:
        from skdask.accel import install, report

        install()
    except Exception as error:
        print(f"SKDASK_ACCEL: not accelerated, {type(error).__name__}: {error}", file=sys.stderr)
        return
    if wanted == "report":
        atexit.register(lambda: report().print())
