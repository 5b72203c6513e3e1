"""`python -m benchmarks [names]`: run workloads on systems and print one table."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.console import Console

from benchmarks.launch import ROOT, launch
from benchmarks.limits import measure_limits
from benchmarks.machine import describe
from benchmarks.make_data import DATA
from benchmarks.results import Cell, Row, rows_of
from benchmarks.systems import REFERENCE, SYSTEMS
from benchmarks.table import markdown, terminal
from benchmarks.workloads import select
from benchmarks.workloads.base import Workload

RESULTS = Path(__file__).parent / "results"
QUICK = 0.1
WIDTH = 150


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="workloads, or the beginning of their names (linear/1Mx50)"
    )
    parser.add_argument(
        "--systems",
        nargs="+",
        choices=SYSTEMS,
        default=list(SYSTEMS),
        metavar="SYSTEM",
        help=f"which of {', '.join(SYSTEMS)}; all by default",
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (3)")
    parser.add_argument(
        "--once-above",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="a first run that takes longer is not repeated (60)",
    )
    parser.add_argument("--limit", type=float, default=600.0, help="seconds a run may take (600)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a tenth of the rows")
    size.add_argument("--rows", type=float, default=1.0, metavar="FRACTION", help="of all rows")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="SYSTEM=INTERPRETER",
        help="the interpreter of a peer that has an environment of its own",
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder for the data")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for JSON and Markdown")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    options = parser.parse_args(arguments)
    try:
        options.workloads = select(options.names)
    except ValueError as error:
        parser.error(str(error))
    options.pythons = {}
    for pair in options.python:
        system, _, interpreter = pair.partition("=")
        if system not in SYSTEMS or not interpreter:
            parser.error(f"--python takes SYSTEM=INTERPRETER, got {pair!r}")
        options.pythons[system] = interpreter
    if options.quick:
        options.rows = QUICK
    if not 0 < options.rows <= 1:
        parser.error(f"--rows must be above 0 and at most 1, got {options.rows}")
    options.data = options.data.resolve()
    return options


def make_data(workload: Workload, options: argparse.Namespace) -> None:
    command = [sys.executable, "-m", "benchmarks.make_data", workload.name]
    command += ["--rows", str(options.rows), "--data", str(options.data)]
    subprocess.run(command, cwd=ROOT, check=True)


def run_workload(workload: Workload, options: argparse.Namespace, console: Console) -> list[Cell]:
    """All systems, in turn, the order reversed every time."""
    cells = {name: Cell(name) for name in options.systems}
    for turn in range(options.repeat):
        order = list(cells.values())
        for cell in reversed(order) if turn % 2 else order:
            if turn and (cell.failed or cell.seconds > options.once_above):
                continue
            python = options.pythons.get(cell.system, sys.executable)
            with console.status(f"{workload.name}: {cell.system}, run {turn + 1}"):
                outcome = launch(
                    cell.system, workload.name, options.rows, options.data, options.limit, python
                )
            cell.outcomes.append(outcome)
    return list(cells.values())


def write(rows: Sequence[Row], machine: str, options: argparse.Namespace) -> Path:
    options.out.mkdir(parents=True, exist_ok=True)
    now = datetime.now().astimezone()
    stem = options.out / now.strftime("%Y-%m-%dT%H-%M-%S")
    facts = {
        "date": now.isoformat(timespec="seconds"),
        "machine": machine,
        "fraction_of_rows": options.rows,
        "results": [asdict(row) for row in rows],
    }
    stem.with_suffix(".json").write_text(json.dumps(facts, indent=1))
    size = "" if options.rows == 1 else f", {options.rows:g} of the rows"
    text = f"{now:%Y-%m-%d}{size}. {machine}.\n\n{markdown(rows)}\n"
    stem.with_suffix(".md").write_text(text)
    return stem


def main() -> None:
    # so that a run under `timeout` takes its child with it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = parse()
    # a log is wide enough for the table
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    if options.list:
        console.print(*[workload.name for workload in options.workloads], sep="\n")
        return
    limits = measure_limits()
    machine = describe(limits)
    console.print(machine)
    rows: list[Row] = []
    for workload in options.workloads:
        make_data(workload, options)
        cells = run_workload(workload, options, console)
        dataset = workload.dataset
        shape = (dataset.scaled(options.rows) if options.rows < 1 else dataset).shape
        new = rows_of(workload, shape, cells, REFERENCE, limits)
        rows += new
        console.print(terminal(new, ""))
    if len(options.workloads) > 1:
        console.print(terminal(rows, "all workloads"))
    stem = write(rows, machine, options)
    console.print(f"written to {stem}.md and .json")


if __name__ == "__main__":
    main()
