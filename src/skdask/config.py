"""Configuration: one frozen object, changed by :func:`set` for good or within a ``with`` block.

The environment gives the first values: ``SKDASK_MEMORY_LIMIT``, ``SKDASK_N_THREADS``,
``SKDASK_BLOCK_BYTES``, ``SKDASK_PROGRESS``, ``SKDASK_CACHE``, ``SKDASK_CACHE_DIR``,
``SKDASK_CACHE_LIMIT``, ``SKDASK_CHECKPOINT``, ``SKDASK_SAMPLE_ROWS``. What is set for good holds
in all threads; what a ``with`` block sets holds in its thread (or asyncio task) alone, so that
fits in two threads do not change each other's settings.
"""

from __future__ import annotations

import builtins
import os
import threading
from collections.abc import MutableSet
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from types import TracebackType
from typing import Any, Literal

import psutil
from dask.utils import format_bytes, parse_bytes

# Decoded float64 bytes of a standard block. A constant, because blocks are the leaves of the
# merge tree and results must not depend on the machine. 16 MiB keeps a pass's fixed cost per
# block (about 0.3 ms) below 5 % of the cheapest kernel, and 20 blocks within 512 MiB.
STANDARD_BLOCK_BYTES = 16 * 2**20

# A matrix of all pairs of so many rows takes 200 MB, of which some estimators hold a few
SAMPLE_ROWS = 5000


@dataclass(frozen=True)
class Config:
    """The settings in force.

    Attributes
    ----------
    memory_limit : int or None
        Bytes that a run may take on top of what the process held before it; None is half of
        the memory that is free when the run starts.
    n_threads : int or None
        Threads of the embedded executor; None is the number of usable cores.
    block_bytes : int
        Decoded bytes of a standard block.
    progress : bool or None
        Show progress bars; None shows them for long runs in a terminal.
    cache : bool or "keep"
        Whether blocks that took work to decode are kept on disk for later passes, and with
        ``"keep"`` for later processes.
    cache_dir : str or None
        Where; None is the folder for temporary files, or ``/var/tmp`` if that is in memory.
    cache_limit : int or None
        Bytes that cached blocks may take; None is half of the disk space that is free.
    checkpoint : str or None
        A folder in which every pass leaves its answers. The same call with the same folder goes
        on where an earlier one ended, in whatever way. Another estimator, other data or other
        versions are refused.
    checkpoint_use : set of str
        The runs in that folder which were met since it was set; not a setting.
    sample_rows : int
        Rows of the sample on which estimators that look at all pairs of rows are fitted.
    client : distributed.Client, False or None
        Where runs go: to the workers of this client, to the threads of this process (False), or,
        for None, to the client that is active when a run starts, if there is one.
    """

    memory_limit: int | None = None
    n_threads: int | None = None
    block_bytes: int = STANDARD_BLOCK_BYTES
    progress: bool | None = None
    cache: bool | Literal["keep"] = True
    cache_dir: str | None = None
    cache_limit: int | None = None
    checkpoint: str | None = None
    checkpoint_use: MutableSet[str] = field(default_factory=builtins.set, repr=False, compare=False)
    sample_rows: int = SAMPLE_ROWS
    client: Any = None

    @property
    def budget(self) -> int:
        """Bytes a run may take, resolved now."""
        if self.memory_limit is not None:
            return self.memory_limit
        return psutil.virtual_memory().available // 2

    @property
    def threads(self) -> int:
        """Threads of the embedded executor, resolved now."""
        if self.n_threads is not None:
            return self.n_threads
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1


