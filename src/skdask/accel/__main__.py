"""`python -m skdask.accel`: options of ours, then a script, a module or code and its arguments."""

from __future__ import annotations

import argparse
import atexit
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from skdask.accel.installing import install
from skdask.accel.report import report
from skdask.accel.running import Program

_EPILOG = """\
examples:
  python -m skdask.accel script.py --its-option 3
  python -m skdask.accel --report script.py
  python -m skdask.accel -m package.module
  python -m skdask.accel -c 'import sklearn; ...'

What is accelerated, and why something is not: docs/accel.md.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a program with scikit-learn accelerated, as Python itself would run it."""
    ours, kind, rest = split_arguments(list(sys.argv[1:] if arguments is None else arguments))
    parser = _parser()
    options = parser.parse_args(ours)
    if not rest:
        parser.error("say what to run: a script, -m MODULE, -c CODE, or - for standard input")
    install(within_tolerance=options.within_tolerance, always=options.always)
    if options.report:
        # registered first, so that it runs last
        atexit.register(lambda: report().print())
    if options.report_file:
        atexit.register(partial(_write, options.report_file))
    Program(kind, rest[0], rest[1:]).run()


def split_arguments(given: list[str]) -> tuple[list[str], str, list[str]]:
    """Our options, what kind of program follows, and the program with its own arguments."""
    place = 0
    while place < len(given):
        argument = given[place]
        for short, kind in (("-m", "module"), ("-c", "code")):
            if argument == short:
                return given[:place], kind, given[place + 1 :]
            if argument.startswith(short) and not argument.startswith("--"):
                return given[:place], kind, [argument[2:], *given[place + 1 :]]
        if argument == "--":
            return given[:place], "script", given[place + 1 :]
        if argument == "-" or not argument.startswith("-"):
            return given[:place], "script", given[place:]
        place += 2 if argument == "--report-file" else 1
    return given, "script", []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m skdask.accel",
        usage="%(prog)s [options] (SCRIPT | -m MODULE | -c CODE | -) [arguments ...]",
        description="Run a scikit-learn program unchanged, with our shared passes where they give "
        "the same answer sooner.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--report",
        action="store_true",
        help="at the end, say on standard error what was accelerated, what was not and why",
    )
    parser.add_argument(
        "--report-file", metavar="FILE", type=Path, help="write the same to a file, as JSON"
    )
    parser.add_argument(
        "--within-tolerance",
        action="store_true",
        help="accelerate iterative solvers too (logistic regression above all), whose answers "
        "agree up to the solver's tolerance, not to rounding",
    )
    parser.add_argument(
        "--always",
        action="store_true",
        help="take our routes also where they are not expected to be faster, for checking",
    )
    return parser


def _write(path: Path) -> None:
    path.write_text(report().to_json() + "\n")


if __name__ == "__main__":
    main()
