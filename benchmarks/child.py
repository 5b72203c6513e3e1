"""One system, one workload, one run, in a process of its own; writes what it measured as JSON.

Order: load the data, run once on a few rows (so that libraries are loaded and threads started
for everybody), note the memory, run and take the time, note the peak, and only then compute the
answer.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
import warnings
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import Dataset, Table
from benchmarks.systems import system
from benchmarks.systems.base import NotAvailableError
from benchmarks.workloads import WORKLOADS
from benchmarks.workloads.base import Workload

WARM_UP_ROWS = 2000


def measure(name: str, workload: Workload, dataset: Dataset, folder: Path) -> dict[str, Any]:
    """Run a workload on a system and return what it cost, with its answer under "answer"."""
    adapter = system(name)
    given: tuple[Any, Any]
    if isinstance(dataset, Table):
        given = dataset.path(folder), dataset.budget
        workload.run(adapter, dataset.sample_path(folder), dataset.budget)
    else:
        rows = dataset.load(folder)
        few = evenly(rows, WARM_UP_ROWS)
        (workload.warm_up or workload.run)(adapter, *adapter.hand_over(*few))
        given = adapter.hand_over(*rows)
        # a Dask Array copies what it wraps, and one copy is enough
        del rows
    forget_peak()
    before = resident_bytes()
    started = time.perf_counter()
    result = workload.run(adapter, *given)
    seconds = time.perf_counter() - started
    peak = peak_bytes()
    report = getattr(result, "fit_report_", None)
    raw = given if isinstance(dataset, Table) else dataset.load(folder)
    return {
        "seconds": seconds,
        "peak_bytes": peak,
        "start_bytes": before,
        "report": _as_dict(report),
        "version": version(adapter.distribution),
        "answer": workload.answer(result, *raw),
    }


def evenly(arrays: tuple[Any, Any], n_rows: int) -> tuple[Any, Any]:
    """A few rows from all over the arrays."""
    stride = max(1, len(arrays[0]) // n_rows)
    first, second = (array[::stride][:n_rows].copy() for array in arrays)
    return first, second


def _as_dict(report: Any) -> dict[str, Any] | None:
    names = ("read_seconds", "compute_seconds", "merge_seconds", "solve_seconds", "seconds")
    if report is None:
        return None
    facts = {name: getattr(report, name) for name in names}
    return {"passes": report.passes, "outcomes": list(report.outcomes), **facts}


def resident_bytes() -> int:
    """Resident memory of this process now; 0 where the system does not tell."""
    return _status("VmRSS:") or 0


def forget_peak() -> None:
    """Begin a new peak, where Linux allows it: loading the data is not the fit's."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int:
    """The largest resident memory of this process since `forget_peak`.

    On Linux `ru_maxrss` begins with the parent's, so the kernel's own mark is read there.
    """
    return _status("VmHWM:") or 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _status(key: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(key)), None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.child", description=__doc__)
    parser.add_argument("system")
    parser.add_argument("workload")
    parser.add_argument("--rows", type=float, default=1.0)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True, help="JSON file to write")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    workload = WORKLOADS[options.workload]
    dataset: Dataset = workload.dataset
    if options.rows < 1.0:
        dataset = dataset.scaled(options.rows)
    try:
        measured = measure(options.system, workload, dataset, options.data)
        np.save(options.to.with_suffix(".npy"), measured.pop("answer"))
    except NotAvailableError as error:
        measured = {"failed": str(error)}
    except Exception as error:
        measured = {"failed": " ".join(f"{type(error).__name__}: {error}".split())}
    options.to.write_text(json.dumps(measured))


if __name__ == "__main__":
    main()
