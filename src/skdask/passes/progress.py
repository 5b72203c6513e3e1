"""Progress of runs: which pass, its blocks, what goes through a second, memory, time left.

Blocks pay nothing for it: the numbers are there in the pass's `Meter`, and one thread looks at
them a few times a second, draws all runs that go on (nested ones, those of other threads) into one
display, and ends with the last of them. It shows nothing before a run has taken long, and nothing
at all where nobody could see it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from importlib import import_module
from typing import Any

from dask.utils import format_bytes
from rich import get_console
from rich.console import Console, Group, RenderableType
from rich.errors import LiveError
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from skdask import config
from skdask.passes.durations import duration
from skdask.passes.memory import process_memory
from skdask.passes.meter import Meter
from skdask.passes.request import Outlook

# Shorter runs end before anybody could read a line
PATIENCE_SECONDS = 2.0
REFRESH_SECONDS = 0.1
# A notebook gets a message each time
NOTEBOOK_REFRESH_SECONDS = 0.5
# Runs that ended while others go on: of many fits within one the last few
_ENDED_SHOWN = 4


class PassProgress:
    """Shows a run on stderr, or below the cell of a notebook.

    Parameters
    ----------
    what : str
        What is being run.
    budget : int
        Bytes that it may take.
    at_once : bool
        Show it from the start, however short it may be (``verbose`` of an estimator).
    """

    def __init__(self, what: str, budget: int = 0, at_once: bool = False) -> None:
        forced = config.get().progress
        self._wanted = _somebody_looks() if forced is None else forced
        self._forced = bool(forced)
        patience = 0.0 if forced or at_once else PATIENCE_SECONDS
        self._what = what
        self._budget = budget
        self._started = time.monotonic()
        self.shown_from = self._started + patience
        self._pass: _Pass | None = None
        # of the passes before the one at hand
        self._bytes = 0
        self._last_line: RenderableType | None = None

    def begin_pass(
        self,
        number: int,
        n_blocks: int,
        meter: Meter,
        threads: int = 1,
        outlook: Outlook | None = None,
        workers: int | None = None,
    ) -> None:
        """A pass begins; its meter tells how far it is, and `workers` who meets it, if others."""
        if not self._wanted:
            return
        if self._pass is not None:
            self._bytes += self._pass.meter.bytes_read
        self._pass = _Pass(number, n_blocks, meter, threads, outlook, workers)
        if number == 1:
            _display.show(self)

    def end(self, well: bool = True) -> None:
        """The run is over, well or not; what it came to stays on the screen."""
        if self._wanted and self._pass is not None:
            self._last_line = self._summary(self._pass, well)
            _display.leave(self, self._forced)
        self._wanted = False

    def _summary(self, at: _Pass, well: bool) -> RenderableType:
        """How the run ended, in a line."""
        took = duration(time.monotonic() - self._started)
        if not well:
            return Text(f"{self._what}: stopped in pass {at.number} after {took}")
        passes = f"{at.number} pass{'' if at.number == 1 else 'es'}"
        n_bytes = format_bytes(self._bytes + at.meter.bytes_read)
        return Text(f"{self._what}: {passes} over {at.meter.rows:,} rows in {took}, {n_bytes} read")

    def lines(self) -> RenderableType:
        """What is shown of the run now."""
        if self._last_line is not None:
            return self._last_line
        at = self._pass
        assert at is not None
        met = f"{at.meter.blocks:,}/{at.n_blocks:,} blocks"
        # in a narrow terminal the bar gives way, then the end of the text
        bar = Table.grid(padding=(0, 1))
        bar.add_column(no_wrap=True, overflow="ellipsis")
        bar.add_column(max_width=24)
        bar.add_row(
            Text(f"{self._what}: {at.title()}, {met}", style="bold"),
            ProgressBar(max(1, at.n_blocks), at.meter.blocks),
        )
        return Group(bar, Text("  " + ", ".join(self._facts(at)), style="dim"))

    def _facts(self, at: _Pass) -> list[str]:
        meter, seconds = at.meter, max(time.monotonic() - at.started, 1e-9)
        facts = [
            f"{meter.rows / seconds:,.0f} rows/s",
            f"{meter.bytes_read / 1e6 / seconds:,.0f} MB/s",
            f"{at.in_flight()} in flight",
        ]
        budget = format_bytes(self._budget)
        if at.workers is None:
            peak = _grown(meter.peak_rss, meter)
            facts.append(f"memory {_grown(process_memory(), meter)} of {budget}, peak {peak}")
        else:
            facts.append(f"{at.workers:,} worker{'' if at.workers == 1 else 's'}")
            if meter.blocks:
                # as they said with the blocks they have met: nobody is asked for it
                facts.append(f"fullest worker {_grown(meter.peak_rss, meter)} of {budget}")
        left = at.seconds_left(seconds)
        if left is not None:
            # less is over before it is read
            if left >= 1.0:
                facts.append(f"{_clock(left)} left of the pass")
            rest = at.passes_expected_after()
            if rest:
                facts.append(f"about {_clock(left + rest * (left + seconds))} of the run")
        facts.append(f"{_clock(time.monotonic() - self._started)} so far")
        return facts


class _Pass:
    """The pass at hand."""

    def __init__(
        self,
        number: int,
        n_blocks: int,
        meter: Meter,
        threads: int,
        outlook: Outlook | None,
        workers: int | None,
    ) -> None:
        self.number, self.n_blocks, self.meter = number, n_blocks, meter
        self.threads, self.outlook, self.workers = threads, outlook, workers
        self.started = time.monotonic()

    def in_flight(self) -> int:
        """Blocks that are being met: one a thread, of all workers where there are some."""
        threads = self.threads if self.workers is None else self.meter.threads
        if self.workers == 0:
            threads = 0
        return min(threads, self.n_blocks - self.meter.blocks)

    def title(self) -> str:
        if self.outlook is None:
            return f"pass {self.number}"
        last = self.number + self.outlook.passes - 1
        return f"pass {self.number} of {'at most' if self.outlook.at_most else 'about'} {last}"

    def seconds_left(self, seconds: float) -> float | None:
        """By the pace so far; None before the first block."""
        blocks = self.meter.blocks
        return seconds / blocks * (self.n_blocks - blocks) if blocks else None

    def passes_expected_after(self) -> int:
        """A limit is none: a hundred times the first pass would only frighten."""
        if self.outlook is None or self.outlook.at_most:
            return 0
        return self.outlook.passes - 1


class _Display:
    """One display for all runs of the process; a thread of its own keeps it fresh."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: list[PassProgress] = []
        # of which others still go on
        self._ended: list[PassProgress] = []
        self._screen: _Terminal | _Notebook | None = None
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def show(self, run: PassProgress) -> None:
        with self._lock:
            self._runs.append(run)
            if self._thread is None:
                self._wake = threading.Event()
                self._thread = threading.Thread(
                    target=self._keep_fresh, args=(self._wake,), name="skdask-progress", daemon=True
                )
                self._thread.start()

    def leave(self, run: PassProgress, forced: bool) -> None:
        with self._lock:
            if run not in self._runs:
                return
            self._runs.remove(run)
            if time.monotonic() >= run.shown_from:
                self._ended = [*self._ended, run][-_ENDED_SHOWN:]
            if forced or self._screen is not None:
                # how it ended stays on the screen
                self._draw()
            if self._runs:
                return
            self._ended = []
            thread, self._thread = self._thread, None
            self._wake.set()
            if self._screen is not None:
                self._screen.close()
                self._screen = None
        if thread is not None:
            thread.join()

    def _keep_fresh(self, wake: threading.Event) -> None:
        pause = NOTEBOOK_REFRESH_SECONDS if _notebook() else REFRESH_SECONDS
        while not wake.wait(pause):
            with self._lock:
                if not wake.is_set():
                    self._draw()

    def _draw(self) -> None:
        now = time.monotonic()
        runs = [*self._ended, *self._runs]
        shown = [run.lines() for run in runs if now >= run.shown_from]
        if not shown:
            return
        if self._screen is None:
            self._screen = _screen()
        if self._screen is not None:
            self._screen.update(Group(*shown))


