"""The benchmarks run, agree with scikit-learn, and say why where they do not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks.data import Arrays, Table
from benchmarks.launch import Outcome, launch
from benchmarks.limits import Limits
from benchmarks.make_data import make
from benchmarks.results import Cell, rows_of
from benchmarks.table import cells, markdown
from benchmarks.workloads import WORKLOADS, select
from benchmarks.workloads.base import Work, difference

LIMITS = Limits(read=1e10, gemm32=1e11, gemm64=5e10, cores=2)


def test_a_workload_from_data_to_markdown(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    options = command.parse(
        ["linear/1Mx50/Ridge", "--rows", "0.001", "--repeat", "1", "--systems", "scikit-learn"]
        + ["skdask", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    )
    (workload,) = options.workloads
    make(workload.dataset.scaled(options.rows), options.data)
    cells_found = command.run_workload(workload, options, command.Console())
    rows = rows_of(workload, (2000, 50), cells_found, "scikit-learn", LIMITS)
    assert [row.failed for row in rows] == ["", ""]
    theirs, ours = rows
    assert (theirs.ratio, theirs.passes, ours.passes) == (1.0, None, 1)
    assert ours.difference < 1e-9
    assert 20 < ours.peak_mb < 2000
    stem = command.write(rows, "a machine", options)
    assert json.loads(stem.with_suffix(".json").read_text())["results"][1]["system"] == "skdask"
    assert "| linear/1Mx50/Ridge | skdask |" in stem.with_suffix(".md").read_text()


def test_a_failure_says_why(tmp_path: Path) -> None:
    outcome = launch("skdask", "scalers/MinMaxScaler", 0.001, tmp_path, limit=60.0)
    assert outcome.failed.startswith("failed: FileNotFoundError")


def test_a_run_past_its_limit_is_ended(tmp_path: Path) -> None:
    outcome = launch("skdask", "scalers/MinMaxScaler", 0.001, tmp_path, limit=0.05)
    assert outcome.failed == "> 0.05 s"


def test_rows_tell_medians_ratios_and_agreement() -> None:
    def outcome(seconds: float, answer: float) -> Outcome:
        facts = {"seconds": seconds, "peak_bytes": 1e8, "start_bytes": 5e7, "version": "1"}
        return Outcome("", {**facts, "report": None}, np.array([answer]))

    theirs = Cell("scikit-learn", [outcome(4.0, 2.0), outcome(9.0, 2.0), outcome(5.0, 2.0)])
    ours = Cell("skdask", [outcome(1.0, 2.5)])
    broken = Cell("peer", [Outcome("failed: no | such model")])
    workload = WORKLOADS["linear/1Mx50/Ridge"]
    rows = rows_of(workload, (10**6, 50), [theirs, ours, broken], "scikit-learn", LIMITS)
    assert (rows[0].seconds, rows[0].runs, rows[0].difference) == (5.0, 3, None)
    assert (rows[1].ratio, rows[1].difference) == (5.0, 0.25)
    assert rows[1].share_of_limit == pytest.approx(0.05)
    assert cells(rows[2])[2] == "failed: no | such model"
    assert "failed: no \\| such model" in markdown(rows)


def test_answers_of_other_shapes_differ() -> None:
    assert difference(np.ones(2), np.ones(3), relative=False) == np.inf
    assert difference(np.array([1.0, 4.0]), np.array([1.0, 5.0]), relative=True) == 0.2


def test_the_limit_that_binds() -> None:
    assert LIMITS.seconds(Work(flops=5e10, n_bytes=1e9)) == 1.0
    assert LIMITS.seconds(Work(flops=0.0, n_bytes=2e10)) == 2.0


def test_names_select_groups_and_shapes() -> None:
    assert [workload.name for workload in select(["grid-moments"])] == ["grid-moments"]
    assert len(select(["linear/1Mx50"])) == 4
    assert len(select([])) == len(WORKLOADS)
    with pytest.raises(ValueError, match=r"no workload is called 'linea'; there are .*grid-lasso"):
        select(["linea"])


def test_smaller_folders_hold_the_first_files_of_the_largest(tmp_path: Path) -> None:
    small, large = Table(1 << 20, 1), Table(1 << 20, 4)
    for table in (large, small):
        make(table, tmp_path)
        assert table.ready(tmp_path)
    names = [path.name for path in sorted(small.path(tmp_path).iterdir())]
    assert names == [f"part-{number:04}.parquet" for number in range(4)]
    same = [(table.path(tmp_path) / names[0]).stat().st_ino for table in (small, large)]
    assert same[0] == same[1]


def test_arrays_are_named_for_their_recipe(tmp_path: Path) -> None:
    arrays = Arrays("make_regression", 10**6, 3, (("noise", 1.0),)).scaled(0.0001)
    make(arrays, tmp_path)
    X, y = arrays.load(tmp_path)
    assert X.shape == arrays.shape == (2000, 3)
    assert X.flags.c_contiguous
    assert len(y) == 2000
    assert arrays.name == "make_regression-2000x3-noise=1.0"
