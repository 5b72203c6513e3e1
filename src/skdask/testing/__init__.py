"""Suites that ship: what a new statistic, executor or estimator must hold, and a source that counts."""

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
