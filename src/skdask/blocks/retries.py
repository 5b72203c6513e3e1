"""Trying again what a network failed to do: a few times, each after a longer wait.

Only what may pass by itself is tried again: time-outs, connections that break, answers of a
server that is overloaded (5xx, 429). A file that is not there or may not be read stays so.
"""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

# Five waits, of about 0.2, 0.4, 0.8, 1.6 and 3.2 seconds: six in all.
ATTEMPTS = 6
FIRST_WAIT = 0.2

_PASSING = frozenset(
    {
        errno.EIO, errno.EBUSY, errno.EAGAIN, errno.ETIMEDOUT, errno.ECONNRESET,
        errno.ECONNREFUSED, errno.ECONNABORTED, errno.EPIPE, errno.ENETUNREACH,
        errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETRESET,
    }
)  # fmt: skip

# Clients of stores have types of their own, which need not be installed here
_PASSING_NAMES = (
    "Timeout", "ConnectionClosed", "ConnectionError", "EndpointConnection", "ServerDisconnected",
    "ClientPayload", "ClientOSError", "IncompleteRead", "ResponseStreaming", "SlowDown",
)  # fmt: skip


class ShortReadError(OSError):
    """A store gave fewer bytes than were asked for."""


def with_retries(call: Callable[[], Result]) -> Result:
    """What `call` returns, tried again while its errors may pass; the last one is raised.

    Examples
    --------
    >>> answers = iter([ConnectionResetError(), b"bytes"])
    >>> def read():
    ...     answer = next(answers)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> with_retries(read)
    b'bytes'
    """
    for attempt in range(ATTEMPTS):
        try:
            return call()
        except Exception as error:
            if attempt + 1 == ATTEMPTS or not is_passing(error):
                raise
        wait(attempt)
    raise AssertionError


def wait(attempt: int) -> None:
    """Sleep before the next attempt; readers that failed together do not come back together."""
    time.sleep(FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.5))


def is_passing(error: BaseException) -> bool:
    """Whether an error of a store may be gone a moment later."""
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | ImportError):
        return False
    status = _status(error)
    if status is not None:
        return status >= 500 or status in (408, 429)
    if isinstance(error, TimeoutError | ConnectionError | ShortReadError):
        return True
    if isinstance(error, OSError) and error.errno in _PASSING:
        return True
    return any(part in type(error).__name__ for part in _PASSING_NAMES)


def _status(error: BaseException) -> int | None:
    """The HTTP status that an error carries, as aiohttp and botocore do."""
    status = getattr(error, "status", None)
    if status is None:
        response = getattr(error, "response", None)
        if isinstance(response, dict):
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else None
