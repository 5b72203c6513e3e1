"""Projection: threads that fit, refusals that say what to do."""

from __future__ import annotations

import multiprocessing
import os
import re

import dask.array as da
import numpy as np
import psutil
import pytest

from skdask import blocks, config
from skdask.discriminant_analysis import QuadraticDiscriminantAnalysis
from skdask.exceptions import MemoryBudgetError
from skdask.naive_bayes import GaussianNB
from skdask.passes import FoldNumbers, FoldRanges, NoFolds, Request, ask, run
from skdask.passes.memory import process_memory, project
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
    assert needed(Codes()) >= needed(Labels()) - 2**20 + 4 * 40_000


def offered(error, pattern):
    """The number that a refusal says would fit."""
    found = re.search(pattern, str(error.value))
    assert found is not None, str(error.value)
    return int(found[1].replace(",", ""))


def chunked(rows, n_columns=20, n_rows=200_000):
    X = da.zeros((n_rows, n_columns), chunks=(rows, -1))
    return blocks.open(X, da.zeros(n_rows, chunks=rows))


def test_without_features_a_block_is_smaller():
    data, requests = chunked(50_000), (Request(Labels()),)
    all_of, without = (
        project(data, requests, NoFolds(), 1, PLENTY, features).bytes for features in (True, False)
    )
    assert without < all_of


def refused(data, requests, folds, budget):
    with pytest.raises(MemoryBudgetError) as error:
        project(data, requests, folds, 1, budget)
    return error


def test_the_limit_that_a_refusal_names_is_enough(data):
    requests = (Request(Moments()),)
    error = refused(data, requests, NoFolds(), 2**20)
    limit = offered(error, r"a limit of (\d+) MiB") * 2**20
    assert project(data, requests, NoFolds(), 1, limit).threads == 1
    refused(data, requests, NoFolds(), limit - 2**20)


def test_chunks_that_a_refusal_names_fit():
    requests, budget = (Request(Moments()),), 110 * 2**20
    error = refused(chunked(800_000, n_rows=800_000), requests, NoFolds(), budget)
    rows = offered(error, r"chunks of at most ([\d,]+) rows")
    assert 5000 < rows < 800_000
    assert project(chunked(rows, n_rows=800_000), requests, NoFolds(), 1, budget).threads == 1


def test_features_that_a_refusal_names_fit():
    requests, budget = (Request(Moments()),), 200 * 2**20
    error = refused(chunked(1000, 3000, 2000), requests, NoFolds(), budget)
    n_features = offered(error, r"at most ([\d,]+) of the 3,000 features")
    assert 100 < n_features < 3000
    few = chunked(1000, n_features, 2000)
    assert project(few, requests, NoFolds(), 1, budget).threads == 1


def test_folds_that_a_refusal_names_fit():
    data, requests, budget = chunked(5000, 300, 20_000), (Request(Moments()),), 150 * 2**20

    def folds(n):
        return FoldNumbers(np.zeros(20_000, "u1"), n)

    error = refused(data, requests, folds(100), budget)
    n_folds = offered(error, r"(\d+) folds instead of 100")
    assert 1 < n_folds < 100
    assert project(data, requests, folds(n_folds), 1, budget).threads == 1


def test_models_at_a_time_that_a_refusal_names_fit(data):
    def requests(n):
        problem = LogisticProblem(np.arange(20))
        return tuple(
            Request(GlmHessian(problem, np.full((21, 20), float(number)))) for number in range(n)
        )

    budget = 100 * 2**20
    error = refused(data, requests(50), NoFolds(), budget)
    count = offered(error, r"(\d+) of the 50 models")
    assert 1 < count < 50
    assert project(data, requests(count), NoFolds(), 1, budget).threads == 1


def test_a_run_refuses_before_it_reads(counted):
    with config.set(memory_limit="1MiB"), pytest.raises(MemoryBudgetError, match="NumPy array"):
        run([ask(Moments())], counted, what="t")
    assert counted.passes == 0


def test_the_report_says_what_was_projected(counted):
    with config.set(memory_limit="1GiB"):
        report = run([ask(Moments())], counted, what="t").report
    assert 0 < report.projected < report.budget == 2**30


def test_more_classes_than_memory_has_room_for():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(51_000, 50)), np.arange(51_000) % 1000
    with config.set(memory_limit="600 MB", block_bytes=2**21, n_threads=1):
        # a matrix for each class: 20 MB a state
        with (
            config.set(memory_limit="80 MB"),
            pytest.raises(MemoryBudgetError, match="too many classes for so many columns"),
        ):
            QuadraticDiscriminantAnalysis(reg_param=0.5).fit(blocks.open(X, y))
        fitted = QuadraticDiscriminantAnalysis(reg_param=0.5).fit(blocks.open(X, y))
        assert len(fitted.classes_) == 1000
        # and a row for each class is nothing
        GaussianNB().fit(blocks.open(X, y))


def test_process_memory_is_what_the_system_says():
    assert process_memory() == pytest.approx(psutil.Process().memory_info().rss, rel=0.05)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_process_memory_of_a_forked_process_is_its_own():
    process_memory()
    ballast = np.ones(2**24)
    grown = process_memory()
    assert grown >= ballast.nbytes
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)

    def measure():
        mine = psutil.Process().memory_info().rss
        send.send((process_memory(), mine))

    child = context.Process(target=measure)
    child.start()
    asked, told = receive.recv()
    child.join()
    assert asked == pytest.approx(told, rel=0.05)
