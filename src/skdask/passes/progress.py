"""Progress of a run: a bar for the pass at hand with its rows a second, shown when it takes long."""

from __future__ import annotations

import sys
import time

from rich.console import Console
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
        self._task: TaskID | None = None
        self._pass_started = 0.0
        self._rows = 0
        self._blocks = 0
        self._pass_number = 0
        self._n_blocks = 0

    def begin_pass(self, number: int, n_blocks: int) -> None:
        self._pass_number, self._n_blocks = number, n_blocks
        self._pass_started = time.monotonic()
        self._rows = self._blocks = 0
        self._task = None

    def met(self, n_rows: int) -> None:
        """One more block is done; called from any thread."""
        if not self._wanted:
            return
        self._rows += n_rows
        self._blocks += 1
        now = time.monotonic()
        if self._bar is None:
            if now - self._started < self._patience:
                return
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed:.0f}/{task.total:.0f} blocks"),
                TextColumn("{task.fields[rate]}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
        if self._task is None:
            self._task = self._bar.add_task(
                f"{self._what}: pass {self._pass_number}", total=self._n_blocks, rate=""
            )
        rate = self._rows / max(now - self._pass_started, 1e-9)
        self._bar.update(self._task, completed=self._blocks, rate=f"{rate:,.0f} rows/s")

    def end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
