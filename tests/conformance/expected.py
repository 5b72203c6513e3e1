"""Reading what is expected to fail, on the installed scikit-learn."""

from __future__ import annotations

from pathlib import Path

import sklearn
import yaml
from packaging.specifiers import SpecifierSet


def read_expected(path: Path, installed: str = sklearn.__version__) -> dict[str, dict[str, str]]:
    """Reasons by check, by estimator, of what is expected to fail with a release of scikit-learn.

    The file is a list. Of each entry ``estimators`` and ``checks`` name what fails together,
    ``reason`` says why, and ``scikit-learn`` of which releases that is so, if not of all.
    """
    found: dict[str, dict[str, str]] = {}
    for entry in yaml.safe_load(path.read_text()):
        unknown = entry.keys() - {"estimators", "checks", "reason", "scikit-learn"}
        if unknown or not entry["reason"]:
            raise ValueError(f"{path.name}: {sorted(unknown) or 'no reason'} in {entry}")
        if installed not in SpecifierSet(entry.get("scikit-learn", ""), prereleases=True):
            continue
        for estimator in entry["estimators"]:
            reasons = found.setdefault(estimator, {})
            for check in entry["checks"]:
                if check in reasons:
                    raise ValueError(f"{path.name}: {estimator}, {check} is there twice")
                reasons[check] = entry["reason"]
    return found
