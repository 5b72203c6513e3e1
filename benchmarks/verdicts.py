"""Figures that have a target: printed with PASS or FAIL, and counted for the exit status."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Verdicts:
    """What was measured against targets.

    Attributes
    ----------
    failed : list of str
    """

    failed: list[str] = field(default_factory=list)
    passed: int = 0

    def at_most(self, what: str, found: float, limit: float, unit: str = "") -> None:
        """A figure that should not be above a limit."""
        fine = found <= limit
        self.passed += fine
        if not fine:
            self.failed.append(what)
        said = "PASS" if fine else "FAIL"
        print(f"{said}  {what:58} {found:9.3g} {unit:12} (at most {limit:g})", flush=True)

    def summary(self) -> str:
        """One line about all of them."""
        failed = f"; failed: {', '.join(self.failed)}" if self.failed else ""
        return f"{self.passed} of {self.passed + len(self.failed)} targets met{failed}"
