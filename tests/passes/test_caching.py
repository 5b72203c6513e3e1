"""When the engine writes the block cache: where passes repeat and reading is what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import skdask.blocks
from skdask import config
from skdask.blocks import Blocks, cache_folder
from skdask.blocks.cache_folder import HELD
from skdask.linear_model import LogisticRegression
from skdask.passes import FoldRanges, ask, caching, run
from skdask.statistics import ColumnMoments, GlmGradient, LogisticProblem, Moments
from skdask.testing import CountingBlocks, assert_close

pytestmark = pytest.mark.skipif(not cache_folder.is_available(), reason="needs file locks")

ROWS = 2000


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A file in a few blocks, whose size and reading are held to be worth a cache."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.standard_normal((ROWS, 5)), columns=list("abcde"))
    frame["y"] = (frame["a"] + random.standard_normal(ROWS) > 0).astype(int)
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=400)
    monkeypatch.setattr(caching, "SMALL_BYTES", 0)
    monkeypatch.setattr(caching, "SHORT_SECONDS", 0.0)
    monkeypatch.setattr(caching, "WORTH_SHARE", 0.0)
    monkeypatch.setattr(caching, "MAP_RATE", 2**60)
    with config.set(
        cache_dir=str(tmp_path / "cache"), cache_limit="1GiB", cache=True, block_bytes=16_000
    ):
        yield tmp_path / "t.parquet"
    HELD.release_all()


def gradients(times: int) -> Any:
    problem = LogisticProblem(np.arange(2))
    total = 0.0
    for time in range(times):
        value = yield from ask(GlmGradient(problem, np.full((6, 1), 0.1 * time)))
        total += float(value.loss)
    return total


def cached(blocks: Blocks) -> int:
    blocks.begin_pass(write=False)
    found = [b.cached for unit in range(len(blocks.units)) for b in blocks.read(unit)]
    return sum(found)


def test_one_pass_of_moments_is_not_written(path: Path) -> None:
    blocks = skdask.blocks.open(path, "y")
    report = run([ask(Moments())], blocks, what="t").report
    assert cached(blocks) == 0
    assert "cache" not in dict(report.facts())


def test_an_iteration_is_written_in_its_first_pass(path: Path) -> None:
    blocks = CountingBlocks(skdask.blocks.open(path, "y"))
    done = run([gradients(3)], blocks, what="t")
    assert blocks.passes == 3
    assert cached(blocks) == blocks.n_blocks
    said = dict(done.report.facts())["cache"]
    assert "of decoded blocks were cached on disk; " in said
    assert "came from the block cache, in 2 of the passes" in said
    first, *_, last = done.report.log
    assert (first.bytes_mapped, last.bytes_mapped) == (0, last.bytes_read)
    assert first.bytes_cached > first.bytes_read
    assert last.bytes_cached == 0
    assert "67% of what was read" in said
    with config.set(cache=False):
        plain = run([gradients(3)], skdask.blocks.open(path, "y"), what="t")
    assert done.results == plain.results, "the same bits"


def test_what_is_known_to_be_one_pass_is_not_written(path: Path) -> None:
    blocks = skdask.blocks.open(path, "y")
    run([gradients(1)], blocks, what="t", once=True)
    assert cached(blocks) == 0


def test_a_second_run_over_the_same_files_is_written(path: Path) -> None:
    blocks = skdask.blocks.open(path, "y")
    run([ask(Moments())], blocks, what="t")
    run([ask(ColumnMoments())], skdask.blocks.open(path, "y"), what="t")
    assert cached(skdask.blocks.open(path, "y")) == blocks.n_blocks


def test_fast_reading_is_not_cached(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "SMALL_BYTES", 2**40)
    monkeypatch.setattr(caching, "MAP_RATE", 0)
    blocks = skdask.blocks.open(path, "y")
    run([gradients(4)], blocks, what="t")
    assert cached(blocks) == 0


def test_a_short_pass_is_not_cached(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "SMALL_BYTES", 2**40)
    monkeypatch.setattr(caching, "SHORT_SECONDS", 1000.0)
    blocks = skdask.blocks.open(path, "y")
    run([gradients(4)], blocks, what="t")
    assert cached(blocks) == 0


def test_folds_of_mapped_blocks(path: Path) -> None:
    folds = FoldRanges((0, 700, 1300, ROWS))
    blocks = skdask.blocks.open(path, "y")
    plain = run([ask(Moments())], blocks, what="t", folds=folds)
    blocks.begin_pass(write=True)
    for unit in range(len(blocks.units)):
        list(blocks.read(unit))
    found = run([ask(Moments())], blocks, what="t", folds=folds)
    assert "(100% of what was read)" in dict(found.report.facts())["cache"]
    assert_close(found.results, plain.results, rtol=0.0, atol=0.0)


def test_a_fit_is_the_same_to_the_bit(path: Path) -> None:
    fitted = LogisticRegression().fit(str(path), "y")
    assert "came from the block cache" in dict(fitted.fit_report_.facts())["cache"]
    with config.set(cache=False):
        plain = LogisticRegression().fit(str(path), "y")
    assert plain.coef_.tobytes() == fitted.coef_.tobytes()


def test_the_report_says_why_not(path: Path) -> None:
    with config.set(cache_limit=1000):
        report = run([gradients(3)], skdask.blocks.open(path, "y"), what="t").report
    assert any("not every block was cached: the cache is full" in note for note in report.notes)
