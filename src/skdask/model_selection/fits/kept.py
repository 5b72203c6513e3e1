"""Outcomes of fits on rows in memory, kept in a checkpoint folder.

Each fit that is done is there a moment later, so a search that was killed fits nothing twice but
what was under way. The rows are read again: a checkpoint holds what was found of data, not data.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skdask.blocks.identity import digest_of
from skdask.passes.codec import decode, encode, fingerprint
from skdask.passes.identity import facts_of
from skdask.passes.log_file import DamagedError, read_whole, write_whole

Task = tuple[int, int]

# Fits that take less are written several at a time
_TOGETHER_SECONDS = 0.2


class KeptFits:
    """The fits of one evaluation of a search: a rung, a batch or all of it.

    Parameters
    ----------
    folder : Path
    number : int
        Of the evaluation within the search.
    candidates : sequence of dict
    splits : sequence of (train, test)
        With those of another call, what is there is not theirs.
    """

    def __init__(
        self,
        folder: Path,
        number: int,
        candidates: Sequence[dict[str, Any]],
        splits: Sequence[tuple[Any, Any]],
    ) -> None:
        self._folder, self._begin = folder, f"fits-{number:03d}-"
        sets = [digest_of(np.asarray(part)) for split in splits for part in split]
        self._asked = fingerprint((str(facts_of(list(candidates), "candidates")), sets))
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, Any]] = []
        self._written_at = time.perf_counter()
        self._files = 0
        self.known: dict[Task, list[dict[str, Any]]] = {}
        self._read()

    def _read(self) -> None:
        for path in sorted(self._folder.glob(f"{self._begin}*")):
            self._files = int(path.name.removeprefix(self._begin))
            try:
                asked, found = decode(read_whole(path))
            except (DamagedError, ValueError):
                continue
            if asked == self._asked:
                self.known |= {(group, fold): outcomes for group, fold, outcomes in found}

    def add(self, task: Task, outcomes: list[dict[str, Any]]) -> None:
        """Keep what a fit came to."""
        with self._lock:
            self._waiting.append((*task, outcomes))
            if time.perf_counter() - self._written_at > _TOGETHER_SECONDS:
                self._write()

    def close(self) -> None:
        """Write what waits."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        self._written_at = time.perf_counter()
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            payload = encode((self._asked, waiting))
        except TypeError:
            # scores of a scorer's own type: such fits are made again
            return
        self._files += 1
        write_whole(self._folder / f"{self._begin}{self._files:05d}", payload)
