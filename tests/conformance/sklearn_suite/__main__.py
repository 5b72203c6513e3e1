"""The command: runs scikit-learn's tests of some modules, prints and keeps what they come to."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import sklearn

from tests.conformance.sklearn_suite import outcomes
from tests.conformance.sklearn_suite.outcomes import Outcome, Rate, rate
from tests.conformance.sklearn_suite.rates import keep, write_page
from tests.conformance.sklearn_suite.targets import SCIKIT_LEARN, modules, paths_of

ROOT = Path(__file__).parents[3]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, and return how many modules have failures that are not in the list."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.k and options.record:
        parser.error("rates are of all tests of a module: leave out -k or --record")
    failing = 0
    for module in options.modules or modules():
        plain = _run("plain", module, options, again=bool(options.k))
        if options.mode == "plain":
            print(f"{module}: {Counter(outcome.status for outcome in plain.values())}")
            continue
        ours = _run(options.mode, module, options, again=not options.cached)
        found = rate(plain, ours, options.mode)
        _print(module, found)
        failures = _failures(plain, ours)
        if options.failures:
            _print_failures(failures)
        failing += bool(failures)
        if options.record:
            keep(module, options.mode, found)
            write_page()
    return failing


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.sklearn_suite")
    parser.add_argument("modules", nargs="*", help="such as linear_model; all without any")
    parser.add_argument("--mode", choices=("plain", "substituted", "dask"), default="dask")
    parser.add_argument("-n", type=int, default=1, help="processes")
    parser.add_argument("-k", default=None, help="which tests, as for pytest")
    parser.add_argument("--timeout", type=int, default=120, help="seconds of a test")
    parser.add_argument("--failures", action="store_true", help="print failures by message")
    parser.add_argument("--cached", action="store_true", help="take outcomes of an earlier run")
    parser.add_argument("--unlisted", action="store_true", help="expect no failures")
    parser.add_argument("--record", action="store_true", help="keep rates for docs/conformance.md")
    parser.add_argument(
        "--results",
        type=Path,
        default=Path(tempfile.gettempdir()) / f"skdask-conformance-{sklearn.__version__}",
        help="folder for what became of each test",
    )
    return parser


def _run(mode: str, module: str, options: argparse.Namespace, *, again: bool) -> dict[str, Outcome]:
    # what some tests come to is not taken for what all do
    path = options.results / ("selected" if options.k else "") / mode / f"{module}.json"
    if again or not path.exists():
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "SKDASK_N_THREADS": "2",
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "MPLBACKEND": "agg",
        }
        log = path.with_suffix(".log")
        with log.open("w") as output:
            subprocess.run(
                _command(mode, module, options, path),
                cwd=path.parent,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if not path.exists():
            raise SystemExit(f"pytest failed, see {log}")
    return outcomes.load(path)


def _command(mode: str, module: str, options: argparse.Namespace, results: Path) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-ra", "--tb=short", "-p", "no:cacheprovider"]
    # an empty file of settings, so that those of this repository do not hold there
    command += ["-c", os.devnull, f"--rootdir={SCIKIT_LEARN.parent}"]
    command += ["-p", "tests.conformance.sklearn_suite.plugin"]
    command += [f"--skdask-mode={mode}", f"--skdask-results={results}"]
    command += [f"--skdask-timeout={options.timeout}"]
    command += ["--skdask-unlisted"] * options.unlisted
    command += ["-k", options.k] if options.k else []
    command += ["-n", str(options.n)] if options.n > 1 else ["-p", "no:xdist"]
    return command + [str(path) for path in paths_of(module)]


def _print(module: str, found: Rate) -> None:
    print(
        f"{module}: {found.passed} of {found.tests} pass ({found.share:.2%}), {found.refused} "
        f"refused, {found.expected} expected failures, {found.failed} failures; "
        f"{found.without} tests without Dask input",
        flush=True,
    )


def _failures(plain: dict[str, Outcome], ours: dict[str, Outcome]) -> dict[str, Outcome]:
    """What fails with us, is not in the list, and passes without us or is not there at all."""
    return {
        test: outcome
        for test, outcome in ours.items()
        if outcome.status == "failed"
        and plain.get(test, Outcome()).status in (outcomes.PASSED, "xfailed")
    }


def _print_failures(failures: dict[str, Outcome]) -> None:
    by_message: dict[str, list[str]] = {}
    for test, outcome in failures.items():
        by_message.setdefault(" ".join(outcome.message.split())[:160], []).append(test)
    for message, tests in sorted(by_message.items(), key=lambda item: -len(item[1])):
        print(f"{len(tests):5} {message}")
        for test in tests[:4]:
            print(f"          {test}")


if __name__ == "__main__":
    sys.exit(main())
