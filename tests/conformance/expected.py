"""Reading what is expected to fail, on the installed scikit-learn."""

from __future__ import annotations

from pathlib import Path

import sklearn
import yaml
from packaging.specifiers import SpecifierSet

FIELDS = {"estimators", "checks", "reason", "scikit-learn", "data"}


def read_expected(
    path: Path, data: str, installed: str = sklearn.__version__
) -> dict[str, dict[str, str]]:
    """Reasons by check, by estimator, of what is expected to fail.

    The file is a list. Of each entry ``estimators`` and ``checks`` name what fails together,
    ``reason`` says why, ``data`` on which data, if not on all, and ``scikit-learn`` with which
    releases of it, if not with all.

    Parameters
    ----------
    path : Path
    data : "memory" or "chunks"
        What is checked: data in memory, or Dask collections.
    installed : str
        The release of scikit-learn.
    """
    found: dict[str, dict[str, str]] = {}
    for entry in yaml.safe_load(path.read_text()):
        unknown = entry.keys() - FIELDS
        if unknown or not entry["reason"]:
            raise ValueError(f"{path.name}: {sorted(unknown) or 'no reason'} in {entry}")
        if entry.get("data", data) not in ("memory", "chunks"):
            raise ValueError(f"{path.name}: there are no data {entry['data']!r}, in {entry}")
        if entry.get("data", data) != data:
            continue
        if installed not in SpecifierSet(entry.get("scikit-learn", ""), prereleases=True):
            continue
        for estimator in entry["estimators"]:
            reasons = found.setdefault(estimator, {})
            for check in entry["checks"]:
                if check in reasons:
                    raise ValueError(f"{path.name}: {estimator}, {check} is there twice")
                reasons[check] = entry["reason"]
    return found
