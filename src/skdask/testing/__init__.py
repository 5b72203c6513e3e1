"""Suites that ship: what a statistic, an executor or an estimator must hold.

And what they need: a source that counts its reads, and data in memory handed over in chunks.
"""

from skdask.testing.chunked import in_chunks
from skdask.testing.counting import CountingBlocks
from skdask.testing.executors import check_executor
from skdask.testing.laws import assert_close, check_statistic_laws

__all__ = [
    "CountingBlocks",
    "assert_close",
    "check_executor",
    "check_statistic_laws",
    "in_chunks",
]
