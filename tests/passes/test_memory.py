"""Projection: threads that fit, refusals that say what to do."""

from __future__ import annotations

import numpy as np
import pytest

from skdask import blocks, config
from skdask.exceptions import MemoryBudgetError
from skdask.passes import FoldNumbers, FoldRanges, NoFolds, Request, ask, run
from skdask.passes.memory import project
from skdask.statistics import Codes, GlmHessian, Labels, LogisticProblem, Moments

PLENTY = 2**40


@pytest.fixture
def data():
    X = np.zeros((40_000, 20))
    with config.set(block_bytes=2**20):
        return blocks.open(X, np.zeros(40_000, int))


def test_threads_are_reduced_to_fit(data):
    requests = (Request(Moments()),)
    needs = [project(data, requests, NoFolds(), n, PLENTY).bytes for n in (1, 2, 3, 4)]
    assert needs == sorted(set(needs))
    for n_threads, needed in enumerate(needs, 1):
        assert project(data, requests, NoFolds(), 4, needed).threads == n_threads
    with pytest.raises(MemoryBudgetError, match="memory limit"):
        project(data, requests, NoFolds(), 4, needs[0] - 1)


def test_no_more_threads_than_units(data):
    assert project(data, (Request(Moments()),), NoFolds(), 99, PLENTY).threads == len(data.units)


def test_what_makes_a_pass_larger(data):
    def needed(*statistics, folds=None, **others):
        requests = tuple(map(Request, statistics))
        return project(data, requests, folds or NoFolds(), 1, PLENTY, **others).bytes

    problem = LogisticProblem(np.arange(10))
    plain = needed(Moments())
    assert needed(Moments(), GlmHessian(problem, np.zeros((21, 10)))) > plain
    assert needed(Moments(), folds=FoldRanges((0, 20_000, 40_000))) > plain
    assert needed(Moments(), folds=FoldNumbers(np.zeros(40_000, "u1"), 50)) > plain
    assert needed(Moments(), held=1000) == plain + 1000
    assert needed(Labels(), features=False) < needed(Labels())
    assert needed(Codes()) >= needed(Labels()) - 2**20 + 4 * 40_000


def test_refusals_say_what_to_do(data):
    with pytest.raises(MemoryBudgetError, match="smaller chunks, partitions or row groups"):
        project(data, (Request(Moments()),), NoFolds(), 1, 2**20)
    problem = LogisticProblem(np.arange(100))
    large = (Request(GlmHessian(problem, np.zeros((21, 100)))),)
    with pytest.raises(MemoryBudgetError, match="fewer features"):
        project(data, large, NoFolds(), 1, 2**20)


def test_a_run_refuses_before_it_reads(counted):
    with config.set(memory_limit="1MiB"), pytest.raises(MemoryBudgetError, match="NumPy array"):
        run([ask(Moments())], counted, what="t")
    assert counted.passes == 0


def test_the_report_says_what_was_projected(counted):
    with config.set(memory_limit="1GiB"):
        report = run([ask(Moments())], counted, what="t").report
    assert 0 < report.projected < report.budget == 2**30
