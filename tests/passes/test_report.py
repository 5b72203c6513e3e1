"""The fit report."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from skdask import config
from skdask.passes import FitReport, Request, ask, run
from skdask.statistics import GlmGradient, Labels, LogisticProblem, Moments


def two_passes():
    yield (Request(Moments()), Request(Labels()))
    yield from ask(GlmGradient(LogisticProblem(np.array([0, 1])), np.zeros((5, 1))))


@pytest.fixture
def report(counted) -> FitReport:
    return run([two_passes()], counted, what="Search <of> things").report


def test_report(report, counted):
    assert (report.passes, report.rows, report.blocks) == (2, 1000, counted.n_blocks)
    assert report.bytes_read == 2 * 1000 * 5 * 8
    assert [record.rows for record in report.log] == [1000, 1000]
    first = report.log[0]
    assert (first.asked, first.n_requests, first.bytes_read) == ("Moments, Labels", 2, 40_000)
    assert first.blocks == sum(span.blocks for span in first.spans) == counted.n_blocks
    assert sum(span.rows for span in first.spans) == 1000
    assert sum(span.read_seconds for span in first.spans) == pytest.approx(first.read_seconds)
    assert all(0 <= span.start <= span.end <= first.seconds + 0.01 for span in first.spans)
    assert first.peak_rss > 0
    assert first.retries == ()
    assert not first.replayed
    assert 0 <= report.solve_seconds <= report.seconds
    assert report.read_seconds + report.compute_seconds <= report.seconds
    assert report.peak_rss >= report.start_rss > 0
    assert 1 <= report.threads <= config.get().threads


def test_overhead_is_the_time_that_was_neither_reading_nor_computing(report):
    for record in report.log:
        busy = record.read_seconds + record.compute_seconds + record.merge_seconds
        lost = record.threads * record.seconds - busy
        assert 0.0 <= record.overhead <= 1.0
        assert record.overhead == pytest.approx(lost / (record.threads * record.seconds))
    assert min(r.overhead for r in report.log) <= report.overhead
    assert report.overhead <= max(r.overhead for r in report.log)
    assert f"overhead {report.overhead:.1%}" in repr(report)
    assert report.table()["overhead"].tolist() == [record.overhead for record in report.log]


def test_a_replayed_pass_has_no_overhead(report):
    assert replace(report.log[0], replayed=True).overhead == 0.0
    assert replace(report, log=()).overhead == 0.0


def test_report_for_people(report):
    text = repr(report)
    for part in ("Search <of> things", "1,000 rows", "passes   2", "pass 1   Moments, Labels"):
        assert part in text
    html = report._repr_html_()
    assert "Search &lt;of&gt; things" in html
    assert "<of>" not in html
    assert html.count("<tr>") == html.count("</tr>") == 2 + 1 + len(list(report.facts()))


def test_report_pickles(report):
    assert pickle.loads(pickle.dumps(report)) == report


def test_notes(cut, X):
    data = cut(X)
    data.reduced = True
    report = run([ask(Moments())], data, what="t").report
    assert "smaller ones were cut" in repr(report)
