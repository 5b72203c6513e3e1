"""The cache folder: who owns it, which data sets are in it, how they get out again.

One folder a user and host, in it one folder a data set, in that one file a block. Every process
that uses a data set holds a shared lock on it, which the kernel takes back however the process
ends; a data set that nobody holds is removed, at exit by the last one and after a crash by whoever
comes next, unless it is to be kept. Files appear by renaming, so a reader sees whole ones only, and
go by unlinking, which leaves those who have mapped them what they have.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil

try:
    import fcntl
except ImportError:  # pragma: no cover
    fcntl = None  # type: ignore[assignment]

from skdask.exceptions import ReadError

LOCK, KEEP, BLOCK = "lock", "keep", ".block"

# What was used in the last seconds is in use: another process's pass touches its data set oftener
IN_USE_SECONDS = 10.0
_TOUCH_SECONDS = 2.0

# A disk is never filled to the brim
FREE_SHARE = 0.05


def is_available() -> bool:
    """Whether this platform has what the cache stands on: file locks and owners."""
    return fcntl is not None


@cache
def default_parent() -> str:
    """Where temporary files go, unless that is memory in disguise."""
    folder = tempfile.gettempdir()
    if _is_memory(folder) and os.path.isdir("/var/tmp"):
        return "/var/tmp"
    return folder


def _is_memory(folder: str) -> bool:
    real = os.path.realpath(folder)
    mounts = {
        part.mountpoint: part.fstype
        for part in psutil.disk_partitions(all=True)
        if real == part.mountpoint or real.startswith(part.mountpoint.rstrip("/") + "/")
    }
    return bool(mounts) and mounts[max(mounts, key=len)] in ("tmpfs", "ramfs")


class CacheRoot:
    """The folder of all data sets that one user caches on a host.

    Raises
    ------
    ReadError
        Where somebody else could have written what would be mapped here.
    """

    def __init__(self, parent: str | None = None) -> None:
        self.path = self.path_in(parent)
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(self.path, 0o700)
        status = os.lstat(self.path)
        if (
            not stat.S_ISDIR(status.st_mode)
            or status.st_uid != os.geteuid()
            or status.st_mode & 0o077
        ):
            raise ReadError(
                f"{self.path} is not a folder of this user alone, so that what is in it is not "
                "trusted: remove it, or set skdask.config.set(cache_dir=...) to a folder of yours"
            )

    @staticmethod
    def path_in(parent: str | None) -> str:
        """The path that the folder has or would have."""
        return os.path.join(parent or default_parent(), f"skdask-cache-{os.geteuid()}")

    def data_sets(self) -> list[str]:
        """Paths of the data sets, least recently used first."""
        found = []
        for path in _entries(self.path):
            with contextlib.suppress(FileNotFoundError):
                found.append((os.stat(os.path.join(path, LOCK)).st_mtime, path))
        return [path for _, path in sorted(found)]

    @property
    def bytes(self) -> int:
        """Bytes of all blocks."""
        return sum(held_bytes(path) for path in _entries(self.path))

    @property
    def free_bytes(self) -> int:
        """Bytes that may still be written to the disk."""
        usage = shutil.disk_usage(self.path)
        return max(0, usage.free - int(FREE_SHARE * usage.total))

    def evict(self, needed: int, sparing: str) -> int:
        """Drop the blocks of data sets, least recently used first, until so many bytes are free.

        What is in use is spared, and so is one data set. The folders stay for those who hold them.
        """
        freed = 0
        for path in self.data_sets():
            if freed >= needed:
                break
            if path == sparing or _is_in_use(path):
                continue
            freed += held_bytes(path)
            for block in _entries(path, BLOCK):
                _unlink(block)
        return freed

    def sweep(self) -> None:
        """Remove the data sets that nobody holds and nobody wants kept."""
        for path in _entries(self.path):
            if not os.path.exists(os.path.join(path, KEEP)):
                _remove_unless_held(path)


class DataSet:
    """The blocks of one data set, held by this process until it is released.

    Parameters
    ----------
    root : CacheRoot
    token : str
        A name for the content; other content has another one.
    keep : bool
        Whether the blocks stay when the last process is gone.
    """

    def __init__(self, root: CacheRoot, token: str, *, keep: bool) -> None:
        self.path = os.path.join(root.path, token)
        self._lock_path = os.path.join(self.path, LOCK)
        self._process = os.getpid()
        self._lock = self._acquire()
        self._touched = 0.0
        self.keep = keep
        if keep:
            Path(self.path, KEEP).touch(mode=0o600)
        self.touch()

    def _acquire(self) -> int:
        while True:
            with contextlib.suppress(FileExistsError):
                os.mkdir(self.path, 0o700)
            try:
                lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
            except FileNotFoundError:
                continue  # somebody removes the folder just now
            if _try_lock(lock):
                # nobody else is here: what lies half written is nobody's
                for path in _entries(self.path, ".part"):
                    _unlink(path)
            fcntl.flock(lock, fcntl.LOCK_SH)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(lock), os.stat(self._lock_path)):
                    return lock
            os.close(lock)  # it was removed while we waited

    def file(self, index: int) -> str:
        """The path of a block."""
        return os.path.join(self.path, f"{index}{BLOCK}")

    def touch(self) -> None:
        """Say that the data set is in use."""
        now = time.monotonic()
        if now - self._touched >= _TOUCH_SECONDS:
            self._touched = now
            with contextlib.suppress(FileNotFoundError):
                os.utime(self._lock_path)

    @contextlib.contextmanager
    def new_file(self, index: int) -> Iterator[str]:
        """A path to write a block to, which gets its name at the end, or goes after an error."""
        part = os.path.join(self.path, f"{index}.{os.getpid()}.{threading.get_ident()}.part")
        try:
            yield part
            if self.keep:
                # its name may reach the disk before its content does, and the power go in between
                with open(part, "rb") as file:
                    os.fsync(file.fileno())
            os.replace(part, self.file(index))
        except BaseException:
            _unlink(part)
            raise

    def release(self) -> None:
        """Hold it no longer; the last one to do so removes it, unless it is to be kept."""
        if self._lock < 0 or os.getpid() != self._process:
            return  # a forked child has its parent's lock
        lock, self._lock = self._lock, -1
        os.close(lock)
        if not os.path.exists(os.path.join(self.path, KEEP)):
            _remove_unless_held(self.path)


class Held:
    """The data sets that this process holds, each once, until it ends."""

    def __init__(self) -> None:
        self._data_sets: dict[str, DataSet] = {}
        self._swept: set[str] = set()
        self._guard = threading.Lock()

    def open(self, root: CacheRoot, token: str, *, keep: bool) -> DataSet:
        """The data set of this token, held from now on."""
        path = os.path.join(root.path, token)
        with self._guard:
            found = self._data_sets.get(path)
            if found is None or found.keep < keep:
                if found is not None:
                    found.release()
                found = self._data_sets[path] = DataSet(root, token, keep=keep)
            if root.path not in self._swept:
                self._swept.add(root.path)
                root.sweep()
        return found

    def release(self, path: str) -> None:
        """Hold one of them no longer."""
        with self._guard:
            found = self._data_sets.pop(path, None)
        if found is not None:
            found.release()

    def release_all(self) -> None:
        for path in tuple(self._data_sets):
            with contextlib.suppress(OSError):
                self.release(path)


HELD = Held()
atexit.register(HELD.release_all)


def held_bytes(path: str) -> int:
    """Bytes of the files of a data set."""
    total = 0
    with contextlib.suppress(FileNotFoundError), os.scandir(path) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                total += entry.stat().st_size
    return total


def _entries(path: str, suffix: str = "") -> list[str]:
    try:
        return [os.path.join(path, name) for name in os.listdir(path) if name.endswith(suffix)]
    except FileNotFoundError:
        return []


def _is_in_use(path: str) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return time.time() - os.stat(os.path.join(path, LOCK)).st_mtime < IN_USE_SECONDS
    return False


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_unless_held(path: str) -> None:
    try:
        lock = os.open(os.path.join(path, LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return
    try:
        if _try_lock(lock):
            # the lock goes last: who waits for it looks whether it is still there
            for entry in _entries(path):
                if not entry.endswith(os.sep + LOCK):
                    _unlink(entry)
            _unlink(os.path.join(path, LOCK))
            with contextlib.suppress(OSError):
                os.rmdir(path)
    finally:
        os.close(lock)


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
