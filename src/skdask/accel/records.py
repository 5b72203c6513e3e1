"""What was called, what ran it, why, and how long it took: the facts of a report."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

ACCELERATED = "accelerated"
STAYED = "scikit-learn"
FELL_BACK = "fell back"

# whose frames are not the place of a call
_NOT_THE_CALLER = frozenset({"sklearn", "skdask", "joblib", "contextlib", "threading"})


@dataclass
class Record:
    """Calls alike: of one function, with one outcome for one reason.

    Attributes
    ----------
    name : str
        What was called; inside of another recorded call both, ``outer > inner``.
    outcome : str
        `ACCELERATED`, `STAYED` (a rule left it to scikit-learn) or `FELL_BACK` (our route was
        tried and could not).
    reason : str
        Empty where it was accelerated.
    calls : int
    seconds : float
        Wall time, that of an attempt which fell back among it.
    places : dict of (file, line) to int
        Where from, and how often.
    """

    name: str
    outcome: str
    reason: str
    calls: int = 0
    seconds: float = 0.0
    places: dict[tuple[str, int], int] = field(default_factory=dict)


class Records:
    """All records of this process, in the order of their first calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str, str], Record] = {}
        self._notes: dict[str, None] = {}

    def add(self, name: str, outcome: str, reason: str, seconds: float) -> None:
        """Count one call."""
        place = caller()
        with self._lock:
            key = (name, outcome, reason)
            record = self._found.setdefault(key, Record(*key))
            record.calls += 1
            record.seconds += seconds
            record.places[place] = record.places.get(place, 0) + 1

    def note(self, sentence: str) -> None:
        """Keep something to say that is of no call."""
        with self._lock:
            self._notes[sentence] = None

    def clear(self) -> None:
        """Forget the calls."""
        with self._lock:
            self._found.clear()

    def __iter__(self) -> Iterator[Record]:
        with self._lock:
            return iter(list(self._found.values()))

    @property
    def notes(self) -> list[str]:
        return list(self._notes)


RECORDS = Records()


def caller() -> tuple[str, int]:
    """File and line of the innermost frame that is the user's."""
    frame = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", "")).split(".")[0]
        if module not in _NOT_THE_CALLER:
            return frame.f_code.co_filename, frame.f_lineno
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "", 0
