"""Configuration: one frozen object, changed by :func:`set` for good or within a ``with`` block.

The environment gives the first values: ``SKDASK_MEMORY_LIMIT``, ``SKDASK_N_THREADS``,
``SKDASK_BLOCK_BYTES``, ``SKDASK_PROGRESS``, ``SKDASK_CACHE``, ``SKDASK_CACHE_DIR``,
``SKDASK_CACHE_LIMIT``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from types import TracebackType
from typing import Any, Literal

import psutil
from dask.utils import format_bytes, parse_bytes

# Decoded float64 bytes of a standard block. A constant, because blocks are the leaves of the
# merge tree and results must not depend on the machine. 16 MiB keeps a pass's fixed cost per
# block (about 0.3 ms) below 5 % of the cheapest kernel, and 20 blocks within 512 MiB.
STANDARD_BLOCK_BYTES = 16 * 2**20


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
    """

    memory_limit: int | None = None
    n_threads: int | None = None
    block_bytes: int = STANDARD_BLOCK_BYTES
    progress: bool | None = None
    cache: bool | Literal["keep"] = True
    cache_dir: str | None = None
    cache_limit: int | None = None

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
        return {"block_bytes": STANDARD_BLOCK_BYTES, "cache": True}.get(name)
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
    if name == "n_threads":
        if int(value) < 1:
            raise ValueError(f"n_threads must be at least 1, got {value!r}")
        return int(value)
    if isinstance(value, str):
        if name == "cache" and value.strip().lower() == "keep":
            return "keep"
        return value.strip().lower() in ("1", "true", "yes", "on")
    return bool(value)


_NAMES = tuple(field.name for field in fields(Config))


def _from_environment() -> Config:
    found = {name: os.environ.get(f"SKDASK_{name.upper()}") for name in _NAMES}
    return Config(**{name: _checked(name, value) for name, value in found.items() if value})


_current = _from_environment()


def get() -> Config:
    """The settings in force.

    Examples
    --------
    >>> import skdask
    >>> skdask.config.get().block_bytes
    16777216
    """
    return _current


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
        global _current
        unknown = sorted(set_of_names(settings) - set_of_names(_NAMES))
        if unknown:
            raise TypeError(f"unknown setting {unknown[0]!r}; the settings are {', '.join(_NAMES)}")
        self._before = _current
        _current = replace(
            _current, **{name: _checked(name, value) for name, value in settings.items()}
        )

    def __enter__(self) -> Config:
        return _current

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        global _current
        _current = self._before

    def __repr__(self) -> str:
        limit = format_bytes(_current.budget)
        return f"<skdask.config: memory_limit {limit}, {_current.threads} threads>"


def set_of_names(names: Any) -> frozenset[str]:
    # `set` is this module's own public name, so the built-in one is not at hand
    return frozenset(names)
