"""From runs to rows of the table: medians, ratios, agreement, share of the machine's limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.launch import Outcome
from benchmarks.limits import Limits
from benchmarks.workloads.base import Workload, difference


@dataclass
class Cell:
    """All runs of one system on one workload.

    Attributes
    ----------
    system : str
    outcomes : list of Outcome
    """

    system: str
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def good(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.failed]

    @property
    def failed(self) -> str:
        """Why there are no figures; empty where there are."""
        if self.good:
            return ""
        return self.outcomes[-1].failed if self.outcomes else "failed: not run"

    @property
    def seconds(self) -> float:
        return median(outcome.facts["seconds"] for outcome in self.good)

    @property
    def peak_bytes(self) -> float:
        return median(outcome.facts["peak_bytes"] for outcome in self.good)

    @property
    def answer(self) -> NDArray[np.float64] | None:
        return self.good[0].answer if self.good else None

    @property
    def report(self) -> dict[str, Any] | None:
        """The fit report of the run that took the median time, where the system has one."""
        if not self.good:
            return None
        by_time = sorted(self.good, key=lambda outcome: outcome.facts["seconds"])
        report: dict[str, Any] | None = by_time[len(by_time) // 2].facts["report"]
        return report


@dataclass(frozen=True)
class Row:
    """One line of the table; None where a figure makes no sense."""

    workload: str
    rows: int
    features: int
    system: str
    version: str = ""
    failed: str = ""
    runs: int = 0
    seconds: float | None = None
    ratio: float | None = None
    peak_mb: float | None = None
    start_mb: float | None = None
    passes: int | None = None
    difference: float | None = None
    agrees_in: str = ""
    share_of_limit: float | None = None
    report: dict[str, Any] | None = None
    all_seconds: tuple[float, ...] = ()


def rows_of(
    workload: Workload,
    shape: tuple[int, int],
    cells: Sequence[Cell],
    reference: str,
    limits: Limits,
) -> list[Row]:
    """The lines of one workload."""
    theirs = next((cell for cell in cells if cell.system == reference), None)
    return [_row(workload, shape, cell, theirs, limits) for cell in cells]


def _row(
    workload: Workload, shape: tuple[int, int], cell: Cell, theirs: Cell | None, limits: Limits
) -> Row:
    if cell.failed:
        return Row(workload.name, *shape, cell.system, failed=cell.failed)
    report = cell.report
    passes = report["passes"] if report else None
    comparable = theirs is not None and theirs.answer is not None
    share = None
    if workload.work is not None:
        share = limits.seconds(workload.work(*shape, passes or 1)) / cell.seconds
    facts = cell.good[0].facts
    return Row(
        workload.name,
        *shape,
        cell.system,
        version=facts["version"],
        runs=len(cell.good),
        seconds=cell.seconds,
        ratio=theirs.seconds / cell.seconds if comparable else None,
        peak_mb=cell.peak_bytes / 1e6,
        start_mb=facts["start_bytes"] / 1e6,
        passes=passes,
        difference=difference(cell.answer, theirs.answer, relative=workload.relative)
        if comparable and cell is not theirs
        else None,
        agrees_in=workload.agrees_in,
        share_of_limit=share,
        report=report,
        all_seconds=tuple(outcome.facts["seconds"] for outcome in cell.good),
    )