def _checked(name: str, value: Any) -> Any:
    if value is None:
        defaults = {"block_bytes": STANDARD_BLOCK_BYTES, "cache": True, "sample_rows": SAMPLE_ROWS}
        return defaults.get(name)
    if name == "cache_dir":
        return os.path.abspath(os.path.expanduser(os.fspath(value)))
    if name in ("memory_limit", "block_bytes", "cache_limit"):
        try:
            count = parse_bytes(value)
        except ValueError:
            raise ValueError(
                f"{name}={value!r} is not a number of bytes; write for example '2GiB' or 2**31"
            ) from None
        if count <= 0:
            raise ValueError(f"{name} must be positive, got {value!r}")
        return int(count)
    if name in ("n_threads", "sample_rows"):
        if int(value) < 1:
            raise ValueError(f"{name} must be at least 1, got {value!r}")
        return int(value)
    if name == "checkpoint":
        return os.fspath(value)
    if name == "client":
        if value is False or hasattr(value, "scheduler_info"):
            return value
        raise TypeError(f"client must be a distributed.Client, False or None, got {value!r}")
    if isinstance(value, str):
        if name == "cache" and value.strip().lower() == "keep":
            return "keep"
        return value.strip().lower() in ("1", "true", "yes", "on")
    return bool(value)


_NAMES = tuple(setting.name for setting in fields(Config) if setting.repr)


def _from_environment() -> Config:
    names = [name for name in _NAMES if name != "client"]
    found = {name: os.environ.get(f"SKDASK_{name.upper()}") for name in names}
    return Config(**{name: _checked(name, value) for name, value in found.items() if value})


# What `with` blocks set in one thread
_own: ContextVar[Config | None] = ContextVar("skdask_config", default=None)


class _Base:
    """What holds in all threads: the first values and what was set on top of them, in order.

    A setting is for good until it turns out to be that of a `with` block, and is then taken out
    from among the others, which other threads may have made since.
    """

    # older ones are for good by now
    _KEPT = 64

    def __init__(self) -> None:
        self._first = self.current = _from_environment()
        self._changes: dict[object, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def add(self, owner: object, changes: dict[str, Any]) -> None:
        with self._lock:
            self._changes[owner] = changes
            if len(self._changes) > self._KEPT:
                oldest = next(iter(self._changes))
                self._first = replace(self._first, **self._changes.pop(oldest))
            self.current = replace(self.current, **changes)

    def remove(self, owner: object) -> None:
        with self._lock:
            if self._changes.pop(owner, None) is not None:
                merged = {
                    name: v for change in self._changes.values() for name, v in change.items()
                }
                self.current = replace(self._first, **merged) if merged else self._first


_base = _Base()


def get() -> Config:
    """The settings in force.

    Examples
    --------
    >>> import skdask
    >>> skdask.config.get().block_bytes
    16777216
    """
    return _own.get() or _base.current


class set:
    """Change settings, for good or, as a context manager, until its end.

    Parameters
    ----------
    **settings
        Any attribute of :class:`Config`; sizes may be written as ``"512MiB"``.

    Examples
    --------
    >>> import skdask
    >>> with skdask.config.set(memory_limit="1GiB"):
    ...     skdask.config.get().memory_limit
    1073741824
    """

    def __init__(self, **settings: Any) -> None:
        unknown = sorted(set_of_names(settings) - set_of_names(_NAMES))
        if unknown:
            raise TypeError(f"unknown setting {unknown[0]!r}; the settings are {', '.join(_NAMES)}")
        changes = {name: _checked(name, value) for name, value in settings.items()}
        if changes.get("checkpoint") is not None:
            changes["checkpoint_use"] = builtins.set()
        self._outer = _own.get()
        if self._outer is not None:
            # within a `with` block everything ends with it
            self._settings = replace(self._outer, **changes)
            _own.set(self._settings)
        else:
            self._settings = replace(_base.current, **changes)
            _base.add(self, changes)

    def __enter__(self) -> Config:
        _base.remove(self)
        _own.set(self._settings)
        return self._settings

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _base.remove(self)
        _own.set(self._outer)

    def __repr__(self) -> str:
        limit = format_bytes(self._settings.budget)
        return f"<skdask.config: memory_limit {limit}, {self._settings.threads} threads>"


def set_of_names(names: Any) -> frozenset[str]:
    # `set` is this module's own public name, so the built-in one is not at hand
    return frozenset(names)
