"""Progress: what is shown, where, and that it is silent elsewhere and ends in any case."""

from __future__ import annotations

import io
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from rich import live as rich_live
from rich.console import Console

from skdask import config
from skdask.linear_model import LogisticRegression
from skdask.passes import Expecting, Outlook, Request, ask, progress, run, together
from skdask.passes.meter import Meter
from skdask.passes.progress import PassProgress, is_verbose, say
from skdask.passes.request import Live, longest
from skdask.statistics import GlmGradient, Labels, LogisticProblem, Moments
from skdask.testing import CountingBlocks


def two_passes():
    yield (Request(Moments()), Request(Labels()))
    yield from ask(GlmGradient(LogisticProblem(np.array([0, 1])), np.zeros((5, 1))))


def shown(run_progress) -> str:
    console = Console(width=200, file=io.StringIO())
    console.print(run_progress.lines())
    return console.file.getvalue()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Makes stderr a terminal; to be called in the test, since pytest sets stderr before it."""

    def made():
        found = Terminal()
        monkeypatch.setattr(sys, "stderr", found)
        monkeypatch.setenv("TERM", "xterm")
        return found

    return made


def test_progress_writes_to_stderr(counted, capsys):
    with config.set(progress=True):
        run([two_passes()], counted, what="[brackets] (stay)")
    written = capsys.readouterr()
    assert written.out == ""
    # one line, whatever the number of passes
    assert "[brackets] (stay): 2 passes over 1,000 rows in " in written.err
    assert written.err.count("brackets") == 1


@pytest.mark.parametrize("wanted", [False, None])
def test_short_or_silent_runs_write_nothing(counted, capsys, wanted):
    with config.set(progress=wanted):
        run([two_passes()], counted, what="t", verbose=True)
    assert capsys.readouterr() == ("", "")
    assert not any(thread.name == "skdask-progress" for thread in threading.enumerate())


def test_a_short_run_in_a_terminal_is_silent_unless_verbose(counted, terminal):
    written = terminal()
    run([two_passes()], counted, what="short")
    assert written.getvalue() == ""
    slow = Slow(counted)
    run([two_passes()], slow, what="short", verbose=True)
    assert "short: 2 passes over 1,000 rows" in written.getvalue()
    written.truncate(0)
    with config.set(progress=False):
        run([two_passes()], slow, what="short", verbose=True)
    assert "short" not in written.getvalue()


def test_a_dumb_terminal_gets_nothing(counted, terminal, monkeypatch):
    written = terminal()
    monkeypatch.setenv("TERM", "dumb")
    run([two_passes()], Slow(counted), what="t", verbose=True)
    assert written.getvalue() == ""


def test_no_colour_where_it_is_not_wanted(counted, terminal, monkeypatch):
    written = terminal()
    monkeypatch.setenv("NO_COLOR", "1")
    run([two_passes()], Slow(counted), what="t", verbose=True)
    assert "2 passes" in written.getvalue()
    # bold and dim are no colours
    assert "[38;" not in written.getvalue()


class Slow(CountingBlocks):
    def read(self, unit, *, features=True):
        for block in super().read(unit, features=features):
            time.sleep(0.02)
            yield block


def test_figures(monkeypatch):
    with config.set(progress=True):
        tested = PassProgress("fit", budget=10**9)
    meter = Meter()
    tested.begin_pass(3, 100, meter, threads=4, outlook=Outlook(5))
    try:
        assert "left" not in shown(tested)
        meter.rows, meter.bytes_read, meter.blocks = 50_000, 200_000_000, 25
        # as ten seconds later, to the millisecond
        now = tested._pass.started + 10.0
        monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now))
        text = shown(tested)
    finally:
        tested.end()
    assert "fit: pass 3 of about 7" in text
    assert "25/100 blocks" in text
    assert "20 MB/s" in text
    assert "5,000 rows/s" in text
    assert "4 in flight" in text
    assert "0:30 left of the pass, about 3:10 of the run" in text


def test_figures_of_a_cluster():
    with config.set(progress=True):
        tested = PassProgress("fit", budget=2**29)
    # threads of one worker, and those of all of them
    meter = Meter(start_rss=2**40, threads=6)
    tested.begin_pass(1, 100, meter, threads=2, workers=3)
    try:
        text = shown(tested)
        assert "6 in flight" in text
        assert "3 workers" in text
        # nothing is known of their memory yet, and that of this process is of no interest
        assert "memory" not in text
        assert "fullest" not in text
        for grown in (30, 50, 40):
            worker = Meter(start_rss=2**28, where="worker 1")
            worker.count(10, 800)
            worker.peak_rss = 2**28 + grown * 2**20
            meter.absorb(worker.cost())
        assert "fullest worker 50.00 MiB of 512.00 MiB" in shown(tested)
        tested.begin_pass(2, 4, meter, threads=2, workers=0)
        assert "0 in flight, 0 workers" in shown(tested)
    finally:
        tested.end()


def test_a_limit_is_called_one():
    with config.set(progress=True):
        tested = PassProgress("fit")
    tested.begin_pass(1, 4, Meter(), outlook=Outlook(101, at_most=True))
    assert "fit: pass 1 of at most 101" in shown(tested)
    tested.begin_pass(2, 4, Meter())
    assert "fit: pass 2, 0/4 blocks" in shown(tested)
    assert " of " not in shown(tested).splitlines()[0]
    tested.end()
    tested.end()


def test_outlooks_side_by_side():
    assert longest([]) is None
    assert longest([Outlook(3), None]) is None
    assert longest([Outlook(3), Outlook(7, at_most=True)]) == Outlook(7, at_most=True)


def test_algorithms_side_by_side_tell_of_the_longest():
    def knows(passes):
        yield Expecting.of([Request(Moments())], Outlook(passes))

    live = Live([knows(2), together([knows(3), knows(9)])])
    assert live.outlook() == Outlook(9)
    assert Live([knows(2), two_passes()]).outlook() is None


def test_logistic_regression_says_how_many_passes_it_may_take(counted, monkeypatch):
    seen = []
    monkeypatch.setattr(
        PassProgress,
        "begin_pass",
        lambda self, number, n_blocks, meter, threads, outlook, workers: seen.append(
            (number, outlook)
        ),
    )
    model = LogisticRegression(C=1e4, tol=1e-8, max_iter=50)
    model.fit(counted)
    known = [(number, outlook) for number, outlook in seen if outlook is not None]
    passes = model.fit_report_.passes
    assert seen[-1][0] == passes
    # one pass at the start beside the iterations, at most
    assert known[0][1].at_most
    assert 50 <= known[0][1].passes <= 51
    estimates = [(number, o) for number, o in known if not o.at_most]
    assert estimates
    assert all(number + o.passes - 1 <= 52 for number, o in estimates)
    # a Newton step does better than what went before it
    assert all(number + o.passes - 1 >= passes for number, o in estimates)


def test_beside_other_displays(counted, capsys):
    with config.set(progress=True), rich_live.Live(console=Console(stderr=True)):
        run([two_passes()], counted, what="t")
    from rich import get_console

    capsys.readouterr()
    with config.set(progress=True), rich_live.Live(console=get_console()):
        run([two_passes()], counted, what="hidden")
    assert "hidden" not in capsys.readouterr().err


def test_runs_within_runs_share_a_display(counted, capsys):
    def nested():
        run([two_passes()], counted, what="inner")
        yield from two_passes()
        run([two_passes()], counted, what="inner")

    with config.set(progress=True):
        run([nested()], counted, what="outer")
    written = capsys.readouterr().err
    assert "outer: 2 passes" in written
    assert "inner: 2 passes" in written
    assert progress._display._ended == []
    assert progress._display._runs == []
    assert progress._display._screen is None


def test_runs_of_many_threads(counted):
    def work():
        for _ in range(5):
            run([two_passes()], counted, what="t")

    with config.set(progress=True):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert progress._display._runs == []
    assert not any(thread.name == "skdask-progress" for thread in threading.enumerate())


def test_it_ends_with_a_failed_run(counted, monkeypatch):
    ended = []
    monkeypatch.setattr(PassProgress, "end", lambda self, well: ended.append(well))

    def broken():
        yield from ask(Moments())
        raise ZeroDivisionError

    with config.set(progress=False), pytest.raises(ZeroDivisionError):
        run([broken()], counted, what="t")
    assert ended == [False]


def test_what_stays_of_a_failed_run(counted, capsys):
    def broken():
        yield from ask(Moments())
        raise ZeroDivisionError

    with config.set(progress=True), pytest.raises(ZeroDivisionError):
        run([broken()], counted, what="t")
    assert "t: stopped in pass 1 after" in capsys.readouterr().err


@pytest.mark.parametrize("width", [30, 40, 80])
def test_a_narrow_terminal_has_the_pass_on_the_first_line(width):
    with config.set(progress=True):
        tested = PassProgress("RandomizedSearchCV", budget=10**9)
    meter = Meter()
    tested.begin_pass(3, 100, meter, threads=4, outlook=Outlook(5))
    meter.rows, meter.bytes_read, meter.blocks = 50_000, 200_000_000, 25
    try:
        console = Console(width=width, file=io.StringIO())
        console.print(tested.lines())
        first, *rest = console.file.getvalue().splitlines()
    finally:
        tested.end()
    assert first.startswith("RandomizedSearchCV: pass 3")
    assert ("25/100 blocks" in first) == (width == 80)
    assert max(map(len, (first, *rest))) <= width


def test_in_a_notebook(counted, monkeypatch):
    updates = []
    handle = SimpleNamespace(update=lambda data, raw: updates.append(data))
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    display = SimpleNamespace(display=lambda *_, **__: handle)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    run([two_passes()], counted, what="short")
    assert updates == []
    with config.set(progress=True):
        run([two_passes()], counted, what="<long>")
    assert "&lt;long&gt;: 2 passes" in updates[-1]["text/html"]
    assert "<long>: 2 passes" in updates[-1]["text/plain"]


def test_say(capsys):
    say(SimpleNamespace(verbose=1), "Iteration 0")
    say(SimpleNamespace(verbose=1), "details", level=2)
    say(SimpleNamespace(verbose=0), "nothing")
    say(SimpleNamespace(), "nothing")
    assert capsys.readouterr().out == "Iteration 0\n"
    pipeline = SimpleNamespace(verbose=False, steps=[("final", SimpleNamespace(verbose=True))])
    assert is_verbose(pipeline)
    assert not is_verbose(pipeline, 2)
