"""What went wrong, in one line for a shell."""

from __future__ import annotations

import re


class UsageError(Exception):
    """The command line itself is wrong: exit code 2."""


class ModelError(Exception):
    """The user's model file cannot be used: exit code 1."""


def one_line(error: BaseException) -> str:
    """An error's message without line breaks; types that speak for themselves are left out."""
    text = re.sub(r"\s+", " ", str(error)).strip()
    if isinstance(error, KeyError):
        text = text.strip("'\"")
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        text = f"{error.filename}: {error.strerror}"
    own = type(error).__module__.split(".")[0] in ("skdask", "sklearn")
    if own or isinstance(error, ValueError | OSError | ImportError | NotImplementedError):
        return text or type(error).__name__
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
