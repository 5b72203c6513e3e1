"""The suite of executors: each is held to the inline one, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from skdask import config
from skdask.blocks import Blocks
from skdask.passes import Algorithm, Executor, Folds, InlineExecutor, run
from skdask.testing.laws import assert_close


def check_executor(
    executor: Executor,
    algorithms: Callable[[], Sequence[Algorithm[Any]]],
    blocks: Blocks,
    *,
    folds: Folds | None = None,
    threads: Sequence[int] = (1, 2, 4),
) -> None:
    """Raise AssertionError unless an executor gives the bits of the inline one.

    Parameters
    ----------
    executor : Executor
    algorithms : callable
        Makes fresh generators for every run.
    blocks : Blocks
        More of them than threads, or little is tested.
    folds : Folds, optional
    threads : sequence of int
        Numbers of threads to try.
    """
    expected = run(algorithms(), blocks, what="inline", folds=folds, executor=InlineExecutor())
    for n_threads in threads:
        with config.set(n_threads=n_threads):
            found = run(algorithms(), blocks, what="executor", folds=folds, executor=executor)
        assert_close(found.results, expected.results, rtol=0.0, atol=0.0)
        for ours, theirs in zip(found.report.log, expected.report.log, strict=True):
            assert (ours.asked, ours.rows, ours.bytes_read) == (
                theirs.asked,
                theirs.rows,
                theirs.bytes_read,
            ), f"with {n_threads} threads the pass was {ours}, inline {theirs}"
