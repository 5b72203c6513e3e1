"""What became of each test: kept as JSON, and what it comes to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PASSED = "passed"


@dataclass
class Outcome:
    """What became of one test.

    Attributes
    ----------
    status : str
        ``passed``, ``failed``, ``skipped``, ``xfailed`` (expected by scikit-learn itself),
        ``expected`` (expected by us) or ``refused`` (an UnsupportedError of ours was raised).
    message : str
        The head of the error, or why it was skipped.
    seconds : float
    on_dask : int
        Calls whose rows were handed over as a Dask collection.
    left : int
        Calls whose rows could not be.
    names : list of str
        Classes and functions that were given Dask collections.
    """

    status: str = PASSED
    message: str = ""
    seconds: float = 0.0
    on_dask: int = 0
    left: int = 0
    names: list[str] = field(default_factory=list)


def save(path: Path, outcomes: dict[str, Outcome], about: dict[str, Any]) -> None:
    """Keep outcomes by id, with what is true of the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tests = {test: asdict(outcome) for test, outcome in sorted(outcomes.items())}
    path.write_text(json.dumps({"about": about, "tests": tests}, indent=0))


def load(path: Path) -> dict[str, Outcome]:
    """Outcomes by id."""
    tests = json.loads(path.read_text())["tests"]
    return {test: Outcome(**outcome) for test, outcome in tests.items()}


@dataclass(frozen=True)
class Rate:
    """How many of scikit-learn's tests hold on ours.

    Attributes
    ----------
    tests : int
        That pass without us, and, on Dask collections, in which a call was given one.
    passed, refused, expected, failed : int
        Which of these pass; say that something is refused; are in the list of expected failures;
        fail.
    without : int
        Tests that pass without us and in which no call could be given a Dask collection.
    """

    tests: int
    passed: int
    refused: int
    expected: int
    failed: int
    without: int = 0

    @property
    def share(self) -> float:
        """Passing tests among all."""
        return self.passed / self.tests if self.tests else 1.0

    @property
    def share_of_accepted(self) -> float:
        """Passing tests among those in which nothing is refused."""
        accepted = self.tests - self.refused
        return self.passed / accepted if accepted else 1.0


def rate(plain: dict[str, Outcome], ours: dict[str, Outcome], mode: str) -> Rate:
    """What ours come to of the tests that pass without us."""
    meant = {
        test: ours.get(test, Outcome("failed", "not collected"))
        for test, outcome in plain.items()
        if outcome.status == PASSED
    }
    counted = list(meant.values())
    if mode == "dask":
        counted = [outcome for outcome in counted if outcome.on_dask]
    statuses = [outcome.status for outcome in counted]
    passed, refused, expected = (
        statuses.count(status) for status in (PASSED, "refused", "expected")
    )
    return Rate(
        tests=len(counted),
        passed=passed,
        refused=refused,
        expected=expected,
        failed=len(counted) - passed - refused - expected,
        without=len(meant) - len(counted),
    )
