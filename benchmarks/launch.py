"""Start a child process for one run, watch its memory and its time, and take its results in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Outcome:
    """One run: its figures, or why there are none.

    Attributes
    ----------
    failed : str
        Empty if the run ended well.
    facts : dict
        What `child.measure` tells, with `peak_bytes` including worker processes.
    answer : ndarray or None
    """

    failed: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    answer: NDArray[np.float64] | None = None


def launch(
    system: str, workload: str, rows: float, data: Path, limit: float, python: str = sys.executable
) -> Outcome:
    """Run one workload on one system in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / "measured.json"
        command = [python, "-m", "benchmarks.child", system, workload]
        command += ["--rows", str(rows), "--data", str(data), "--to", str(to)]
        with (Path(folder) / "stderr").open("w+") as errors:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
            try:
                in_time, workers = _watch(child, limit)
            finally:
                _end(child)
            if not in_time:
                return Outcome(f"> {limit:g} s")
            if not to.exists():
                errors.seek(0)
                said = errors.read().strip().splitlines()
                why = said[-1] if said else f"ended with {child.returncode}"
                return Outcome(f"failed: {why}")
        facts = json.loads(to.read_text())
        if "failed" in facts:
            return Outcome(f"failed: {facts['failed']}")
        facts["peak_bytes"] += workers
        return Outcome("", facts, np.load(to.with_suffix(".npy")))


def _watch(child: subprocess.Popen[bytes], limit: float) -> tuple[bool, int]:
    """Whether the child ended within the limit, and the most memory its workers held together."""
    deadline = time.monotonic() + limit
    most = 0
    while child.poll() is None:
        if time.monotonic() > deadline:
            return False, most
        most = max(most, _workers_bytes(child.pid))
        time.sleep(POLL_SECONDS)
    return True, most


def _workers_bytes(pid: int) -> int:
    """Memory of a process's descendants, shared pages divided by those who share them."""
    total = 0
    try:
        for worker in psutil.Process(pid).children(recursive=True):
            facts = worker.memory_full_info()
            total += getattr(facts, "pss", facts.uss)
    except psutil.Error:
        pass
    return total


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and the workers in its session."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
