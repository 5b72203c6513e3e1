"""The pytest plugin: binds names, hands rows over, and records what becomes of each test."""

from __future__ import annotations

import signal
import warnings
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dask
import pytest
import sklearn

import skdask
from tests.conformance.sklearn_suite import outcomes
from tests.conformance.sklearn_suite.calls import HandOver
from tests.conformance.sklearn_suite.expected import Line, read_lines, reasons
from tests.conformance.sklearn_suite.names import Substitution, our_names
from tests.conformance.sklearn_suite.outcomes import Outcome
from tests.conformance.sklearn_suite.targets import module_of

MODES = ("plain", "substituted", "dask")
_STATE = pytest.StashKey["_State"]()
_KEPT_OF_A_MESSAGE = 400


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("skdask")
    group.addoption("--skdask-mode", choices=MODES, default="plain")
    group.addoption("--skdask-results", type=Path, help="file for what becomes of each test")
    group.addoption("--skdask-timeout", type=int, default=120, help="seconds of a test")
    group.addoption("--skdask-unlisted", action="store_true", help="expect no failures")


class _State:
    """What lasts as long as the session."""

    def __init__(self, config: pytest.Config) -> None:
        self.mode: str = config.getoption("--skdask-mode")
        self.timeout: int = config.getoption("--skdask-timeout")
        self.hand_over = HandOver()
        self.expected: dict[str, str] = {}
        self.reports = _Reports()
        self.stack = ExitStack()
        self.stack.enter_context(warnings.catch_warnings())
        names = {} if self.mode == "plain" else our_names()
        on_dask = self.mode == "dask"
        self.substitution = (
            Substitution(names, self.hand_over.function) if on_dask else Substitution(names)
        )
        self.stack.enter_context(self.substitution)
        if on_dask:
            classes = [ours for ours in names.values() if isinstance(ours, type)]
            self.stack.enter_context(self.hand_over.methods(classes))
            self.stack.enter_context(
                # pandas types as the tests have them; no threads beside the engine's own
                dask.config.set({"dataframe.convert-string": False, "scheduler": "sync"})
            )


class _Reports:
    """What becomes of each test, here or, of the first of several processes, in any of them."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = self.outcomes.setdefault(report.nodeid, Outcome())
        outcome.seconds = round(outcome.seconds + report.duration, 3)
        given = dict(report.user_properties)
        if report.when == "teardown":
            outcome.on_dask = given.get("on_dask", 0)
            outcome.left = given.get("left", 0)
            outcome.names = given.get("names", [])
        if "status" in given:
            outcome.status, outcome.message = given["status"], given["message"]
        elif report.outcome == "failed":
            outcome.status, outcome.message = "failed", _head(report)
        elif report.outcome == "skipped" and outcome.status == outcomes.PASSED:
            outcome.status = "xfailed" if hasattr(report, "wasxfail") else "skipped"
            outcome.message = _head(report)


def pytest_configure(config: pytest.Config) -> None:
    # of a run on several processes this one only collects what they report
    state = config.stash[_STATE] = _State(config)
    config.pluginmanager.register(state.reports, "skdask-reports")


def pytest_unconfigure(config: pytest.Config) -> None:
    state = config.stash.get(_STATE, None)
    if state is None:
        return
    state.stack.close()
    path = config.getoption("--skdask-results")
    if path is not None and not hasattr(config, "workerinput"):
        about = {
            "mode": state.mode,
            "scikit-learn": sklearn.__version__,
            "skdask": skdask.__version__,
        }
        outcomes.save(path, state.reports.outcomes, about)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    state = collector.config.stash[_STATE]
    if not isinstance(collector, pytest.Module):
        return (yield)
    with state.substitution.while_tests_are_imported():
        return (yield)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    state = config.stash[_STATE]
    if config.getoption("--skdask-unlisted"):
        return
    by_module: dict[str, dict[str, str]] = {}
    for item in items:
        module, test = module_of(item.nodeid)
        by_module.setdefault(module, {})[test] = item.nodeid
    unknown: list[str] = []
    for module, tests in by_module.items():
        lines = _of_collected_files(read_lines(module, state.mode), set(tests))
        found, unmet = reasons(lines, tests)
        state.expected |= {tests[test]: reason for test, reason in found.items()}
        unknown += [f"{module}: {pattern}" for pattern in unmet]
    if unknown and not config.getoption("keyword"):
        raise pytest.UsageError(f"expected to fail, and not there: {unknown}")


def _of_collected_files(lines: list[Line], tests: set[str]) -> list[Line]:
    """Lines on the files of tests that are run at all."""
    files = {test.split("::")[0] for test in tests}
    return [line for line in lines if line.pattern.split("::")[0] in files]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    state = item.config.stash[_STATE]
    state.hand_over.begin_test()
    with _time_limit(state.timeout):
        return (yield)


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raise in the test where it takes longer; within compiled code, as soon as that returns."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"the test took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    state = item.config.stash[_STATE]
    if call.when == "teardown":
        calls = state.hand_over.calls
        report.user_properties = [
            ("on_dask", calls.on_dask),
            ("left", calls.left),
            ("names", sorted(calls.names)),
        ]
        return report
    report.user_properties = []
    refused = state.hand_over.calls.refused
    reason = state.expected.get(item.nodeid)
    if refused is not None and report.outcome in ("passed", "failed") and call.when == "call":
        report.user_properties = [("status", "refused"), ("message", refused)]
        report.outcome, report.wasxfail = "skipped", f"refused: {refused}"
    if reason is None or report.outcome == "skipped":
        return report
    if report.outcome == "failed":
        report.user_properties = [("status", "expected"), ("message", reason)]
        report.outcome, report.wasxfail = "skipped", reason
    elif call.when == "call":
        report.outcome = "failed"
        report.longrepr = f"[strict] passes, and is expected to fail: {reason}"
    return report


def _head(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])[:_KEPT_OF_A_MESSAGE]
    crash = getattr(report.longrepr, "reprcrash", None)
    message = str(report.longrepr) if crash is None else f"{crash.message}"
    return message[:_KEPT_OF_A_MESSAGE]
