"""Progress of a run: a bar for the pass at hand with its rows a second, once it takes long."""

from __future__ import annotations

import sys
import threading
import time

from rich.console import Console
from rich.errors import LiveError
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from skdask import config

# Shorter runs end before anybody could read a bar
_PATIENCE_SECONDS = 2.0


class PassProgress:
    """Shows the pass, its blocks and its rows a second on stderr.

    Parameters
    ----------
    what : str
        What is being run.
    """

    def __init__(self, what: str) -> None:
        wanted = config.get().progress
        self._wanted = sys.stderr.isatty() if wanted is None else wanted
        self._patience = _PATIENCE_SECONDS if wanted is None else 0.0
        self._what = what
        self._started = time.monotonic()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._lock = threading.Lock()
        self._pass_started = 0.0
        self._rows = 0
        self._blocks = 0
        self._pass_number = 0
        self._n_blocks = 0

    def begin_pass(self, number: int, n_blocks: int) -> None:
        with self._lock:
            self._pass_number, self._n_blocks = number, n_blocks
            self._pass_started = time.monotonic()
            self._rows = self._blocks = 0
            if self._bar is not None:
                # one bar for all passes: an iterative solver may need a hundred
                self._bar.reset(self._task, total=n_blocks, description=self._title())

    def met(self, n_rows: int) -> None:
        """One more block is done; called from any thread."""
        if not self._wanted:
            return
        with self._lock:
            self._rows += n_rows
            self._blocks += 1
            now = time.monotonic()
            if self._bar is None and now - self._started >= self._patience:
                self._show()
            if self._bar is not None:
                rate = self._rows / max(now - self._pass_started, 1e-9)
                self._bar.update(self._task, completed=self._blocks, rate=f"{rate:,.0f} rows/s")

    def end(self) -> None:
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None
            self._wanted = False

    def _title(self) -> str:
        return f"{self._what}: pass {self._pass_number}"

    def _show(self) -> None:
        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} blocks"),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task = bar.add_task(self._title(), total=self._n_blocks, rate="")
        try:
            bar.start()
        except LiveError:
            # the user's own display, or that of a run around this one, has the terminal
            self._wanted = False
            return
        self._bar = bar
