"""Which of scikit-learn's tests are expected to fail, and why.

A file for each module of scikit-learn's, a list of entries. Of each ``tests`` are ids within the
module's tests (``test_ridge.py::test_x[...]``), in which a star stands for anything; ``reason``
says why they fail; ``mode`` in which mode, if not in both; ``scikit-learn`` with which releases, if
not with all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sklearn
import yaml
from packaging.specifiers import SpecifierSet

FOLDER = Path(__file__).with_name("expected")
MODES = ("substituted", "dask")


@dataclass(frozen=True)
class Line:
    """Tests that fail for one reason."""

    pattern: str
    reason: str

    def matches(self, test: str) -> bool:
        """Whether this is one of them: an id, within the folder of the module's tests."""
        parts = (re.escape(part) for part in self.pattern.split("*"))
        return re.fullmatch(".*".join(parts), test, re.DOTALL) is not None


def read_lines(
    module: str, mode: str, installed: str = sklearn.__version__, folder: Path = FOLDER
) -> list[Line]:
    """What is expected to fail of a module's tests in a mode, on a release of scikit-learn."""
    path = folder / f"{module}.yml"
    if not path.exists() or mode not in MODES:
        return []
    found = []
    for entry in yaml.safe_load(path.read_text()) or ():
        _check(entry, path.name)
        release = SpecifierSet(entry.get("scikit-learn", ""))
        if entry.get("mode", mode) == mode and release.contains(installed, prereleases=True):
            found += [Line(test, entry["reason"]) for test in entry["tests"]]
    return found


def _check(entry: dict[str, Any], where: str) -> None:
    unknown = entry.keys() - {"tests", "reason", "mode", "scikit-learn"}
    if unknown or not entry.get("reason") or not entry.get("tests"):
        raise ValueError(f"{where}: {sorted(unknown) or 'no tests or no reason'} in {entry}")
    if entry.get("mode", "dask") not in MODES:
        raise ValueError(f"{where}: mode is one of {MODES}, got {entry['mode']!r}")


def reasons(lines: list[Line], tests: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """The reason of each test that is expected to fail, and the lines that meet no test."""
    found: dict[str, str] = {}
    met: set[Line] = set()
    for test in tests:
        for line in lines:
            if line.matches(test):
                met.add(line)
                found.setdefault(test, line.reason)
    return found, [line.pattern for line in lines if line not in met]
