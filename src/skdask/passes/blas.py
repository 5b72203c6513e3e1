"""One thread of BLAS while a run is on.

Blocks are what runs in parallel; threads inside a kernel would only compete with them, and would
make the bits of a sum follow the number of cores. The setting belongs to the process, so runs on
several threads share it: the first one sets it and the last one gives it back.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_runs = 0
_limiter: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold every BLAS of this process to one thread until the end of the block."""
    global _runs, _limiter
    with _lock:
        if _runs == 0:
            _limiter = _controller().limit(limits=1, user_api="blas")
        _runs += 1
    try:
        yield
    finally:
        with _lock:
            _runs -= 1
            if _runs == 0:
                _limiter.restore_original_limits()


@contextmanager
def one_openmp_thread() -> Iterator[None]:
    """Hold the OpenMP of this thread, and of no other, to one thread of its own."""
    with _controller().limit(limits=1, user_api="openmp"):
        yield


@cache
def _controller() -> ThreadpoolController:
    # looked up once: it takes some milliseconds
    return ThreadpoolController()
