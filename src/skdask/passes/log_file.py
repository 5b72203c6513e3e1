"""Files that are whole or not there: written beside, flushed and renamed; checked when read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_MAGIC = b"skdask checkpoint 1\n"
_DIGEST = 32


class DamagedError(Exception):
    """A file is not what was written."""


def write_whole(path: Path, payload: bytes) -> None:
    """Put a file in place at once: a reader, or a run after a crash, sees all of it or none."""
    beside = path.with_name(f".{path.name}.tmp")
    with open(beside, "wb") as stream:
        stream.write(_MAGIC + hashlib.blake2b(payload, digest_size=_DIGEST).digest() + payload)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, path)
    if hasattr(os, "O_DIRECTORY"):
        # the name is safe only once the folder is
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_whole(path: Path) -> bytes:
    """What was written; raises DamagedError where that is not what is there."""
    content = path.read_bytes()
    start = len(_MAGIC) + _DIGEST
    digest, payload = content[len(_MAGIC) : start], content[start:]
    whole = hashlib.blake2b(payload, digest_size=_DIGEST).digest() == digest
    if not content.startswith(_MAGIC) or not whole:
        raise DamagedError(f"{path.name} was damaged or cut short")
    return payload
