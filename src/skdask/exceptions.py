"""Errors of skdask, each on top of the type that scikit-learn would raise.

Every message says what is wrong, where (block, file, column) and what to do.
"""

from __future__ import annotations


class SkdaskError(Exception):
    """Base class of the errors that only skdask raises."""


class DataError(SkdaskError, ValueError):
    """The data cannot be used as they are: a NaN, a wrong length, a column that is no number."""


class SparseDataError(DataError, TypeError):
    """The data are sparse, and what was asked of them takes dense rows only."""


class KindError(DataError, TypeError):
    """Values of a kind that cannot be used, such as a dict among numbers."""


class ReadError(SkdaskError, OSError):
    """A file or a partition could not be read."""


class MemoryBudgetError(SkdaskError, MemoryError):
    """A run is projected to need more memory than the budget; it was not started."""


class CheckpointError(SkdaskError, RuntimeError):
    """A checkpoint folder is of another run, in use, or cannot hold this one."""


class UnsupportedError(SkdaskError, NotImplementedError):
    """A scikit-learn feature that cannot run on blocks yet; the message says what to do instead."""
