"""Executors: the same bits on any number of threads, and how they end when something fails."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from skdask import config
from skdask.passes import (
    FoldNumbers,
    FoldRanges,
    InlineExecutor,
    Request,
    RowSet,
    ThreadsExecutor,
    ask,
    run,
)
from skdask.passes.blas import one_blas_thread
from skdask.passes.meter import Meter
from skdask.statistics import (
    Extremes,
    Factor,
    GlmGradient,
    GlmHessian,
    Labels,
    LogisticProblem,
    Moments,
)
from skdask.testing import CountingBlocks, check_executor

PROBLEM = LogisticProblem(np.array([0, 1]))


def newton(shift):
    """A few passes in which every statistic has a part."""
    beta = np.full((5, 1), shift)
    first = yield tuple(map(Request, (Moments(True), Labels(), Extremes(), Factor())))
    for _ in range(2):
        gradient, hessian, rest = yield (
            Request(GlmGradient(PROBLEM, beta)),
            Request(GlmHessian(PROBLEM, beta)),
            Request(GlmGradient(PROBLEM, beta), RowSet(0, rest=True)),
        )
        beta = beta - np.linalg.solve(hessian.hessian, gradient.gradient)
    return first, beta, rest


def algorithms():
    return [newton(0.0), newton(0.1), ask(Moments(), RowSet(1, rest=True))]


@pytest.mark.parametrize(
    "executor", [InlineExecutor(), ThreadsExecutor()], ids=["inline", "threads"]
)
@pytest.mark.parametrize(
    "folds",
    [FoldRanges((0, 333, 1000)), FoldNumbers((np.arange(1000) % 7 % 2).astype("u1"), 2)],
    ids=["ranges", "numbers"],
)
def test_bits_do_not_follow_threads(executor, folds, counted):
    check_executor(executor, algorithms, counted, folds=folds)


class Leaves:
    """A scan that is one function of a block, its values added."""

    needs_features = True

    def __init__(self, leaf):
        self.leaf = leaf

    def merge(self, left, right):
        return left + right

    def describe(self):
        return "Leaves"


class SlowStart(CountingBlocks):
    """The first units take longest, so that blocks end in another order."""

    def read(self, unit, *, features=True):
        time.sleep(0.02 if unit % 4 == 0 else 0.0)
        yield from super().read(unit, features=features)


def test_bits_do_not_follow_timing(counted):
    check_executor(
        ThreadsExecutor(),
        algorithms,
        SlowStart(counted),
        folds=FoldRanges((0, 333, 1000)),
        threads=[4],
    )


class Broken(CountingBlocks):
    """Some units fail; those in `late` do so after a while."""

    fails: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    error: type[BaseException] = OSError

    def read(self, unit, *, features=True):
        yield from super().read(unit, features=features)
        if unit in self.late:
            time.sleep(0.1)
        if unit in self.fails:
            raise self.error(f"unit {unit}")


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_the_error_of_the_earliest_unit_is_raised(counted, n_threads):
    broken = Broken(counted)
    # the second failing unit is the first to tell; those after it give it the time
    broken.fails, broken.late = (2, 3, 4), (2, *range(5, broken.n_blocks))
    before = threading.active_count()
    with config.set(n_threads=n_threads), pytest.raises(OSError, match="unit 2"):
        run([ask(Moments())], broken, what="t")
    assert threading.active_count() == before
    # the others stop
    assert max(broken.units_read) < broken.n_blocks - 1


def test_a_long_unit_is_given_up_after_an_earlier_error(cut, X, y):
    data = cut(X, y, rows=10)
    n_blocks = data.n_blocks
    # as a source without random access would give them
    data._cut = replace(data._cut, units=(range(1), range(1, n_blocks)))
    met = []

    def leaf(block):
        met.append(block.index)
        if block.index == 0:
            time.sleep(0.05)
            raise ValueError("first")
        time.sleep(0.01)
        return 0

    with pytest.raises(ValueError, match="first"):
        ThreadsExecutor().scan(data, Leaves(leaf), Meter(), threads=2, name="t")
    assert len(met) < n_blocks


def test_ctrl_c_ends_the_threads(counted, monkeypatch):
    from concurrent.futures import Future

    started = threading.Event()
    met = []

    def leaf(block):
        started.set()
        met.append(block.index)
        time.sleep(0.02)
        return 0

    def interrupted(self, timeout=None):
        started.wait(5)
        raise KeyboardInterrupt

    monkeypatch.setattr(Future, "result", interrupted)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        ThreadsExecutor().scan(counted, Leaves(leaf), Meter(), threads=2, name="t")
    assert threading.active_count() == before
    assert len(met) < counted.n_blocks


@pytest.mark.parametrize("n_threads", [1, 2])
def test_an_interrupt_in_a_block_comes_out(counted, n_threads):
    broken = Broken(counted)
    broken.fails, broken.error = (5,), KeyboardInterrupt
    with config.set(n_threads=n_threads), pytest.raises(KeyboardInterrupt):
        run([ask(Moments())], broken, what="t")


def test_a_run_can_follow_a_failed_one(counted):
    broken = Broken(counted)
    broken.fails = (3,)
    with pytest.raises(OSError, match="unit 3"):
        run([ask(Moments())], broken, what="t")
    broken.fails = ()
    assert run([ask(Moments())], broken, what="t").results[0].count == 1000


def test_meter(counted):
    meters = {}
    for n_threads in (1, 2):
        meter = meters[n_threads] = Meter()
        rows = Leaves(lambda block: block.rows.n_rows)
        total = ThreadsExecutor().scan(counted, rows, meter, threads=n_threads, name="t")
        assert total == meter.rows == 1000
        assert meter.bytes_read == 1000 * 8 * 5
        assert meter.peak_rss > 0
        assert meter.threads == n_threads


def blas_numbers():
    return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]


def test_runs_on_several_threads_share_the_blas_limit():
    before = blas_numbers()
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    assert set(blas_numbers()) == {1}
    first.__exit__(None, None, None)
    assert set(blas_numbers()) == {1}
    second.__exit__(None, None, None)
    assert blas_numbers() == before


def test_a_unit_that_took_long_is_read_first_in_the_next_pass(X, cut):
    class LongEnd(CountingBlocks):
        """The last unit takes longest."""

        def read(self, unit, *, features=True):
            order.append(unit)
            time.sleep(0.2 if unit == len(self.units) - 1 else 0.002)
            yield from super().read(unit, features=features)

    data = cut(X)
    blocks = LongEnd(data)
    last = len(blocks.units) - 1
    executor, scan = ThreadsExecutor(), Leaves(lambda block: block.rows.X.sum())
    orders = []
    for _ in range(2):
        order = []
        executor.scan(blocks, scan, Meter(), threads=2, name="t")
        orders.append(order)
    assert orders[0][-1] == last
    assert orders[1][0] == last
    assert sorted(orders[1]) == sorted(orders[0])


def test_work_that_is_not_worth_a_thread_is_left_to_one(X, cut):
    executor = ThreadsExecutor()
    scan = Leaves(lambda block: 1)
    whole = cut(X[:8])
    meters = [Meter(), Meter()]
    for meter in meters:
        executor.scan(whole, scan, meter, threads=2, name="t")
    assert [meter.threads for meter in meters] == [2, 1]
