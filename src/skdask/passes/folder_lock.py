"""One process at a time in a checkpoint folder.

The operating system holds the lock and drops it when its process ends, however that happens; a
lock of a dead process is therefore none. The file says whose it is, for people. Threads of one
process share the lock: each run has a folder of its own in there.
"""

from __future__ import annotations

import json
import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from skdask.exceptions import CheckpointError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_held: dict[Path, tuple[IO[str], int]] = {}
_guard = threading.Lock()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder; raises CheckpointError where another process does."""
    path = folder.resolve() / "lock"
    with _guard:
        stream, holders = _held.get(path, (None, 0))
        _held[path] = (stream or _take(path), holders + 1)
    try:
        yield
    finally:
        with _guard:
            stream, holders = _held.pop(path)
            if holders > 1:
                _held[path] = (stream, holders - 1)
            else:
                stream.close()


def _take(path: Path) -> IO[str]:
    stream = open(path, "a+", encoding="utf-8")  # noqa: SIM115 (open while the lock is held)
    try:
        _lock(stream)
    except OSError:
        stream.seek(0)
        owner = _owner(stream.read())
        stream.close()
        raise CheckpointError(
            f"the checkpoint folder {path.parent} is in use by {owner}; wait for it, end it, or "
            "use another folder"
        ) from None
    stream.truncate(0)
    json.dump({"pid": os.getpid(), "host": platform.node()}, stream)
    stream.flush()
    return stream


def _lock(stream: IO[str]) -> None:
    if fcntl is not None:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    stream.seek(2**30)
    msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
    stream.seek(0)


def _owner(text: str) -> str:
    try:
        found = json.loads(text)
        return f"process {found['pid']} on {found['host']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