class _Terminal:
    """A part of the terminal that is drawn over again."""

    def __init__(self) -> None:
        # what is printed meanwhile goes above; stdout only where it is the same terminal
        self._live = Live(
            console=Console(stderr=True),
            auto_refresh=False,
            redirect_stdout=sys.stdout.isatty(),
        )
        self._live.start()

    def update(self, lines: RenderableType) -> None:
        self._live.update(lines, refresh=True)

    def close(self) -> None:
        self._live.stop()


class _Notebook:
    """A display of the running cell."""

    def __init__(self, display: Any) -> None:
        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def update(self, lines: RenderableType) -> None:
        console = Console(width=110, record=True, file=open(os.devnull, "w"), force_jupyter=False)  # noqa: SIM115
        console.print(lines)
        console.file.close()
        html = console.export_html(inline_styles=True, code_format="<pre>{code}</pre>", clear=False)
        data = {"text/html": html, "text/plain": console.export_text()}
        self._handle.update(data, raw=True)

    def close(self) -> None:
        pass


def _screen() -> _Terminal | _Notebook | None:
    """Where to draw; None where the user's own rich display has the terminal."""
    if _notebook():
        return _Notebook(import_module("IPython.display").display)
    if getattr(get_console(), "_live_stack", None) or getattr(get_console(), "_live", None):
        return None
    try:
        return _Terminal()
    except LiveError:
        return None


def _somebody_looks() -> bool:
    if _notebook():
        return True
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def _notebook() -> bool:
    """Whether this is a kernel of Jupyter; IPython is asked only if it is here already."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def _grown(rss: int, meter: Meter) -> str:
    """Memory above that of the start, as the budget is meant."""
    return format_bytes(max(0, rss - meter.start_rss))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def say(estimator: Any, text: str, level: int = 1) -> None:
    """Print what scikit-learn prints while it fits, where the estimator's ``verbose`` asks for it.

    Parameters
    ----------
    estimator : estimator
    text : str
    level : int
        The least ``verbose`` at which it is printed.
    """
    if is_verbose(estimator, level):
        print(text)


def is_verbose(estimator: Any, level: int = 1) -> bool:
    """Whether ``verbose`` of an estimator (or of a pipeline's last step) is that high."""
    steps = getattr(estimator, "steps", None)
    final = steps[-1][1] if steps else None
    return any(int(getattr(one, "verbose", 0) or 0) >= level for one in (estimator, final))


_display = _Display()
