"""What people look at: the table, the timeline as plot and as SVG, the page, collected reports."""

from __future__ import annotations

import builtins
import re
import sys
import threading
import time
from html.parser import HTMLParser
from itertools import pairwise

import dask.array as da
import numpy as np
import pytest

import skdask
from skdask import config
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.passes import FitReport, InlineExecutor, PassRecord, Request, run
from skdask.passes.report import without_inner_spans
from skdask.passes.report_chart import chart
from skdask.passes.report_lanes import labelled, lanes_of, shortened
from skdask.passes.report_page import page
from skdask.passes.timeline import Span
from skdask.statistics import GlmGradient, Labels, LogisticProblem, Moments
from skdask.testing import CountingBlocks

VOID = ("meta", "rect", "line", "path", "br")


class Parsed(HTMLParser):
    """Checks that tags are balanced; counts them and keeps the text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text, self.links = [], [], "", []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs).get("class")))
        self.links += [value for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs).get("class")))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data + "\n"


def made(n_passes: int, n_lanes: int, n_blocks: int = 3) -> FitReport:
    log: list[PassRecord] = []
    for number in range(n_passes):
        spans = tuple(
            Span(f"thread {lane + 1}", block, 1, block * 1.0, block + 0.9, 0.5, 0.3, 10, 80)
            for lane in range(n_lanes)
            for block in range(n_blocks)
        )
        record = PassRecord(
            "Moments", 1, 1000, 2_000_000, 4.0, 1e9 + 5 * number, 3.0, 1.0, 0.0, n_lanes,
            n_blocks * n_lanes, ("OSError: gone",), 10**9, number == 1, spans,
        )  # fmt: skip
        log.append(record)
        without_inner_spans(log)
    return FitReport(
        "A <b>", "x & y", 1000, 9.0, 3.0, 1.0, 0.0, 1.0, 10**9, 10**8, 10**9, 10**8, n_lanes,
        n_blocks * n_lanes, tuple(log), ("converged",), (),
    )  # fmt: skip


class Slow(CountingBlocks):
    def read(self, unit, *, features=True):
        for block in super().read(unit, features=features):
            time.sleep(0.004)
            yield block


def two_passes():
    yield (Request(Moments()), Request(Labels()))
    yield (Request(GlmGradient(LogisticProblem(np.array([0, 1])), np.zeros((5, 1)))),)


def test_table_of_a_run_with_known_delays(counted):
    slow = Slow(counted)
    report = run([two_passes()], slow, what="t", executor=InlineExecutor()).report
    table = report.table()
    assert list(table.index) == [1, 2]
    assert list(table["computed"]) == ["Moments, Labels", "GlmGradient"]
    assert list(table["rows"]) == [1000, 1000]
    assert list(table["blocks"]) == [slow.n_blocks] * 2
    np.testing.assert_allclose(table["MB"], 0.04)
    np.testing.assert_allclose(table["rows/s"], 1000 / table["seconds"])
    np.testing.assert_allclose(table[["read", "compute", "merge"]].sum(axis=1), 1.0)
    asleep = 0.004 * slow.n_blocks
    assert (table["seconds"] >= asleep).all()
    assert (table["read"] > 0.5).all()
    lanes = lanes_of(report.log)
    assert lanes.names == ("thread 1",)
    assert len(lanes.bars) == 2 * slow.n_blocks
    assert sum(bar.read - bar.start for bar in lanes.bars) >= 2 * asleep
    assert lanes.bars[slow.n_blocks].start >= lanes.bands[0].end


@pytest.mark.parametrize(("n_passes", "n_lanes"), [(1, 2), (100, 2), (3, 40), (6, 1)])
def test_plot(n_passes, n_lanes):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    ax = made(n_passes, n_lanes).plot()
    try:
        detailed = min(n_passes, 40)
        counts = {part.get_label(): len(part.get_paths()) for part in ax.collections}
        assert counts["read"] == counts["compute"] == 3 * n_lanes * detailed
        assert counts.get("pass without details", 0) == (n_passes - detailed) * n_lanes
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert names[0] == "thread 1"
        assert len(names) <= 24
        assert 1 <= len(ax.texts) <= 26
        legend = [text.get_text() for text in ax.get_legend().get_texts()]
        assert legend[:2] == ["read", "compute"]
        assert made(1, 1).plot(ax) is ax
    finally:
        pyplot.close(ax.figure)


def test_plot_without_matplotlib(monkeypatch):
    real = builtins.__import__

    def no_matplotlib(name, *rest, **names):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **names)

    monkeypatch.setattr(builtins, "__import__", no_matplotlib)
    with pytest.raises(ImportError, match=r"pip install 'scikit-dask\[plot\]'"):
        made(1, 1).plot()


@pytest.mark.parametrize(("n_passes", "n_lanes"), [(1, 1), (100, 2), (3, 80)])
def test_page(n_passes, n_lanes, tmp_path):
    path = tmp_path / "page.html"
    made(n_passes, n_lanes).to_html(path)
    html = path.read_text("utf-8")
    parsed = Parsed(html)
    assert "A <b>" in parsed.text
    assert "x & y: 1,000 rows" in parsed.text
    assert "converged" in parsed.text
    detailed = min(n_passes, 40)
    kinds = [kind for tag, kind in parsed.tags if tag == "rect"]
    assert kinds.count("read") == kinds.count("compute") == 3 * n_lanes * detailed
    assert kinds.count("plain") == n_passes - detailed
    assert sum(tag == "tr" for tag, _ in parsed.tags) == n_passes + 1 + len(
        list(made(n_passes, n_lanes).facts())
    )
    assert ("from the checkpoint" in parsed.text) == (n_passes > 1)
    # nothing is fetched from anywhere
    assert parsed.links == []
    assert "url(" not in html
    assert "http" not in html


def test_nothing_is_drawn_outside_of_the_chart():
    svg = chart(lanes_of(made(7, 3).log))
    width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups())
    boxes = re.findall(r'x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"', svg)
    assert len(boxes) == 7 + 2 * 7 * 9
    for box in boxes:
        x, y, w, h = map(float, box)
        assert 0 <= x <= x + w <= width
        assert 0 <= y <= y + h <= height


def test_labels_are_few_and_even():
    assert labelled(range(5)) == [0, 1, 2, 3, 4]
    assert labelled(range(100)) == list(range(0, 100, 5))
    assert len(labelled(range(10**6))) <= 1000 + 1


def test_lanes_are_in_order_of_numbers():
    names = lanes_of(made(1, 12).log).names
    assert names == tuple(f"thread {number}" for number in range(1, 13))


def test_a_replayed_pass_has_no_bars():
    (record,) = made(1, 1).log
    from dataclasses import replace

    report = replace(made(1, 1), log=(replace(record, spans=(), began=0.0, replayed=True),))
    assert "1 of them from a checkpoint" in repr(report)
    Parsed(page([report], "t"))


def test_small_html_of_a_long_run():
    html = made(300, 2)._repr_html_()
    assert len(html) < 5000
    assert "290 more passes" in html


@pytest.fixture
def rows():
    X = np.random.default_rng(0).normal(size=(200, 3))
    return da.from_array(X, chunks=(50, 3)), da.from_array(X.sum(axis=1), chunks=50)


def test_collected_reports(rows, tmp_path):
    X, y = rows
    path = tmp_path / "fit.html"
    with skdask.report(path) as collected:
        model = Ridge().fit(X, y)
        thread = threading.Thread(target=lambda: LogisticRegression().fit(X, y > 0))
        thread.start()
        thread.join()
        GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(X, y)
        # as it goes
        assert [found.what for found in collected.reports][:2] == ["Ridge", "LogisticRegression"]
        assert not path.exists()
    Ridge().fit(X, y)
    assert collected.reports[0] is model.fit_report_
    # how solvers ended is told too
    assert "converged" in collected.reports[1].outcomes[0]
    assert len(collected.reports) == 4
    parsed = Parsed(path.read_text("utf-8"))
    assert sum(tag == "section" for tag, _ in parsed.tags) == 4
    assert "GridSearchCV, best candidate" in parsed.text


def test_an_error_is_on_the_page(rows, tmp_path):
    X, y = rows
    path = tmp_path / "fit.html"
    with pytest.raises(ZeroDivisionError), skdask.report(path):  # noqa: PT012
        Ridge().fit(X, y)
        raise ZeroDivisionError("by <zero>")
    parsed = Parsed(path.read_text("utf-8"))
    assert "ZeroDivisionError: by <zero>" in parsed.text
    assert sum(tag == "section" for tag, _ in parsed.tags) == 1


def test_reports_within_reports(rows, tmp_path):
    X, y = rows
    with skdask.report(tmp_path / "a.html") as outer:
        Ridge().fit(X, y)
        with skdask.report(tmp_path / "b.html") as inner:
            Ridge().fit(X, y)
    assert (len(outer.reports), len(inner.reports)) == (2, 1)
    with skdask.report(tmp_path / "c.html"):
        pass
    assert "Nothing was fitted" in Parsed((tmp_path / "c.html").read_text("utf-8")).text


def test_where_a_page_cannot_be_written(tmp_path):
    with pytest.raises(FileNotFoundError, match="name a file in a folder that exists"):
        skdask.report(tmp_path)
    with pytest.raises(FileNotFoundError, match="name a file in a folder that exists"):
        skdask.report(tmp_path / "no" / "fit.html")


@pytest.fixture
def client():
    from distributed import Client

    with Client(
        processes=False, n_workers=1, threads_per_worker=1, dashboard_address=":0"
    ) as found:
        yield found


def test_the_report_of_dask_is_beside(rows, tmp_path, client):
    pytest.importorskip("bokeh")
    X, y = rows
    with skdask.report(tmp_path / "fit.html"):
        Ridge().fit(X, y)
    parsed = Parsed((tmp_path / "fit.html").read_text("utf-8"))
    assert parsed.links == ["fit-dask.html"]
    assert (tmp_path / "fit-dask.html").stat().st_size > 1000


def test_without_bokeh_the_page_says_what_is_missing(rows, tmp_path, client, monkeypatch):
    from skdask.passes import collect

    monkeypatch.setattr(collect, "find_spec", lambda name: None)
    X, y = rows
    with skdask.report(tmp_path / "fit.html"):
        Ridge().fit(X, y)
    parsed = Parsed((tmp_path / "fit.html").read_text("utf-8"))
    assert "pip install 'scikit-dask[report]'" in parsed.text
    assert parsed.links == []
    assert not (tmp_path / "fit-dask.html").exists()


def test_a_report_survives_pickle_and_settings(rows):
    import pickle

    X, y = rows
    with config.set(n_threads=2):
        report = Ridge().fit(X, y).fit_report_
    assert pickle.loads(pickle.dumps(report)) == report
    assert sys.getsizeof(pickle.dumps(report)) < 20_000


def test_long_names_of_lanes_keep_what_tells_them_apart():
    name = "worker tcp://192.168.100.200:45678, thread 12"
    assert shortened(name, 30) == "\N{HORIZONTAL ELLIPSIS}.168.100.200:45678, thread 12"
    assert len(shortened(name, 30)) == 30
    assert shortened("worker tcp://10.0.0.1:80", 30) == "worker 10.0.0.1:80"


def test_a_page_of_several_runs_begins_with_all_of_them():
    html = page([made(2, 1), made(3, 1)], "two")
    assert html.count('href="#run-') == html.count('<section id="run-') == 2
    assert "href" not in page([made(2, 1)], "one")


@pytest.mark.parametrize("n_passes", [2, 9, 30])
def test_labels_of_passes_do_not_touch(n_passes):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    ax = made(n_passes, 2).plot()
    try:
        ax.figure.canvas.draw()
        boxes = [text.get_window_extent() for text in ax.texts]
        assert boxes
        for left, right in pairwise(boxes):
            assert left.x1 + 2 < right.x0
    finally:
        pyplot.close(ax.figure)
