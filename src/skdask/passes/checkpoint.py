"""The log of a run in a checkpoint folder, from which the same call goes on where it ended.

Algorithms are deterministic given what the passes answered, so the answers are all there is to
keep: statistics, not data. A folder holds one folder for every run (finding the folds, the search
and its refit are three), each with a manifest that says what it is of, and a file for each pass.

A run goes on in the folder that has its facts. Where there is none it begins one, but only if
every run in there was met before in the same use of the folder: otherwise the call is another one
than last time, and is refused with what differs.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, MutableSet, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from skdask import config
from skdask.blocks import Blocks
from skdask.config import Config
from skdask.exceptions import CheckpointError
from skdask.passes.codec import decode, encode, fingerprint
from skdask.passes.folder_lock import locked
from skdask.passes.folds import Folds, NoFolds
from skdask.passes.identity import Facts, differences, run_facts
from skdask.passes.log_file import DamagedError, read_whole, write_whole
from skdask.passes.request import Request
from skdask.passes.scan import PassState, Scan

# How states are written; part of what a run is, so that another way is refused and not misread
FORMAT = "1"

_finding = threading.Lock()
_running: set[Path] = set()


@contextmanager
def resumable(
    settings: Config, what: str, of: Any, blocks: Blocks, folds: Folds | None = None
) -> Iterator[RunLog | None]:
    """The log of a run while it runs; None where no checkpoint folder is set.

    Raises
    ------
    CheckpointError
        Where the folder is of another call, or in use.
    """
    if settings.checkpoint is None:
        yield None
        return
    facts = run_facts(what, of, blocks, folds or NoFolds())
    facts["the format of the checkpoint"] = FORMAT
    folder = Path(settings.checkpoint).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CheckpointError(f"cannot make the checkpoint folder {folder}: {error}") from error
    with locked(folder):
        with _finding:
            log = _find(folder, facts, settings.checkpoint_use)
            if log.folder in _running:
                raise CheckpointError(
                    f"another thread is running the same {what} in the checkpoint folder {folder}; "
                    "give each its own folder"
                )
            _running.add(log.folder)
        try:
            yield log
        finally:
            with _finding:
                _running.discard(log.folder)


def _find(folder: Path, facts: Facts, met: MutableSet[str]) -> RunLog:
    runs = sorted(path for path in folder.glob("run-*") if path.is_dir())
    strangers: list[Facts] = []
    for path in runs:
        try:
            known = json.loads(read_whole(path / "manifest"))
        except (DamagedError, FileNotFoundError):
            continue
        if known == facts:
            met.add(str(path))
            return RunLog(path, facts)
        if str(path) not in met:
            strangers.append(known)
    if strangers:
        same = (known for known in strangers if known["the run"] == facts["the run"])
        differs = differences(next(same, strangers[0]), facts)
        raise CheckpointError(
            f"the checkpoint folder {folder} is of another run: {differs}. Make the same call to "
            "resume it, or use another folder for this one"
        )
    last = int(runs[-1].name.removeprefix("run-")) if runs else 0
    path = folder / f"run-{last + 1:04d}"
    path.mkdir()
    write_whole(path / "manifest", json.dumps(facts, indent=1).encode())
    met.add(str(path))
    return RunLog(path, facts)


def count_rows(blocks: Blocks) -> tuple[Blocks, bool]:
    """Blocks with row counts, and whether a checkpoint had them."""
    if blocks.n_rows is not None:
        return blocks, False
    with resumable(config.get(), "row counts", None, blocks) as log:
        lengths = None if log is None else log.kept()
        if lengths is not None:
            return blocks.of_lengths(lengths), True
        lengths = blocks.piece_lengths()
        if log is not None:
            log.keep(lengths)
    return blocks.of_lengths(lengths), False


class RunLog:
    """The passes of one run, in order.

    Attributes
    ----------
    folder : Path
    replayed : int
        Passes that were answered from the log so far.
    notes : list of str
        What could not be used, for people.
    """

    def __init__(self, folder: Path, facts: Facts) -> None:
        self.folder = folder
        self.replayed = 0
        self.notes: list[str] = []
        self._number = 0
        self._run = fingerprint(sorted(facts.items()))

    def replay(self, scan: Scan, requests: Sequence[Request]) -> tuple[PassState, int] | None:
        """The states and the row count of the next pass; None where it is not in the log."""
        self._number += 1
        path = self._path(self._number)
        if not path.exists():
            self._forget_rest()
            return None
        try:
            found: dict[str, Any] | None = self._read(path, scan)
        except (DamagedError, ValueError, KeyError, TypeError, IndexError, AttributeError):
            found = None
            self.notes.append(
                f"{path.name} of the checkpoint was damaged: its pass and those after it were "
                "computed again"
            )
        else:
            if found is not None and found["asked"] != _tokens(requests):
                self.notes.append(
                    f"pass {self._number} asked for something else than in the checkpoint, as on "
                    "another machine or with changed code: it and those after it were computed "
                    "again"
                )
                found = None
        if found is None:
            self._forget_rest()
            return None
        self.replayed += 1
        return self._state(scan, found), found["rows"]

    def write(self, scan: Scan, requests: Sequence[Request], state: PassState, rows: int) -> None:
        """Add the pass that was asked for last, unless it is read again each time."""
        if not all(statistic.logged for statistic in _statistics(scan)):
            return
        kept = {}
        for position, asked_of in enumerate(scan.kept):
            for (*other, fold), part in state.kept.items():
                if tuple(other) == asked_of:
                    kept[position, fold] = part
        asked = scan.moving
        moving = {
            position: state.moving[request]
            for position, request in enumerate(asked)
            if request in state.moving
        }
        payload = {
            "run": self._run,
            "number": self._number,
            "asked": _tokens(requests),
            "rows": rows,
            "kept": kept,
            "moving": moving,
        }
        try:
            data = encode(payload, _modules(scan))
        except TypeError as error:
            raise CheckpointError(
                f"{_culprit(scan, state)} cannot be kept in a checkpoint: {error}; run it without "
                "checkpoint="
            ) from error
        write_whole(self._path(self._number), data)

    def kept(self) -> Any:
        """What a run that is one value kept; None where it did not come to that."""
        try:
            return decode(read_whole(self._path(1)))
        except (DamagedError, FileNotFoundError):
            return None

    def keep(self, value: Any) -> None:
        """Keep the one value of a run."""
        write_whole(self._path(1), encode(value))

    def note(self) -> str:
        """How much came from the log, for people."""
        return f"{self.replayed} of {self._number} passes came from the checkpoint {self.folder}"

    def _path(self, number: int) -> Path:
        return self.folder / f"pass-{number:05d}"

    def _read(self, path: Path, scan: Scan) -> dict[str, Any]:
        found: dict[str, Any] = decode(read_whole(path), _modules(scan))
        if (found["run"], found["number"]) != (self._run, self._number):
            raise DamagedError(f"{path.name} is not where it was written")
        return found

    def _state(self, scan: Scan, found: dict[str, Any]) -> PassState:
        asked = scan.moving
        kept = {(*scan.kept[at], fold): part for (at, fold), part in found["kept"].items()}
        return PassState(kept, {asked[at]: part for at, part in found["moving"].items()})

    def _forget_rest(self) -> None:
        for path in self.folder.glob("pass-*"):
            if path >= self._path(self._number):
                path.unlink()


def _statistics(scan: Scan) -> list[Any]:
    kept = [statistic for statistic, _ in scan.kept]
    return [*kept, *(request.statistic for request in scan.moving)]


def _modules(scan: Scan) -> set[str]:
    """Where states may come from: this process runs these statistics already."""
    return {type(statistic).__module__ for statistic in _statistics(scan)}


def _tokens(requests: Sequence[Request]) -> list[str]:
    return [
        fingerprint((request.statistic, str(request.rows), _steps(request))) for request in requests
    ]


def _steps(request: Request) -> tuple[str, ...]:
    prefix = request.rows.prefix
    return () if prefix is None else prefix.tokens


def _culprit(scan: Scan, state: PassState) -> str:
    """The statistic whose state has no bytes."""
    parts = [(statistic, part) for (statistic, *_), part in state.kept.items()]
    parts += [(request.statistic, part) for request, part in state.moving.items()]
    for statistic, part in parts:
        try:
            encode(part, _modules(scan))
        except TypeError:
            return f"the state of {type(statistic).__name__}"
    return "the state of a statistic"
