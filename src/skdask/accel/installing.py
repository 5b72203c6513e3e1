"""Giving scikit-learn's functions their other inside, now or when their module is imported."""

from __future__ import annotations

import threading
from types import ModuleType

from skdask.accel.calls import stand_in
from skdask.accel.imports import ImportWatch
from skdask.accel.inside import Replaced
from skdask.accel.records import RECORDS
from skdask.accel.settings import set_settings
from skdask.accel.targets import TARGETS, Target

_lock = threading.RLock()
_watch: ImportWatch | None = None
_replaced: list[Replaced] = []


def install(*, within_tolerance: bool = False, always: bool = False) -> None:
    """Accelerate scikit-learn from now on; a second call changes the settings alone.

    Parameters
    ----------
    within_tolerance : bool, default=False
        Accelerate iterative solvers too, whose answers agree up to the solver's ``tol`` and not
        to rounding: logistic regression above all.
    always : bool, default=False
        Take our route wherever it gives the same answer, also where it is not expected to be
        faster: for checking.

    Examples
    --------
    >>> import skdask.accel
    >>> skdask.accel.install()
    >>> from sklearn.linear_model import Ridge  # scikit-learn's own, and stays that
    >>> skdask.accel.uninstall()
    """
    global _watch
    with _lock:
        set_settings(within_tolerance=within_tolerance, always=always)
        if _watch is None:
            _watch = ImportWatch(tuple({target.module for target in TARGETS}), _replace_in)


def uninstall() -> None:
    """Leave scikit-learn as it was; what was recorded for the report stays."""
    global _watch
    with _lock:
        if _watch is not None:
            _watch.stop()
            _watch = None
        while _replaced:
            _replaced.pop().undo()


def enabled() -> bool:
    """Whether scikit-learn is accelerated now."""
    return _watch is not None


def _replace_in(module: ModuleType) -> None:
    for target in TARGETS:
        if target.module == module.__name__:
            _replace(module, target)


def _replace(module: ModuleType, target: Target) -> None:
    try:
        found: object = module
        for part in target.name.split("."):
            found = getattr(found, part)
        _replaced.append(Replaced(found, lambda original: stand_in(target, original)))
    except LookupError as error:
        RECORDS.note(f"not accelerated in this release of scikit-learn: {error}")
    except AttributeError:
        RECORDS.note(f"not accelerated: this release of scikit-learn has no {target.name}")
